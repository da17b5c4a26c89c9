#!/usr/bin/env bash
# The workload runs, the host is watched from now on, and Auto Scaling may count on it.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
# shellcheck source=../idle-containers.sh
source "$here/idle-containers.sh"
: "${UPKEEP_UNITS:?}"

# Whether the containers run that the stage `workload` has made, all of them, and there are some. Compose starts them in
# its own time.
runs() {
  local idle=""
  for _ in {1..30}; do
    idle="$(idle_containers)" || return
    if [[ -z $idle ]]; then
      return
    fi
    sleep 1
  done
  echo "$idle"
  return 1
}

if [[ -n ${COMPOSE:-} ]]; then
  start_unit ci-workload.service
  transient runs
fi
read -ra units <<<"$UPKEEP_UNITS"
for unit in "${units[@]}"; do
  start_unit "$unit"
done
"$here/lifecycle.sh" CONTINUE
