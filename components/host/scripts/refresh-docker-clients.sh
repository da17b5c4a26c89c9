#!/usr/bin/env bash
# Brings the client certificates of all services up to date.
set -euo pipefail

# One that fails keeps no other from it. Exits with 75 when the same may succeed later, with 1 when it won't for one.

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"
: "${DOCKER_CLIENTS:?}"

result=0
failed=()
read -ra clients <<<"$DOCKER_CLIENTS"
for client in "${clients[@]}"; do
  status=0
  "$here/docker-client.sh" "${client%%=*}" "${client#*=}" || status=$?
  if ((status != 0)); then
    failed+=("${client%%=*}")
    ((result == 1)) || result="$status"
  fi
done

told="$(cat "$CI_HOST_STATE/lifecycle" 2>/dev/null || true)"
# Before that the boot says so itself.
if ((result != 0)) && [[ $told == CONTINUE ]]; then
  printf '{"event":"docker-clients-stale","services":"%s"}\n' "${failed[*]}" |
    timeout 60 "$here/telemetry.sh" StaleDockerClients || true
fi
exit "$result"
