#!/usr/bin/env bash
# What the later stages call.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
# shellcheck source=../apt.sh
source "$here/packages.sh"
: "${BASE_PACKAGES:?}"

read -ra packages <<<"$BASE_PACKAGES"
installed "${packages[@]}" || install_packages "${packages[@]}"
