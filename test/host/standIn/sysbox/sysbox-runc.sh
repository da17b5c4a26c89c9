#!/bin/sh
# STAND-IN for sysbox-runc: runc, with what makes a container one that may have a Docker daemon of its own. Only what
# needs it goes through Python, which is slow to start on an emulated machine.
set -eu

if [ "${1:-}" = --version ]; then
  echo "sysbox-runc stand-in 0.0.0"
  exit
fi

for argument in "$@"; do
  case "$argument" in
    create | run | exec)
      exec python3 -IS /usr/lib/sysbox-stand-in/container.py "$argument" "$@"
      ;;
    delete)
      runc "$@"
      for id in "$@"; do :; done
      rm -rf "/var/lib/sysbox/docker/${id:?}" "/var/lib/sysbox/containerd/${id:?}"
      rmdir "/run/sysbox/$id/rootfs" "/run/sysbox/$id" 2>/dev/null || true
      exit
      ;;
    checkpoint | events | features | init | kill | list | pause | ps | restore | resume | spec | start | state | update)
      break
      ;;
    *) ;;
  esac
done
exec runc "$@"
