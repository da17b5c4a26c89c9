#!/usr/bin/env bash
# Docker in the very versions that were chosen, held there, and answering.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
# shellcheck source=../apt.sh
source "$here/packages.sh"
: "${DOCKER_PACKAGES:?}"

# Makes apt trust Docker's repository, if the one key that it offers is the one that Docker publishes.
add_repository() {
  local key="$CI_HOST_RUN/docker.asc" keys
  : "${DOCKER_KEY_FINGERPRINT:?}"
  transient curl --silent --show-error --fail --location --max-time 60 --output "$key" "$DOCKER_KEY_URL"
  keys="$(gpg --show-keys --with-colons "$key")"
  keys="$(awk -F: '$1 == "pub" { primary = 1 } $1 == "fpr" && primary { print $10; primary = 0 }' <<<"$keys")"
  if [[ $keys != "$DOCKER_KEY_FINGERPRINT" ]]; then
    fail "$DOCKER_KEY_URL has the key $keys, Docker's is $DOCKER_KEY_FINGERPRINT"
  fi
  install -D --mode 0644 "$key" "$CI_HOST_ROOT/etc/apt/keyrings/docker.asc"
  install -D --mode 0644 "$CI_HOST_ROOT/etc/ci-host/docker.sources" "$CI_HOST_ROOT/etc/apt/sources.list.d/docker.sources"
  update_index
}

read -ra packages <<<"$DOCKER_PACKAGES"
if ! installed "${packages[@]}"; then
  if [[ -n ${DOCKER_KEY_URL:-} ]]; then
    add_repository
  fi
  install_packages "${packages[@]}"
fi
# Its package has done so, and systemd takes seconds to read all units anew.
systemctl --quiet is-enabled docker.service || systemctl enable docker.service
start_unit docker.service
transient timeout 20 docker version
# An early start, beside the next stages. Who needs the image waits for this download, or makes its own.
if [[ -n ${PROBE_IMAGE:-} ]] && ! docker image inspect "$PROBE_IMAGE" >/dev/null 2>&1; then
  systemd-run --collect docker pull --quiet "$PROBE_IMAGE"
fi
hold_packages "${packages[@]}"
