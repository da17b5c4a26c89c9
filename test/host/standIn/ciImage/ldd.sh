#!/bin/sh
# What glibc's own ldd does, which wants bash.
for file in "$@"; do
  for loader in /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.*; do
    if [ -x "$loader" ]; then
      "$loader" --list "$file" || exit 1
    fi
  done
done
