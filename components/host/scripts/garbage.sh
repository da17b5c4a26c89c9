#!/usr/bin/env bash
# Removes what nothing uses when a data disk, or its inodes, fill up: images, build cache and stopped containers of the
# host's Docker and of each CI container's, and what sysbox has left behind. Never a running container or its image.
set -euo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"
# shellcheck source=disk-usage.sh
source "$here/disk-usage.sh"
: "${GARBAGE_COLLECTION_PERCENT:?}" "${GROWING_DIRECTORIES:?}"

read -ra directories <<<"$GROWING_DIRECTORIES"

# Directories of containers that Docker does not know any more: https://github.com/nestybox/sysbox/issues/576
# The directories are listed first: a container that is made meanwhile is then in Docker's list at least.
remove_orphans() {
  local directories directory containers
  if [[ -z ${ORPHANS_DIRECTORY:-} ]]; then
    return
  fi
  directories="$(find "$CI_HOST_ROOT$ORPHANS_DIRECTORY" -mindepth 2 -maxdepth 2 -type d -regextype egrep \
    -regex '.*/[0-9a-f]{64}')"
  containers="$(docker ps --all --quiet --no-trunc)"
  while read -r directory; do
    if [[ -n $directory && $containers != *"${directory##*/}"* ]]; then
      echo "removing $directory"
      rm --recursive --force --one-file-system "$directory"
    fi
  done <<<"$directories"
}

# Only what is older than AGE, except for volumes that have neither a name nor a container. What one command cannot
# remove, because somebody else does so at the moment, keeps none of the others from it.
prune_host() {
  local age="$1" volumes
  docker container prune --force --filter "until=$age" --filter label!=ci-hosts.keep || true
  docker image prune --all --force --filter "until=$age" || true
  docker builder prune --force --filter "until=$age" || true
  volumes="$(docker volume ls --quiet --filter dangling=true)"
  volumes="$(grep --extended-regexp '^[0-9a-f]{64}$' <<<"$volumes" || true)"
  xargs --no-run-if-empty docker volume rm --force <<<"$volumes" || true
}

prune_inside() {
  local age="$1" containers container runtime
  containers="$(docker ps --quiet)"
  for container in $containers; do
    runtime="$(docker inspect --format '{{.HostConfig.Runtime}}' "$container" || true)"
    if [[ $runtime == sysbox-runc ]]; then
      # There may be no Docker inside.
      timeout 300 docker exec "$container" docker system prune --all --force --filter "until=$age" || true
    fi
  done
}

for age in 24h 1h; do
  used="$(disk_usage "${directories[@]}")"
  if ((used < GARBAGE_COLLECTION_PERCENT)); then
    exit 0
  fi
  echo "a data disk, or its inodes, are $used % full: removing what has not been used for $age"
  remove_orphans
  prune_host "$age"
  prune_inside "$age"
done
used="$(disk_usage "${directories[@]}")"
echo "$used % are in use now"
