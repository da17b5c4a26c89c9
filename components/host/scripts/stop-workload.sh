#!/usr/bin/env bash
# Stops the workload: within the seconds that a drain has noted, or else in each service's own stop_grace_period.
set -euo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"

limit=()
if [[ -e $CI_HOST_RUN/drain-seconds ]]; then
  limit=(--timeout "$(<"$CI_HOST_RUN/drain-seconds")")
fi
exec "$here/compose.sh" stop "${limit[@]}"
