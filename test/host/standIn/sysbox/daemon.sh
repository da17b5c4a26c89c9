#!/bin/sh
# STAND-IN for sysbox-mgr and sysbox-fs, as whichever it is called: it is there, and sysbox-runc knows by its pid file.
set -eu

name="${0##*/}"
if [ "${1:-}" = --version ]; then
  echo "$name stand-in 0.0.0"
  exit
fi
mkdir -p /run/sysbox
echo "$$" >"/run/sysbox/$name.pid"
systemd-notify --ready
exec sleep infinity
