# shellcheck shell=bash
# Sourced: questions to the daemon as its clients ask them, over TLS and by its name. The name needs no DNS here.
: "${tls:?}" "${DOCKER_HOSTNAME:?}"

# Asks for the version, with a certificate and its key or with none, and says accepted, refused or what else came of it.
# That is asked again: a daemon that has just started can take its time.
ask_daemon() {
  local verdict
  for _ in {1..3}; do
    verdict="$(ask_once "$@")"
    if [[ $verdict == accepted || $verdict == refused ]]; then
      break
    fi
    sleep 2
  done
  echo "$verdict"
}

ask_once() {
  local answer alert credentials=() status=0
  if (($# > 0)); then
    credentials=(--cert "$1" --key "$2")
  fi
  answer="$(curl --silent --show-error --noproxy '*' --http1.1 --max-time 20 --output /dev/null \
    --write-out '%{http_code}' --resolve "$DOCKER_HOSTNAME:2376:127.0.0.1" --cacert "$tls/current/ca.pem" \
    "${credentials[@]}" "https://$DOCKER_HOSTNAME:2376/version" 2>&1)" || status=$?
  if ((status == 0)) && [[ $answer == *200 ]]; then
    echo accepted
    return
  fi
  # A refusal is one only if the daemon says so: what could not be tried is none. Its alert is lost on who sends a
  # request meanwhile, as curl does; here nothing is sent.
  alert="$(timeout 10 openssl s_client -ign_eof -connect 127.0.0.1:2376 -servername "$DOCKER_HOSTNAME" \
    "${credentials[@]/#--/-}" </dev/null 2>&1 || true)"
  case "$status $alert" in
    # curl: the handshake failed, or the connection ended while it sent or waited.
    35*"SSL alert number"* | 5[256]*"SSL alert number"*) echo refused ;;
    *) echo "neither accepted nor refused, curl ended with $status: ${answer//$'\n'/ }" ;;
  esac
}

# With the host's own client certificate.
ask_as_host() {
  ask_daemon "$tls/current/client-cert.pem" "$tls/current/client-key.pem"
}

# Whether the daemon answers a client, and with the certificate that it should have.
daemon_serves() {
  local answer own presented
  answer="$(ask_as_host)"
  if [[ $answer != accepted ]]; then
    echo "a client is $answer"
    return 1
  fi
  own="$(openssl x509 -in "$tls/current/cert.pem" -noout -fingerprint -sha256)" || return
  presented="$(openssl s_client -connect 127.0.0.1:2376 -servername "$DOCKER_HOSTNAME" </dev/null 2>/dev/null || true)"
  presented="$(openssl x509 -noout -fingerprint -sha256 <<<"$presented" 2>/dev/null || true)"
  if [[ $presented != "$own" ]]; then
    echo "the daemon presents another certificate than cert.pem"
    return 1
  fi
}

# dockerd reads its certificates when it starts. Containers live on meanwhile.
restart_daemon() {
  systemctl reset-failed docker.service || true
  systemctl restart docker.service
}
