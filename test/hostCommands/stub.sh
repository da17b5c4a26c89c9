#!/usr/bin/env bash
# What every stand-in does first, and all that most of them do: notes the call, and fails if the test has planned it.
: "${CI_HOST_ROOT:?}"
call="${0##*/} ${DOCKER_HOST:+@$DOCKER_HOST }$*"
printf '%s\n' "$call" >>"$CI_HOST_ROOT/calls"

for fault in "$CI_HOST_ROOT"/faults/*; do
  [[ -e $fault ]] || continue
  { read -r pattern && read -r times && read -r status && IFS= read -r -d '' output; } <"$fault" || true
  # shellcheck disable=SC2053 # a pattern it is
  if [[ $call == $pattern ]] && ((times > 0)); then
    printf '%s\n%s\n%s\n%s' "$pattern" "$((times - 1))" "$status" "$output" >"$fault"
    printf '%s' "$output"
    exit "$status"
  fi
done
