#!/usr/bin/env bash
# Brings the client certificates of all services up to date.
set -euo pipefail

# One that fails keeps no other from it. Exits with 75 when the same may succeed later, with 1 when it won't for one. Of a
# host in service, services whose certificates are not up to date, or not taken by the Docker host, count as stale.

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"
# shellcheck source=docker-host.sh
source "$here/docker-host.sh"
: "${DOCKER_CLIENTS:?}"

told="$(cat "$CI_HOST_STATE/lifecycle" 2>/dev/null || true)"
result=0
stale=()
read -ra clients <<<"$DOCKER_CLIENTS"
for client in "${clients[@]}"; do
  status=0
  "$here/docker-client.sh" "${client%%=*}" "${client#*=}" || status=$?
  if ((status != 0)); then
    stale+=("${client%%=*}")
    ((result == 1)) || result="$status"
  elif [[ $told == CONTINUE ]]; then
    # Its time may be over, or the Docker host trust another CA by now.
    answer="$(daemon_answers "$CI_HOST_RUN/docker-clients/${client%%=*}")"
    [[ $answer != no ]] || stale+=("${client%%=*}")
  fi
done

# Before that the boot says so itself.
if ((${#stale[@]} > 0)) && [[ $told == CONTINUE ]]; then
  printf '{"event":"docker-clients-stale","services":"%s"}\n' "${stale[*]}" |
    timeout 60 "$here/telemetry.sh" StaleDockerClients || true
fi
exit "$result"
