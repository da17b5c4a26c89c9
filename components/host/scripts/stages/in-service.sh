#!/usr/bin/env bash
# The workload runs, the host is watched from now on, and Auto Scaling may count on it.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
: "${UPKEEP_UNITS:?}"

# Whether the containers run that the stage `workload` has made, all of them, and there are some. Compose starts them in
# its own time.
runs() {
  local containers=""
  for _ in {1..15}; do
    containers="$(docker ps --all --filter label=com.docker.compose.project=ci --format '{{.State}} {{.Names}}')" || return
    if [[ -n $containers ]] && ! grep --quiet --invert-match '^running ' <<<"$containers"; then
      return
    fi
    sleep 2
  done
  echo "${containers:-there is no container}"
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
