#!/usr/bin/env bash
# Tells Auto Scaling how the launch of this host ended, once: lifecycle.sh CONTINUE|ABANDON
# A host that was in service and is abandoned later is reported unhealthy instead, for the group to replace it.
set -euo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"

result="$1"
record="$CI_HOST_STATE/lifecycle"
told="$(cat "$record" 2>/dev/null || true)"

if [[ $told == "$result" ]]; then
  exit 0
fi
if [[ $told == ABANDON ]]; then
  echo "this host was abandoned and cannot come into service" >&2
  exit 1
fi

if [[ -n ${LIFECYCLE_HOOK:-} ]]; then
  if [[ $told == CONTINUE ]]; then
    call=(SetInstanceHealth "InstanceId=$INSTANCE_ID" HealthStatus=Unhealthy ShouldRespectGracePeriod=false)
  else
    group="$("$here/imds.sh" tags/instance/aws:autoscaling:groupName)" || exit 75
    call=(CompleteLifecycleAction "AutoScalingGroupName=$group" "LifecycleHookName=$LIFECYCLE_HOOK"
      "InstanceId=$INSTANCE_ID" "LifecycleActionResult=$result")
  fi
  status=0
  answer="$("$here/aws.sh" autoscaling "${call[@]}" 2>&1)" || status=$?
  # Nobody waits any more: an earlier call got through although its answer was lost, or the hook timed out and Auto
  # Scaling has decided by itself.
  if ((status != 0)) && [[ $answer != *"No active Lifecycle Action found"* ]]; then
    echo "$answer" >&2
    exit "$status"
  fi
fi
printf '%s\n' "$result" >"$record"
