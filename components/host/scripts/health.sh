#!/usr/bin/env bash
# Checks that this host can still do a job's work. After UNHEALTHY_THRESHOLD failures in a row the host is reported
# unhealthy, for Auto Scaling to replace it.
set -euo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"
# shellcheck source=disk-usage.sh
source "$here/disk-usage.sh"
# shellcheck source=idle-containers.sh
source "$here/idle-containers.sh"
: "${UNHEALTHY_THRESHOLD:?}" "${HEALTH_UNITS:?}" "${HEALTH_CHECK:?}" "${GROWING_DIRECTORIES:?}"

# A host that is this full fails jobs, and collecting garbage has not helped it.
full_percent=95

failures="$CI_HOST_RUN/health-failures"

told="$(cat "$CI_HOST_STATE/lifecycle" 2>/dev/null || true)"
if [[ $told != CONTINUE || -e $CI_HOST_RUN/drain-seconds ]]; then
  exit 0
fi

read -ra units <<<"$HEALTH_UNITS"
read -ra check <<<"$HEALTH_CHECK"
read -ra directories <<<"$GROWING_DIRECTORIES"

# What is wrong with the host, or nothing.
find_fault() {
  local unit idle used
  if ! timeout --kill-after=5 20 docker version >/dev/null 2>&1; then
    echo "Docker does not answer"
    return
  fi
  for unit in "${units[@]}"; do
    if ! systemctl --quiet is-active "$unit"; then
      echo "$unit does not run"
      return
    fi
  done
  # Compose goes on while a single container does, and an agent that has ended takes no job.
  if [[ -n ${COMPOSE:-} ]]; then
    idle="$(idle_containers || true)"
    if [[ -n $idle ]]; then
      echo "of the workload: ${idle//$'\n'/, }"
      return
    fi
  fi
  # Daemons can run and still hang, and then what depends on them does: https://github.com/nestybox/sysbox/issues/1018
  if ! timeout --kill-after=5 60 "${check[@]}" >/dev/null 2>&1; then
    echo "this fails or hangs: $HEALTH_CHECK"
    return
  fi
  used="$(disk_usage / "${directories[@]}")"
  if ((used >= full_percent)); then
    echo "a disk, or its inodes, are $used % full"
  fi
}

fault="$(find_fault)"
if [[ -z $fault ]]; then
  rm --force "$failures"
  exit 0
fi
echo "$fault" >>"$failures"
count="$(grep --count '' "$failures")"
echo "unhealthy ($count of $UNHEALTHY_THRESHOLD): $fault"
if ((count >= UNHEALTHY_THRESHOLD)); then
  printf '{"event":"unhealthy","reason":"%s"}\n' "$fault" | timeout 60 "$here/telemetry.sh" UnhealthyHosts || true
  if [[ -n ${LAUNCHING_HOOK:-} ]]; then
    "$here/lifecycle.sh" ABANDON
  else
    # No group replaces this host: it helps itself, and is judged anew. No restart makes room, and each ends all builds.
    [[ $fault == *"% full" ]] || timeout 120 systemctl restart "${units[@]}" || true
    rm "$failures"
  fi
elif [[ $fault == *.service* && ! -e $CI_HOST_RUN/drain-seconds ]]; then
  # Systemd restarts what crashes, and leaves what went down with it: the next check sees whether this helped.
  timeout 60 systemctl start "${units[@]}" || true
fi
