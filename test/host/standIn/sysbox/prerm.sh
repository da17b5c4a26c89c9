#!/bin/sh
set -eu

if [ -d /run/systemd/system ]; then
  systemctl stop sysbox.service sysbox-mgr.service sysbox-fs.service
fi
[ "$1" != remove ] || systemctl disable sysbox.service sysbox-mgr.service sysbox-fs.service
