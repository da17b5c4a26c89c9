#!/usr/bin/env bash
# Checks that this host can still do a job's work. After UNHEALTHY_THRESHOLD failures in a row the host is reported
# unhealthy, for Auto Scaling to replace it.
set -euo pipefail

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"
# shellcheck source=disk-usage.sh
source "$here/disk-usage.sh"
: "${UNHEALTHY_THRESHOLD:?}"

# A host that is this full fails jobs, and collecting garbage has not helped it.
full_percent=95

failures="$CI_HOST_RUN/health-failures"

told="$(cat "$CI_HOST_STATE/lifecycle" 2>/dev/null || true)"
if [[ $told != CONTINUE || -e $CI_HOST_RUN/drain-seconds ]]; then
  exit 0
fi

units=(sysbox-mgr.service sysbox-fs.service)
if [[ -n ${COMPOSE:-} ]]; then
  units+=(ci-workload.service)
fi

# What is wrong with the host, or nothing.
find_fault() {
  local unit used
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
  # The daemons can run and still hang, and then every container does: https://github.com/nestybox/sysbox/issues/1018
  if ! timeout --kill-after=5 60 docker start --attach ci-host-health >/dev/null 2>&1; then
    echo "no container starts under sysbox"
    return
  fi
  used="$(disk_usage)"
  if ((used >= full_percent)); then
    echo "a data disk, or its inodes, are $used % full"
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
  "$here/lifecycle.sh" ABANDON
elif [[ $fault == *.service* ]]; then
  # Systemd restarts what crashes, and leaves what went down with it: the next check sees whether this helped.
  timeout 60 systemctl start sysbox.service "${units[@]}" || true
fi
