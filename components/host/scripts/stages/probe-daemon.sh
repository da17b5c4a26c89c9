#!/usr/bin/env bash
# The daemon serves who has a certificate for it and nobody else, and the host has no other way in and no way out. Each
# negative has its positive beside it, so that nothing passes because it could not be tried.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
# shellcheck source=../certificates.sh
source "$here/certificates.sh"
# shellcheck source=../daemon.sh
source "$here/daemon.sh"

# In memory: no reboot finds it, and dockerd does not start with a link that leads there.
trial="$CI_HOST_RUN/trial"
version="$(<"$CI_HOST_RUN/certificates")"
: >"$CI_HOST_RUN/probe"

passed() {
  echo "$1" | tee --append "$CI_HOST_RUN/probe"
}

# Who is asked about is accepted, or refused, by the daemon itself.
expect() {
  local name="$1" verdict="$2" answer
  shift 2
  answer="$("$@")"
  if [[ $answer != "$verdict" ]]; then
    fail "$name: should be $verdict, is $answer"
  fi
  passed "$name"
}

# An authority for minutes: dockerd trusts it beside its own, as it would trust a stolen one.
make_authority() {
  install --directory --mode 0700 "$trial" "$trial/issued"
  : >"$trial/index.txt"
  cat >"$trial/ca.cnf" <<EOF
[ca]
default_ca = trial
[trial]
database = $trial/index.txt
new_certs_dir = $trial/issued
certificate = $trial/trial-ca.pem
private_key = $trial/trial-ca-key.pem
default_md = sha256
default_days = 1
policy = policy
unique_subject = no
rand_serial = yes
[policy]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[client]
extendedKeyUsage = clientAuth
[server]
extendedKeyUsage = serverAuth
EOF
  new_key "$trial/trial-ca-key.pem"
  new_key "$trial/key.pem"
  openssl req -new -x509 -config "$trial/ca.cnf" -extensions authority -days 1 -subj "/CN=probe of $INSTANCE_ID" \
    -key "$trial/trial-ca-key.pem" -out "$trial/trial-ca.pem"
  openssl req -new -config "$trial/ca.cnf" -subj /CN=probe -key "$trial/key.pem" -out "$trial/request.pem"
  issue valid client
  issue expired client -startdate 20200101000000Z -enddate 20200102000000Z
  issue server server
}

new_key() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null
}

issue() {
  openssl ca -batch -notext -config "$trial/ca.cnf" -in "$trial/request.pem" -out "$trial/$1.pem" -extensions "$2" \
    "${@:3}" 2>"$trial/openssl.log" || fail "openssl issues no certificate: $(<"$trial/openssl.log")"
}

ask_on_trial() {
  ask_daemon "$trial/$1.pem" "$trial/key.pem"
}

# dockerd on its own certificate, with the trial's authority among those that it trusts.
trust_trial() {
  install --directory --mode 0700 "$trial/tls"
  cat "$tls/$version/ca.pem" "$trial/trial-ca.pem" >"$trial/tls/ca.pem"
  for file in cert key client-cert client-key; do
    ln --symbolic --force "$tls/$version/$file.pem" "$trial/tls/$file.pem"
  done
  activate "$trial/tls"
  restart_daemon
}

end_trial() {
  activate "$version"
  restart_daemon
}

# What the daemon answers in clear: the refusal of Go's TLS.
plain_http() {
  local answer
  answer="$(curl --silent --show-error --noproxy '*' --http1.1 --max-time 20 \
    --write-out '\n%{http_code}' http://127.0.0.1:2376/version 2>&1 || true)"
  if [[ $answer == *"HTTP request to an HTTPS server"*400 ]]; then
    echo refused
  else
    echo "${answer//$'\n'/ }"
  fi
}

# A handshake of one version of TLS, with ciphers of any strength: what OpenSSL here would not do by itself is no refusal.
handshake() {
  local said
  said="$(openssl s_client "$1" -cipher 'ALL:@SECLEVEL=0' -connect 127.0.0.1:2376 -servername "$DOCKER_HOSTNAME" \
    </dev/null 2>&1 || true)"
  if [[ $said == *"alert protocol version"* ]]; then
    echo refused
  elif [[ $said == *"BEGIN CERTIFICATE"* ]]; then
    echo accepted
  else
    echo "neither accepted nor refused: ${said//$'\n'/ }"
  fi
}

# Addresses other than the loopback's on which TCP is listened to.
open_ports() {
  local sockets
  sockets="$(ss --no-header --numeric --listening --tcp)"
  sockets="$(awk '{ print $4 }' <<<"$sockets")"
  grep --invert-match --extended-regexp '^(127\.[0-9.]+(%[a-z0-9]+)?|\[::1\]|\[::ffff:127\.[0-9.]+\]):' <<<"$sockets" || true
}

# Whether a connection comes about: yes, no, or why that cannot be told.
reaches() {
  local connected status=0
  connected="$(curl --silent --output /dev/null --write-out '%{time_connect}' --noproxy '*' --connect-timeout 4 \
    --max-time 6 "$1")" || status=$?
  if ((status == 0)) || [[ $connected =~ [1-9] ]]; then
    echo yes
  elif ((status == 7 || status == 28)); then # curl: could not connect, timed out
    echo no
  else
    echo "curl failed with $status"
  fi
}

keeps_from_internet() {
  local url answer
  # Cloudflare, Google and Quad9.
  for url in https://1.1.1.1/ https://8.8.8.8/ http://9.9.9.9:53/ 'https://[2606:4700:4700::1111]/'; do
    answer="$(reaches "$url")"
    if [[ $answer != no ]]; then
      fail "the host must not reach the internet, and $url answers: $answer"
    fi
  done
  # Silence says nothing where nobody answers. A host that has shown this before is not given up for it.
  if "$here/aws.sh" secretsmanager GetSecretValue "{\"SecretId\":\"$SERVER_SECRET_ARN\"}" >/dev/null; then
    passed no-internet
  elif [[ ! -e $CI_HOST_STATE/lifecycle ]]; then
    note_failure 75 "aws.sh secretsmanager GetSecretValue"
    exit 75
  fi
}

trap 'exit 143' TERM INT
trap 'rm --recursive --force "$trial"' EXIT
# An attempt that was killed may have left the daemon on trial.
rm --recursive --force "$trial"
target="$(readlink "$tls/current")"
if [[ $target != "$version" ]]; then
  end_trial
fi

fault="$(daemon_serves)" || fail "the daemon does not serve: ${fault:-its certificate is not to be read}"
passed client-certificate
current="$tls/current"
timeout 20 docker --host tcp://127.0.0.1:2376 --tlsverify --tlscacert "$current/ca.pem" \
  --tlscert "$current/client-cert.pem" --tlskey "$current/client-key.pem" version
passed docker-version

expect plain-tcp refused plain_http
expect no-client-certificate refused ask_daemon
expect tls-1.2 accepted handshake -tls1_2
expect tls-1.1 refused handshake -tls1_1

make_authority
trap 'end_trial || systemctl stop docker.socket docker.service; rm --recursive --force "$trial"' EXIT
trust_trial
expect trusted-client accepted ask_on_trial valid
expect expired-client-certificate refused ask_on_trial expired
expect server-certificate-as-client refused ask_on_trial server
trap 'rm --recursive --force "$trial"' EXIT
end_trial || fail "Docker does not start with its own certificates again"
expect other-authority refused ask_on_trial valid
expect client-certificate-again accepted ask_as_host

ports="$(open_ports)"
if [[ $ports =~ ^(0\.0\.0\.0|\*|\[::\]):2376$ ]]; then
  passed no-other-port
elif [[ ! -e $CI_HOST_STATE/lifecycle ]]; then
  fail "TCP port 2376 alone should be open, open are: ${ports//$'\n'/ }"
else
  # Clients' containers that Docker has started again may listen, too. The security group lets nobody to them.
  echo "no-other-port is not shown, open are: ${ports//$'\n'/ }"
fi
keeps_from_internet
