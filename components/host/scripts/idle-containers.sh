# shellcheck shell=bash
# Sourced.

# The containers of the workload that do not run, a line each, or that there is none.
idle_containers() {
  local containers
  containers="$(timeout --kill-after=5 20 docker ps --all --filter label=com.docker.compose.project=ci \
    --format '{{.State}} {{.Names}}')" || return
  grep --invert-match '^running ' <<<"${containers:-there is no container}" || true
}
