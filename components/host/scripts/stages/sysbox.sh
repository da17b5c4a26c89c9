#!/usr/bin/env bash
# sysbox from a package whose every bit is known, held there, its daemons running and its runtime known to Docker.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
# shellcheck source=../apt.sh
source "$here/packages.sh"
: "${SYSBOX_URL:?}" "${SYSBOX_SHA256:?}" "${DOCKER_TOOLS:?}"

package="$CI_HOST_STATE/sysbox-ce.deb"
# What needs no daemon comes with sysbox: Docker is up, and its image on the way, before they are installed.
read -ra tools <<<"$DOCKER_TOOLS"
if ! installed sysbox-ce "${tools[@]}"; then
  transient curl --silent --show-error --fail --location --max-time 300 --output "$package" "$SYSBOX_URL"
  digest="$(sha256sum "$package")"
  if [[ ${digest%% *} != "$SYSBOX_SHA256" ]]; then
    rm "$package"
    fail "$SYSBOX_URL has the SHA-256 ${digest%% *}, expected is $SYSBOX_SHA256"
  fi
  install_packages "$package" "${tools[@]}"
  rm "$package"
fi
hold_packages sysbox-ce "${tools[@]}"
# The package brings settings of the kernel as a file that is read at the next boot.
systemctl restart systemd-sysctl.service
start_unit sysbox.service
# One at a time: of several units systemctl is content with a single one that is active.
systemctl is-active sysbox-mgr.service
systemctl is-active sysbox-fs.service

runtimes="$(docker info --format '{{json .Runtimes}}')"
if [[ $runtimes != *'"sysbox-runc"'* ]]; then
  fail "Docker does not know the runtime sysbox-runc: $runtimes"
fi
