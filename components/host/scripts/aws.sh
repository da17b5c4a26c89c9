#!/usr/bin/env bash
# Calls AWS with the credentials of the host's role and prints the answer:
#   aws.sh autoscaling|monitoring ACTION NAME=VALUE...
#   aws.sh logs|secretsmanager ACTION JSON|@FILE
# Exits with 75 when the same call may succeed later, with 1 when AWS refuses it.
set -euo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"

service="$1"
action="$2"
shift 2

form() {
  request=(--data "Action=$action" --data "Version=$1")
  for parameter in "${@:2}"; do
    request+=(--data-urlencode "$parameter")
  done
}

json() {
  request=(--header 'content-type: application/x-amz-json-1.1' --header "x-amz-target: $1.$action" --data "$2")
}

# Endpoints can be set as for the AWS SDKs: for one service, or for all of them.
case "$service" in
  autoscaling)
    endpoint="${AWS_ENDPOINT_URL_AUTO_SCALING:-}"
    form 2011-01-01 "$@"
    ;;
  monitoring)
    endpoint="${AWS_ENDPOINT_URL_CLOUDWATCH:-}"
    form 2010-08-01 "$@"
    ;;
  logs)
    endpoint="${AWS_ENDPOINT_URL_CLOUDWATCH_LOGS:-}"
    json Logs_20140328 "$1"
    ;;
  secretsmanager)
    endpoint="${AWS_ENDPOINT_URL_SECRETS_MANAGER:-}"
    json secretsmanager "$1"
    ;;
  *)
    echo "aws.sh: unknown service: $service" >&2
    exit 64 # sysexits: EX_USAGE
    ;;
esac

facts="$("$here/imds.sh" placement/region iam/security-credentials/)" || exit 75
read -r -d '' region role <<<"$facts" || true
answer="$("$here/imds.sh" "iam/security-credentials/$role")" || exit 75

# The role's credentials, which are JSON without an escape, as curl's own configuration.
text='" *: *"([^"\\]+)"'
values=()
for name in AccessKeyId SecretAccessKey Token; do
  [[ $answer =~ \"$name$text ]] || exit 75
  values+=("${BASH_REMATCH[1]}")
done
printf -v credentials 'user = "%s:%s"\nheader = "x-amz-security-token: %s"' "${values[@]}"

domain=amazonaws.com
if [[ $region == cn-* ]]; then
  domain=amazonaws.com.cn
fi
endpoint="${endpoint:-${AWS_ENDPOINT_URL:-https://$service.$region.$domain}}"

# The credentials reach curl by its input, for no process list to show; bash 5.1 and later use a pipe for that, no file.
response="$(curl --config - --silent --show-error --connect-timeout 5 --max-time 30 \
  --aws-sigv4 "aws:amz:$region:$service" --write-out '\n%{http_code}' "${request[@]}" "${endpoint%/}/" \
  <<<"$credentials")" || exit 75
status="${response##*$'\n'}"
answer="${response%$'\n'*}"

if [[ $status == 2?? ]]; then
  printf '%s\n' "$answer"
  exit 0
fi
echo "aws.sh: $service $action: $status $answer" >&2
# What AWS's SDKs retry; credentials that have expired are new ones at the next call.
if [[ $status == 5?? || $status == 429 || $answer =~ Throttl|RequestLimitExceeded|RequestExpired|ExpiredToken ]]; then
  exit 75
fi
exit 1
