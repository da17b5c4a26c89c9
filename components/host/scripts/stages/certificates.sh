#!/usr/bin/env bash
# The daemon's certificates are the current ones of Secrets Manager, and good. Docker does not run before that.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
# shellcheck source=../certificates.sh
source "$here/certificates.sh"

rm --force "$CI_HOST_RUN/may-serve"
# They are there from the second boot on.
systemctl stop docker.socket docker.service || true

previous="$(readlink "$tls/current" || true)"
status=0
version="$(fetch_bundle)" || status=$?
if ((status != 0)); then
  note_failure "$status" fetch_bundle
  exit "$status"
fi
if [[ -e $refused && $version == "$(<"$refused")" && -n $previous ]]; then
  fault="$(bundle_fault "$tls/$previous")"
  if [[ -z $fault && $previous != */* ]]; then
    echo "keeps the certificates $previous: the daemon did not serve with $version"
    rm --recursive --force "$draft"
    version="$previous"
  fi
fi
if [[ -e $draft ]]; then
  fault="$(bundle_fault "$draft")"
  if [[ -n $fault ]]; then
    rm --recursive --force "$draft"
    fail "the certificates $version are not usable: ${fault//$'\n'/; }"
  fi
  adopt_draft "$version"
fi
forget_versions_but "$version" "$previous"
echo "$version" >"$CI_HOST_RUN/certificates"
touch "$CI_HOST_RUN/may-serve"
