# shellcheck shell=bash
# Sourced.

# The fullest of the disks of some directories, by bytes or by inodes, in percent: disk_usage DIRECTORY...
disk_usage() {
  local shares
  shares="$(df --output=pcent,ipcent -- "${@/#/${CI_HOST_ROOT:-}}")"
  awk 'NR > 1 { for (i = 1; i <= 2; i++) if ($i + 0 > most) most = $i + 0 } END { print most + 0 }' <<<"$shares"
}
