#!/usr/bin/env bash
# Containers do not reach the instance metadata service, now and whenever Docker starts.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"

start_unit ci-imds-firewall.service
