#!/usr/bin/env bash
# Each service that uses the Docker host has its client certificate, in memory.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"

"$here/refresh-docker-clients.sh"
