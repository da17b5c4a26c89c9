#!/usr/bin/env bash
# Compose for the workload, whichever way the distribution packages it: compose.sh up
set -euo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"
: "${COMPOSE:?}"

read -ra compose <<<"$COMPOSE"
exec "${compose[@]}" --project-name ci --file "$CI_HOST_ROOT/etc/ci-host/compose.yaml" "$@"
