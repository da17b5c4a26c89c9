#!/usr/bin/env bash
# Sends one event to the host's log group and one datum to CloudWatch: telemetry.sh METRIC[=VALUE] [NAME=VALUE] <EVENT
# The event is JSON, or empty for none; the datum is a count of 1, or the value, with the auto scaling group or the
# Docker host's name, and NAME=VALUE as its dimensions. A host serves jobs with or without its telemetry, so callers go
# on when this fails.
set -euo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"
: "${METRICS_NAMESPACE:?}"

metric="${1%%=*}"
value=(Count 1)
if [[ $1 == *=* ]]; then
  value=(None "${1#*=}")
fi
dimension="${2:-}"

send_event() {
  local input="$CI_HOST_RUN/log-event.$$" answer status=0
  answer="$("$here/aws.sh" logs CreateLogStream \
    "{\"logGroupName\":\"$LOG_GROUP\",\"logStreamName\":\"$INSTANCE_ID\"}" 2>&1)" || status=$?
  if ((status != 0)) && [[ $answer != *ResourceAlreadyExistsException* ]]; then
    echo "$answer" >&2
    return 1
  fi
  LOG_GROUP="$LOG_GROUP" python3 -c "$event_program" <<<"$event" >"$input"
  status=0
  "$here/aws.sh" logs PutLogEvents "@$input" >/dev/null || status=$?
  rm "$input"
  return "$status"
}

event_program='
import json, os, sys, time
event = json.dumps(json.load(sys.stdin), separators=(",", ":"))
json.dump({
    "logGroupName": os.environ["LOG_GROUP"],
    "logStreamName": os.environ["INSTANCE_ID"],
    "logEvents": [{"timestamp": int(time.time() * 1000), "message": event}],
}, sys.stdout)
'

send_count() {
  local group datum=MetricData.member.1 number=0
  local parameters=("Namespace=$METRICS_NAMESPACE" "$datum.MetricName=$metric")
  parameters+=("$datum.Unit=${value[0]}" "$datum.Value=${value[1]}")
  group="$("$here/imds.sh" tags/instance/aws:autoscaling:groupName 2>/dev/null || true)"
  for pair in ${group:+"AutoScalingGroupName=$group"} ${DOCKER_HOSTNAME:+"DockerHost=$DOCKER_HOSTNAME"} \
    ${dimension:+"$dimension"}; do
    number=$((number + 1))
    parameters+=("$datum.Dimensions.member.$number.Name=${pair%%=*}" "$datum.Dimensions.member.$number.Value=${pair#*=}")
  done
  "$here/aws.sh" monitoring PutMetricData "${parameters[@]}" >/dev/null
}

status=0
event="$(cat)"
if [[ -n ${LOG_GROUP:-} && -n $event ]]; then
  send_event || status=$?
fi
send_count || status=$?
exit "$status"
