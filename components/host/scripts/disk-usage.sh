# shellcheck shell=bash
# Sourced.

# The fullest of the disks with Docker's and sysbox's data, by bytes or by inodes, in percent.
disk_usage() {
  local root="${CI_HOST_ROOT:-}" shares
  shares="$(df --output=pcent,ipcent -- "$root/var/lib/docker" "$root/var/lib/containerd" "$root/var/lib/sysbox")"
  awk 'NR > 1 { for (i = 1; i <= 2; i++) if ($i + 0 > most) most = $i + 0 } END { print most + 0 }' <<<"$shares"
}
