#!/usr/bin/env bash
# The instance metadata service answers, and knows what the later stages ask it for.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"

transient "$here/imds.sh" placement/region
transient "$here/imds.sh" iam/security-credentials/
if [[ -n ${LIFECYCLE_HOOK:-} ]]; then
  transient "$here/imds.sh" tags/instance/aws:autoscaling:groupName
fi
