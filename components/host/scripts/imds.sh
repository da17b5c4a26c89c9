#!/usr/bin/env bash
# Prints values of the instance's metadata, a line each: imds.sh PATH... IMDSv2 only.
set -euo pipefail

endpoint="${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}/latest"
curl=(curl --silent --show-error --fail --noproxy '*' --connect-timeout 2 --max-time 5)

token="$("${curl[@]}" --request PUT --header 'x-aws-ec2-metadata-token-ttl-seconds: 60' "$endpoint/api/token")"
# The token is a credential: curl reads it from its input, for no process list to show.
printf 'header = "x-aws-ec2-metadata-token: %s"\n' "$token" |
  "${curl[@]}" --config - --fail-early --write-out '\n' "${@/#/$endpoint/meta-data/}"
