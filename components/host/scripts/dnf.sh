# shellcheck shell=bash
# Sourced, as packages.sh, by the stages that install packages on Amazon Linux. Its repositories are those of the release
# that the image is of, so a version is as fixed as the image.

# True if every package is installed, in its version where one is given (name=version).
installed() {
  local package
  for package in "$@"; do
    rpm --query --quiet "${package//=/-}" || return 1
  done
}

update_index() {
  transient dnf --quiet --assumeyes makecache
}

install_packages() {
  transient dnf --quiet --assumeyes --setopt=install_weak_deps=False --setopt=retries=3 install "${@//=/-}"
}

# Nothing installs another version: the release is locked, and there are no automatic updates.
hold_packages() {
  installed "$@"
}
