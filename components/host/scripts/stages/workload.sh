#!/usr/bin/env bash
# The secrets are in memory, the images on disk, and the containers of the workload made. None runs yet: the host has
# not proved itself.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"

secret_program='import json, sys; sys.stdout.write(json.load(sys.stdin)["SecretString"])'
secrets="$CI_HOST_RUN/secrets"
install --directory --mode 0700 "$secrets"
umask 077
read -ra entries <<<"${SECRETS:-}"
for entry in "${entries[@]}"; do
  answer="$("$here/aws.sh" secretsmanager GetSecretValue "{\"SecretId\":\"${entry#*=}\"}")"
  printf '%s' "$answer" | python3 -c "$secret_program" >"$secrets/${entry%%=*}.new"
  mv "$secrets/${entry%%=*}.new" "$secrets/${entry%%=*}"
done

# After a power cut Docker has started them again by itself. No grace for a job that a host took without being proven:
# that of a long one would outlast the boot.
running="$(docker ps --quiet --filter label=com.docker.compose.project=ci)"
xargs --no-run-if-empty docker stop --time 10 <<<"$running"
transient "$here/compose.sh" up --no-start --remove-orphans
