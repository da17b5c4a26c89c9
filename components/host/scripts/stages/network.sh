#!/usr/bin/env bash
# The instance metadata service answers, and knows what the later stages ask it for.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
# shellcheck source=../apt.sh
source "$here/packages.sh"

# Nothing is asked or told without it, and not every image has it.
command -v curl >/dev/null || install_packages curl
transient "$here/imds.sh" placement/region
transient "$here/imds.sh" iam/security-credentials/
if [[ -n ${LAUNCHING_HOOK:-} ]]; then
  transient "$here/imds.sh" tags/instance/aws:autoscaling:groupName
fi
