#!/usr/bin/env bash
# Brings this host into service, stage by stage, or gives it up and says why. Runs at every boot: a stage leaves alone
# what is done already, so a boot that was cut off goes on where it was.
set -euo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"
: "${STAGES:?}" "${BOOT_DEADLINE_SECONDS:?}" "${DEBUG_TIMEOUT_SECONDS:?}" "${SERVING_UNITS:?}"

read -ra serving_units <<<"$SERVING_UNITS"
started="$CI_HOST_STATE/started"
given_up="$CI_HOST_STATE/given-up"
log="$CI_HOST_RUN/stage.log"

# Runs a command until it succeeds, fails with anything but 75, or attempts or time run out: persevere DEADLINE COMMAND...
persevere() {
  local deadline="$1" pause left status=0
  shift
  for pause in 2 5 10 20 40 none; do
    : >"$CI_HOST_RUN/failure"
    echo "${1##*/}" >>"$CI_HOST_RUN/attempts"
    left=$((deadline - EPOCHSECONDS))
    status=124
    if ((left > 0)); then
      status=0
      timeout --kill-after=10 "$left" "$@" || status=$?
    fi
    if ((status == 124 || status != 0 && EPOCHSECONDS >= deadline)); then
      echo "${1##*/}: out of time"
      break
    elif ((status != 75)) || [[ $pause == none ]]; then
      break
    fi
    echo "${1##*/}: trying again in $pause s"
    sleep "$pause"
  done
  return "$status"
}

report() {
  python3 "$here/boot-report.py" "$@"
}

# Tells everyone how the boot ended: the console, which EC2 shows even of a host that reaches nothing, the log group and
# a metric. What does not get through is a pity and no reason to end the boot otherwise.
announce() {
  local result="$1"
  report "$@" | tee --append "$CI_HOST_ROOT/dev/console" || true
  timeout 60 "$here/telemetry.sh" Boots "Result=$result" <"$CI_HOST_RUN/boot.json" || true
}

# Out of service for good: what ran is stopped, Auto Scaling is told, and after a while for those who want to look, the
# host powers itself off.
abandon() {
  rm --force "$CI_HOST_RUN/may-serve"
  timeout 30 systemctl stop "${serving_units[@]}"
  if [[ -n ${COMPOSE:-} ]]; then
    # Docker itself starts containers again after a reboot.
    timeout 30 "$here/compose.sh" stop
  fi
  persevere "$((EPOCHSECONDS + 60))" "$here/lifecycle.sh" ABANDON
  echo "this host powers itself off in $DEBUG_TIMEOUT_SECONDS s"
  systemd-run --collect --on-active="$DEBUG_TIMEOUT_SECONDS" systemctl poweroff
}

# Whatever ends the boot ends it here. A boot that is cut off by a shutdown is not over: the next one goes on.
stage=start
interrupted=false
finish() {
  local status=$?
  if ((status == 0)) || [[ $interrupted == true ]]; then
    return
  fi
  set +e
  # The note comes first: should the host go down before Auto Scaling knows, it must not come into service after that.
  date >"$given_up"
  announce failed "$stage" "$status"
  abandon
  exit 1
}
trap finish EXIT
trap 'interrupted=true; exit 143' TERM INT

mkdir -p "$CI_HOST_STATE" "$CI_HOST_RUN"
for note in attempts stages probe stage.log; do
  : >"$CI_HOST_RUN/$note"
done

if [[ -e $given_up ]]; then
  trap - EXIT
  echo "this host was given up ($(<"$given_up")) and stays out of service"
  set +e
  abandon
  exit 1
fi

# Until it is in service, a host has the time that its hook has, whatever number of boots it takes.
if [[ ! -s $started || -e "$CI_HOST_STATE/lifecycle" ]]; then
  echo "$EPOCHSECONDS" >"$started"
fi
deadline=$(($(<"$started") + BOOT_DEADLINE_SECONDS))

read -ra stages <<<"$STAGES"
for stage in "${stages[@]}"; do
  report running "$stage" & # beside the stage, which need not wait for it
  begin="$EPOCHSECONDS"
  status=0
  persevere "$deadline" "$here/stages/$stage.sh" </dev/null 2>&1 | tee "$log" || status=$?
  wait
  echo "$stage $((EPOCHSECONDS - begin))" >>"$CI_HOST_RUN/stages"
  if ((status != 0)); then
    exit "$status"
  fi
done
announce succeeded
