# shellcheck shell=bash
# Sourced first by every stage: strict mode, the settings, and a note of the command that fails.
set -Eeuo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"

export DEBIAN_FRONTEND=noninteractive
# Ubuntu would restart services after each installation, Docker among them.
export NEEDRESTART_SUSPEND=1

# The first note stands: what fails next, fails because of it.
note_failure() {
  if [[ ! -s $CI_HOST_RUN/failure ]]; then
    printf '%s\n' "$1" "$2" >"$CI_HOST_RUN/failure"
  fi
}
trap 'note_failure "$?" "$BASH_COMMAND"' ERR

# Runs what may fail for a cause that passes by itself: a mirror, a lock, a daemon that is still starting. Its failure
# ends the stage with 75, sysexits' EX_TEMPFAIL, and the boot runs the stage again.
transient() {
  local status=0
  "$@" || status=$?
  if ((status != 0)); then
    note_failure "$status" "$*"
    exit 75
  fi
}

# Ends the stage for good.
fail() {
  echo "$*" >&2
  exit 1
}

# Starts a unit; when it does not start, its own last words are worth more than systemctl's.
start_unit() {
  local status=0
  systemctl start "$1" || status=$?
  if ((status != 0)); then
    journalctl --no-pager --lines 20 --unit "$1" || true
    note_failure "$status" "systemctl start $1"
    exit "$status"
  fi
}
