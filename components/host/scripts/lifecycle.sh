#!/usr/bin/env bash
# Tells Auto Scaling where this host stands, each thing once: lifecycle.sh CONTINUE|ABANDON|DRAINED
#   CONTINUE  its launch succeeded, it is in service
#   ABANDON   it is not to serve: its launch failed, or, after CONTINUE, it is unhealthy and the group replaces it
#   DRAINED   its jobs are over, it can be terminated
set -euo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"

result="$1"
record="$CI_HOST_STATE/lifecycle"
told="$(cat "$record" 2>/dev/null || true)"

complete() {
  local group
  group="$("$here/imds.sh" tags/instance/aws:autoscaling:groupName)" || exit 75
  call=(CompleteLifecycleAction "AutoScalingGroupName=$group" "LifecycleHookName=$1" "InstanceId=$INSTANCE_ID"
    "LifecycleActionResult=$2")
}

call=()
case "$told $result" in
  "$result $result") exit 0 ;;
  *' DRAINED')
    if [[ -n ${TERMINATING_HOOK:-} ]]; then
      complete "$TERMINATING_HOOK" CONTINUE
    fi
    ;;
  ABANDON* | DRAINED*)
    echo "this host was given up or drained, and cannot come into service" >&2
    exit 1
    ;;
  'CONTINUE ABANDON')
    if [[ -n ${LAUNCHING_HOOK:-} ]]; then
      call=(SetInstanceHealth "InstanceId=$INSTANCE_ID" HealthStatus=Unhealthy ShouldRespectGracePeriod=false)
    fi
    ;;
  *)
    if [[ -n ${LAUNCHING_HOOK:-} ]]; then
      complete "$LAUNCHING_HOOK" "$result"
    fi
    ;;
esac

# On disk before the call and only renamed after it: no full disk comes between what was told and what is recorded. A
# host that is to go goes with or without a record.
printf '%s\n' "$result" >"$record.new" || [[ $result != CONTINUE ]]
if ((${#call[@]} > 0)); then
  status=0
  answer="$("$here/aws.sh" autoscaling "${call[@]}" 2>&1)" || status=$?
  # Nobody waits any more: an earlier call got through although its answer was lost, or the hook timed out and Auto
  # Scaling has decided by itself.
  if ((status != 0)) && [[ $answer != *"No active Lifecycle Action found"* ]]; then
    echo "$answer" >&2
    exit "$status"
  fi
fi
mv "$record.new" "$record" || [[ $result != CONTINUE ]]
