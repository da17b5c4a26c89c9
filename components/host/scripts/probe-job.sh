#!/bin/sh
# What a CI job does, run where one would run: builds an image and runs it. The container of it stays.
# The image holds nothing but a shell, the one that is here, so that no registry is asked.
# With a NAME of its own it can run several times on one daemon: probe-job.sh [NAME]
set -eu

image="ci-host-probe:${1:-latest}"
base="ci-host-probe-base:${1:-latest}"
container="ci-host-probe${1:+-$1}"
libraries="$(ldd /bin/sh 2>/dev/null | grep -o '/[^ ]*' | sort -u || true)"
# shellcheck disable=SC2086 # paths of libraries, several words
tar -c -h -f - /bin/sh $libraries | docker import - "$base"
printf 'FROM %s\nRUN echo built >/proof\n' "$base" | docker build --tag "$image" -
docker run --detach --interactive --name "$container" "$image" sh
docker exec "$container" sh -c 'read -r proof </proof && echo "$proof"'
