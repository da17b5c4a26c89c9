# shellcheck shell=bash
# Sourced: puts the host's settings into the environment. They are parsed, never run: a value is text, whatever it is.

# Where the host's files begin; empty but in tests.
export CI_HOST_ROOT="${CI_HOST_ROOT:-}"

while IFS= read -r line; do
  if [[ ! $line =~ ^([A-Z][A-Z0-9_]*)=(.*)$ ]]; then
    echo "settings: not NAME=value: $line" >&2
    exit 78 # sysexits: EX_CONFIG
  fi
  export "${BASH_REMATCH[1]}=${BASH_REMATCH[2]}"
done <"$CI_HOST_ROOT/etc/ci-host/settings"

# State is kept by instance: a host from another host's image starts from nothing, not from where that one was.
read -r INSTANCE_ID <"$CI_HOST_ROOT/var/lib/cloud/data/instance-id"
export INSTANCE_ID
export CI_HOST_STATE="$CI_HOST_ROOT/var/lib/ci-host/$INSTANCE_ID"
export CI_HOST_RUN="$CI_HOST_ROOT/run/ci-host"
