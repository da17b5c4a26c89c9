#!/bin/sh
# As the entry point of the image docker:dind, in what a Docker inside of a container needs.
set -eu

# No process may be in a cgroup that hands controllers down: all move to a child.
if [ "${1:-}" = dockerd ]; then
  rm -f /var/run/docker.pid /run/docker/containerd/containerd.pid
  cd /sys/fs/cgroup
  mkdir -p init
  while read -r process; do
    echo "$process" >init/cgroup.procs || true
  done <cgroup.procs
  sed 's/ / +/g; s/^/+/' cgroup.controllers >cgroup.subtree_control
  cd /
  set -- docker-init -- "$@"
fi
exec "$@"
