#!/usr/bin/env bash
# What grows lies on the data volume: ext4, found by its label, formatted if it is empty.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
# shellcheck source=../apt.sh
source "$here/packages.sh"
: "${DATA_VOLUME:?}" "${DATA_DIRECTORIES:?}"

# mke2fs makes an inode for each 16 KiB by default; image layers are smaller files than that and would run out of them.
bytes_per_inode=8192

is_empty() {
  local status=0
  blkid --probe "$1" >/dev/null || status=$?
  ((status == 2)) # nothing found, neither a partition table nor a file system
}

# Without the local disks of the instance, which a stop erases.
empty_disks() {
  local disks disk model
  disks="$(lsblk --nodeps --noheadings --list --paths --output NAME,MODEL)"
  while read -r disk model; do
    if [[ $disk =~ ^/dev/(nvme|xvd|sd|vd) && $model != *"Instance Storage"* ]]; then
      if is_empty "$disk"; then
        echo "$disk"
      fi
    fi
  done <<<"$disks"
}

find_disk() {
  local found disks
  if [[ $DATA_VOLUME != auto ]]; then
    if [[ ! -e $DATA_VOLUME ]]; then
      echo "$DATA_VOLUME is not there yet" >&2
      return 75
    fi
    is_empty "$DATA_VOLUME" || fail "$DATA_VOLUME is not empty, and not ours"
    echo "$DATA_VOLUME"
    return
  fi
  found="$(empty_disks)"
  read -r -d '' -a disks <<<"$found" || true
  if ((${#disks[@]} == 0)); then
    echo "there is no empty disk yet" >&2
    return 75
  elif ((${#disks[@]} > 1)); then
    fail "more than one disk is empty, and dataVolume names none: ${disks[*]}"
  fi
  echo "${disks[0]}"
}

command -v mkfs.ext4 >/dev/null || install_packages e2fsprogs
if ! blkid --label ci-data; then
  disk="$(find_disk)"
  mkfs.ext4 -q -i "$bytes_per_inode" -L ci-data "$disk"
  udevadm settle
fi
start_unit mnt-data.mount
# The volume may have grown.
resize2fs "$CI_HOST_ROOT/dev/disk/by-label/ci-data"
read -ra directories <<<"$DATA_DIRECTORIES"
for directory in "${directories[@]}"; do
  mkdir -p "$CI_HOST_ROOT/mnt/data$directory" "$CI_HOST_ROOT$directory"
  unit="${directory#/}"
  start_unit "${unit//\//-}.mount"
done
