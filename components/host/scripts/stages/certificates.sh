#!/usr/bin/env bash
# The daemon's certificates are good: the current ones of Secrets Manager, or those that this host has served with before.
# Docker does not run before that.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
# shellcheck source=../certificates.sh
source "$here/certificates.sh"

rm --force "$CI_HOST_RUN/may-serve"
# They are there from the second boot on.
systemctl stop docker.socket docker.service || true

# No reboot depends on Secrets Manager, or on a version that nobody has tried. What is new the rotation takes over, with
# a way back.
told="$(cat "$CI_HOST_STATE/lifecycle" 2>/dev/null || true)"
version="$(cat "$proven" 2>/dev/null || true)"
fault="$(bundle_fault "$tls/$version")"
if [[ $told == CONTINUE && -z $fault ]]; then
  activate "$version"
else
  status=0
  version="$(fetch_bundle)" || status=$?
  if ((status != 0)); then
    note_failure "$status" fetch_bundle
    exit "$status"
  fi
  fault="$(bundle_fault "$draft")"
  if [[ -n $fault ]]; then
    rm --recursive --force "$draft"
    fault="the certificates $version are not usable: ${fault//$'\n'/; }"
    if [[ $fault == *"is not yet valid"* ]]; then
      echo "$fault"
      exit 75
    fi
    fail "$fault"
  fi
  adopt_draft "$version"
fi
forget_versions_but "$version"
note_version "$version"
touch "$CI_HOST_RUN/may-serve"
