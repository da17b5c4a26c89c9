#!/usr/bin/env bash
# Makes a mirror of Debian's archive that holds what a machine lacks, and nothing else, for machines with the image IMAGE:
#   buildMirror.sh resolve IMAGE APT PACKAGE...        prints what is to be on it, one package a line
#   buildMirror.sh build IMAGE APT DIRECTORY DEB...    makes it, of such lines on the input and of the files DEB
# APT is a directory for apt's lists and for the packages that it has downloaded. The mirror's base URL is DIRECTORY's.
set -euo pipefail

action="$1"
image="$2"
apt="$3"
shift 3

codename=bookworm
# What cloud-init's template for sources.list names, and the image's own sources do.
suites=("$codename" "$codename-updates" "$codename-backports" "$codename-security")
index_age_minutes=720

# apt-get for the machine in place of this one.
apt_get() {
  apt-get --quiet=2 --yes --no-install-recommends -o Dir::State="$apt/state" \
    -o Dir::State::status="$image/dpkg-status" -o Dir::Cache="$apt/cache" \
    -o Dir::Cache::pkgcache=pkgcache.bin -o Dir::Cache::srcpkgcache=srcpkgcache.bin \
    -o Dir::Etc::SourceList="$image/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o APT::Update::Error-Mode=any -o Acquire::Retries=3 -o APT::Sandbox::User=root "$@"
}

# One transaction for each package: packages that no machine has both of may be on one mirror. The versions are those of
# the lists, which are fetched anew twice a day.
resolve() {
  local package lines recent=""
  mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/nothing/partial"
  if [[ -e "$apt/indexed" ]]; then
    recent="$(find "$apt/indexed" -mmin "-$index_age_minutes")"
  fi
  if [[ -z $recent ]]; then
    apt_get update >&2
    touch "$apt/indexed"
  fi
  for package in "$@"; do
    # apt leaves out what it has downloaded already.
    lines="$(apt_get -o Dir::Cache::archives="$apt/nothing" --print-uris install "$package")"
    awk -v package="$package" '$2 ~ /\.deb$/ { print package, $2, $3, $4 }' <<<"$lines"
  done
}

# The name of a package's file in an archive has no epoch.
add() {
  local name
  # shellcheck disable=SC2016 # dpkg's own variables
  name="$(dpkg-deb --show --showformat='${Package}_${Version}_${Architecture}.deb' "$1")"
  cp "$1" "$2/pool/${name/_*:/_}"
}

# The lists of one suite. All packages are in the release; apt finds the other suites there, and empty.
make_suite() {
  local directory="$1" suite="$2" lists="dists/$2/main"
  mkdir -p "$directory/$lists/binary-amd64" "$directory/$lists/source"
  : >"$directory/$lists/source/Sources"
  if [[ $suite == "$codename" ]]; then
    (cd "$directory" && apt-ftparchive packages pool) >"$directory/$lists/binary-amd64/Packages"
  else
    : >"$directory/$lists/binary-amd64/Packages"
  fi
  gzip --keep "$directory/$lists/binary-amd64/Packages" "$directory/$lists/source/Sources"
  apt-ftparchive -o APT::FTPArchive::Release::Origin=Debian -o APT::FTPArchive::Release::Label=Debian \
    -o APT::FTPArchive::Release::Suite="$suite" -o APT::FTPArchive::Release::Codename="$suite" \
    -o APT::FTPArchive::Release::Architectures=amd64 -o APT::FTPArchive::Release::Components=main \
    release "$directory/dists/$suite" >"$directory/Release"
  gpg --homedir "$image/gnupg" --batch --quiet --clearsign --output "$directory/dists/$suite/InRelease" \
    "$directory/Release"
  rm "$directory/Release"
}

build() {
  local directory="$1" package file previous packages=() files=()
  shift
  while read -r package file _; do
    packages+=("$package")
    files+=("$apt/cache/archives/$file")
  done
  mkdir -p "$directory/pool"
  # One transaction for each package here too, of which a list has a line for each file.
  for package in "${packages[@]}"; do
    if [[ $package != "${previous:-}" ]]; then
      apt_get --download-only install "$package" >&2
    fi
    previous="$package"
  done
  for file in "${files[@]}" "$@"; do
    add "$file" "$directory"
  done
  for suite in "${suites[@]}"; do
    make_suite "$directory" "$suite"
  done
  gpgconf --homedir "$image/gnupg" --kill gpg-agent
}

case "$action" in
  resolve | build) "$action" "$@" ;;
  *)
    echo "buildMirror.sh: unknown action: $action" >&2
    exit 64 # sysexits: EX_USAGE
    ;;
esac
