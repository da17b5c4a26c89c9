#!/usr/bin/env bash
# Takes over the certificates that Secrets Manager has, when they are other ones than the daemon's: dockerd is restarted
# with them and must serve with them, or gets the previous ones back. Tells CloudWatch the days that are left.
set -euo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"
# shellcheck source=certificates.sh
source "$here/certificates.sh"
# shellcheck source=daemon.sh
source "$here/daemon.sh"

told="$(cat "$CI_HOST_STATE/lifecycle" 2>/dev/null || true)"
if [[ $told != CONTINUE ]]; then
  exit 0
fi

event_program='
import json, sys
event, result, version, reason = sys.argv[1:]
print(json.dumps({"event": event, "result": result, "version": version, "reason": reason or None}))
'

# How a rotation ended: outcome succeeded|failed [REASON]
outcome() {
  local result="$1" reason="${2:-}"
  echo "rotation to $version: $result${reason:+: $reason}"
  python3 -c "$event_program" certificate-rotation "$result" "$version" "$reason" |
    timeout 60 "$here/telemetry.sh" CertificateRotations "Result=$result" || true
}

# Whatever came of it.
measure() {
  local days
  rm --recursive --force "$draft"
  days="$(days_to_expiry || true)"
  if [[ -n $days ]]; then
    timeout 60 "$here/telemetry.sh" "CertificateDaysToExpiry=$days" </dev/null || true
  fi
}
trap measure EXIT

# Whether the daemon serves with the version that is current now.
serves_anew() {
  restart_daemon || return
  for _ in {1..10}; do
    if daemon_serves; then
      return
    fi
    sleep 1
  done
  return 1
}

rotate() {
  if [[ $version == "$current" || $version == "$(cat "$refused" 2>/dev/null || true)" ]]; then
    return
  fi

  local fault
  fault="$(bundle_fault "$draft")"
  fault="${fault//$'\n'/; }"
  if [[ $fault == *"is not yet valid"* ]]; then
    echo "$version waits: $fault"
    return 75
  elif [[ -n $fault ]]; then
    echo "$version" >"$refused"
    outcome failed "$fault"
    return 1
  fi

  adopt_draft "$version"
  if serves_anew; then
    rm --force "$refused"
    note_version "$version"
    forget_versions_but "$version" "$current"
    outcome succeeded
    return
  fi
  activate "$current"
  if serves_anew; then
    echo "$version" >"$refused"
    rm --recursive --force "${tls:?}/$version"
    outcome failed "the daemon did not serve with them, and has the previous ones back"
  else
    outcome failed "the daemon serves neither with them nor with the previous ones"
  fi
  return 1
}

current="$(<"$CI_HOST_RUN/certificates")"
status=0
version="$(fetch_bundle 2>"$CI_HOST_RUN/fetch.log")" || status=$?
if ((status != 0)); then
  reason="$(<"$CI_HOST_RUN/fetch.log")"
  echo "$reason"
  if ((status != 75)); then
    version=unknown
    outcome failed "$reason"
  fi
  exit "$status"
fi
rotate
