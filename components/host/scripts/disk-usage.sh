# shellcheck shell=bash
# Sourced.
: "${GROWING_DIRECTORIES:?}"

# The fullest of the disks with what grows, by bytes or by inodes, in percent.
disk_usage() {
  local directories shares
  read -ra directories <<<"$GROWING_DIRECTORIES"
  shares="$(df --output=pcent,ipcent -- "${directories[@]/#/${CI_HOST_ROOT:-}}")"
  awk 'NR > 1 { for (i = 1; i <= 2; i++) if ($i + 0 > most) most = $i + 0 } END { print most + 0 }' <<<"$shares"
}
