#!/usr/bin/env bash
# Containers do not reach the instance metadata service, now and whenever Docker starts.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"

systemctl enable ci-imds-firewall.service
start_unit ci-imds-firewall.service
