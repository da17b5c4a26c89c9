#!/usr/bin/env bash
# What the later stages call. Once for each instance, so that a reboot needs no mirror.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
# shellcheck source=../apt.sh
source "$here/apt.sh"
: "${BASE_PACKAGES:?}"

indexed="$CI_HOST_STATE/package-index"
if [[ ! -e $indexed ]]; then
  update_index
  touch "$indexed"
fi
read -ra packages <<<"$BASE_PACKAGES"
installed "${packages[@]}" || install_packages "${packages[@]}"
