#!/usr/bin/env bash
# Waits for the end of this host: a termination by Auto Scaling, or by EC2 that wants its spot capacity back. Lets the
# jobs finish within the time that is left, and tells Auto Scaling when they have.
set -euo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"
: "${DRAIN_TIMEOUT_SECONDS:?}"

# AWS gives two minutes' notice of a spot interruption and asks to look every 5 s: "Spot Instance interruption notices"
# in the EC2 user guide.
interval=5
# What is left for the last container to go and for Auto Scaling to hear of it.
reserve=15

# One value of the metadata, or nothing: there is no notice, or the service does not answer this time.
ask() {
  "$here/imds.sh" "$1" 2>/dev/null || true
}

drain() {
  local reason="$1" seconds="$2"
  if [[ ! -e $CI_HOST_RUN/drain-seconds ]]; then
    echo "$((seconds > reserve ? seconds - reserve : 0))" >"$CI_HOST_RUN/drain-seconds.new"
    mv "$CI_HOST_RUN/drain-seconds.new" "$CI_HOST_RUN/drain-seconds"
    echo "draining: $reason, $seconds s are left"
    printf '{"event":"draining","reason":"%s","seconds":%s}\n' "$reason" "$seconds" |
      timeout 10 "$here/telemetry.sh" Drains "Reason=$reason" || true
  fi
  # Stopped is what systemd says is stopped: this script may have been started anew meanwhile, and whoever starts the
  # workload at this moment makes systemd forget that it should stop.
  until [[ -z ${COMPOSE:-} ]] || systemctl stop ci-workload.service; do
    sleep 1
  done
}

while true; do
  state="$(ask autoscaling/target-lifecycle-state)"
  notice="$(ask spot/instance-action)"
  if [[ $state == Terminated ]]; then
    drain termination "$DRAIN_TIMEOUT_SECONDS"
    if "$here/lifecycle.sh" DRAINED; then
      exit 0
    fi
  elif [[ $notice =~ \"time\":\ *\"([0-9TZ:-]+)\" ]]; then
    end="$(date --date="${BASH_REMATCH[1]}" +%s)"
    drain spot-interruption "$((end - EPOCHSECONDS))"
  fi
  sleep "$interval"
done
