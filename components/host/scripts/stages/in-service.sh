#!/usr/bin/env bash
# Auto Scaling may count on this host.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"

"$here/lifecycle.sh" CONTINUE
