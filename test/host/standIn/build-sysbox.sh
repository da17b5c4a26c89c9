#!/usr/bin/env bash
# Builds the package that stands in for sysbox's where that cannot be had, and prints its path:
#   build-sysbox.sh [CACHE]
# The same files make the same package, to the bit.
set -euo pipefail

cache="${1:-${XDG_CACHE_HOME:-$HOME/.cache}/ci-hosts}"
sources="$(dirname -- "${BASH_SOURCE[0]}")/sysbox"
package="$cache/sysbox-ce-stand-in_0.0.0.deb"
export SOURCE_DATE_EPOCH=1767225600

mkdir -p "$cache"
work="$(mktemp -d "$cache/sysbox.XXXXXX")"
trap 'rm -rf "$work"' EXIT
root="$work/root"

# put MODE SOURCE TARGET...
put() {
  local mode="$1" source="$sources/$2" target
  for target in "${@:3}"; do
    install -D --mode "$mode" "$source" "$root$target"
  done
}

put 0644 control /DEBIAN/control
put 0755 postinst.sh /DEBIAN/postinst
put 0755 prerm.sh /DEBIAN/prerm
put 0755 sysbox-runc.sh /usr/bin/sysbox-runc
put 0755 daemon.sh /usr/bin/sysbox-mgr /usr/bin/sysbox-fs
put 0644 container.py /usr/lib/sysbox-stand-in/container.py
put 0644 99-sysbox-sysctl.conf /lib/sysctl.d/99-sysbox-sysctl.conf
for unit in sysbox sysbox-mgr sysbox-fs; do
  put 0644 "$unit.service" "/lib/systemd/system/$unit.service"
done
find "$root" -type d -exec chmod 0755 {} +
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

# Uncompressed, since the bytes of a compressor are another with each version of it.
dpkg-deb --build --root-owner-group -Znone "$root" "$work/package.deb" >&2
mv "$work/package.deb" "$package"
echo "$package"
