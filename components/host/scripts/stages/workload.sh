#!/usr/bin/env bash
# The secrets are in memory, and every service of the workload runs.
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

# Compose pulls the images and creates the containers in its own time. Each step says itself that it failed: bash heeds
# no errexit inside a condition, and two empty lists would be equal.
runs() {
  local wanted running
  wanted="$("$here/compose.sh" config --services | sort)" || return
  running="$("$here/compose.sh" ps --services --filter status=running | sort)" || return
  echo "services: ${wanted//$'\n'/ }; running: ${running//$'\n'/ }"
  [[ -n $wanted && $running == "$wanted" ]]
}

start_unit ci-workload.service
transient runs
