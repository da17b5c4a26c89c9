# shellcheck shell=bash
# Sourced.
: "${DOCKER_CLIENT_HOST:?}"

docker_host="$DOCKER_CLIENT_HOST:2376"

# Whether the Docker host's daemon answers, in whatever way, to who trusts the CA of a bundle and shows the bundle's
# certificate, or none: yes, no, or why that cannot be told. daemon_answers BUNDLE [anonymous]
daemon_answers() {
  local bundle="$1" status=0 identity=(--cert "$1/cert.pem" --key "$1/key.pem")
  if [[ ${2:-} == anonymous ]]; then
    identity=()
  fi
  curl --silent --output /dev/null --noproxy '*' --http1.1 --connect-timeout 5 --max-time 10 \
    --cacert "$bundle/ca.pem" "${identity[@]}" "https://$docker_host/_ping" || status=$?
  case "$status" in
    0) echo yes ;;
    35 | 55 | 56) echo no ;; # curl: the handshake failed, or in TLS 1.3 what followed it
    *) echo "curl failed with $status" ;;
  esac
}
