#!/usr/bin/env bash
# Succeeds if the daemon answers a client over TLS.
set -euo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"
# shellcheck source=certificates.sh
source "$here/certificates.sh"
# shellcheck source=daemon.sh
source "$here/daemon.sh"

daemon_serves
