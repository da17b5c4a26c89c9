#!/usr/bin/env bash
# The instance metadata service answers, and knows what the later stages ask it for.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
# shellcheck source=../apt.sh
source "$here/packages.sh"

# Nothing is asked or told without it, and not every image has it.
command -v curl >/dev/null || install_packages curl
facts=(placement/region iam/security-credentials/)
if [[ -n ${LAUNCHING_HOOK:-} ]]; then
  facts+=(tags/instance/aws:autoscaling:groupName)
fi
transient "$here/imds.sh" "${facts[@]}"
