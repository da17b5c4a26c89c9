#!/usr/bin/env bash
# Keeps containers from the instance metadata service, at any depth of nesting; the host itself still reaches it.
set -euo pipefail

block() {
  local tables="$1" address="$2"
  # Docker leaves DOCKER-USER as it finds it, so the rule can stand before Docker starts the first container.
  "$tables" --wait --list-rules DOCKER-USER >/dev/null 2>&1 || "$tables" --wait --new-chain DOCKER-USER
  "$tables" --wait --check FORWARD --jump DOCKER-USER 2>/dev/null ||
    "$tables" --wait --insert FORWARD --jump DOCKER-USER
  "$tables" --wait --check DOCKER-USER --destination "$address" --jump REJECT 2>/dev/null ||
    "$tables" --wait --insert DOCKER-USER --destination "$address" --jump REJECT
  # For each network that Docker makes it takes the jump to DOCKER-USER out and puts it in again, and when it starts it
  # accepts what its networks send before that. This table comes after that one, and Docker has nothing in it.
  "$tables" --wait --table security --check FORWARD --destination "$address" --jump DROP 2>/dev/null ||
    "$tables" --wait --table security --insert FORWARD --destination "$address" --jump DROP
}

block iptables 169.254.169.254/32
if [[ -e /proc/net/if_inet6 ]]; then
  block ip6tables fd00:ec2::254/128
fi
