# shellcheck shell=bash
# Sourced, as packages.sh, by the stages that install packages on Debian and Ubuntu.
: "${CI_HOST_STATE:?}"

# apt waits for another apt, and treats an index that it could not fetch as the failure that it is.
apt_options=(--quiet --yes -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 -o APT::Update::Error-Mode=any)

# True if every package is installed, in its version where one is given (name=version).
installed() {
  local package found
  for package in "$@"; do
    found="$(dpkg-query --show --showformat='${db:Status-Status}=${Version}' "${package%%=*}" 2>/dev/null || true)"
    case "$package" in
      *=*) [[ $found == "installed=${package#*=}" ]] || return 1 ;;
      *) [[ $found == installed=* ]] || return 1 ;;
    esac
  done
}

update_index() {
  transient apt-get "${apt_options[@]}" update
  touch "$CI_HOST_STATE/package-index"
}

# With the index that the instance has, if it has one: a reboot needs no mirror.
install_packages() {
  if [[ ! -e $CI_HOST_STATE/package-index ]]; then
    update_index
  fi
  # A power cut in the middle of an installation leaves packages half configured, and apt would refuse to go on.
  transient dpkg --configure --pending --force-confold
  # Nor does the index count as there until it has served: it may have gone with the power, or be older than the mirror.
  rm --force "$CI_HOST_STATE/package-index"
  transient apt-get "${apt_options[@]}" --no-install-recommends install "$@"
  touch "$CI_HOST_STATE/package-index"
}

# Keeps packages in the versions that they have.
hold_packages() {
  apt-mark hold "${@%%=*}"
}
