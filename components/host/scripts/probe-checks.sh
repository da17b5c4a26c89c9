# shellcheck shell=bash
# Sourced by the stages that prove a host: what they have in common.
: "${CI_HOST_RUN:?}"

metadata="${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}/latest"

passed() {
  echo "$1" | tee --append "$CI_HOST_RUN/probe"
}

# Whether an HTTP server answers at the metadata service's address, in whatever way, asked from a network namespace:
# yes, no, or why that cannot be told.
metadata_answers() {
  local version="$1" namespace="$2" request status=0
  request=("$metadata/meta-data/")
  if [[ $version == IMDSv2 ]]; then
    request=(--request PUT --header 'x-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token")
  fi
  nsenter --net="$namespace" curl --silent --output /dev/null --noproxy '*' --connect-timeout 2 --max-time 4 \
    "${request[@]}" || status=$?
  case "$status" in
    0) echo yes ;;
    7 | 28) echo no ;; # curl: could not connect, timed out
    *) echo "curl in $namespace failed with $status" ;;
  esac
}

keeps_metadata_from() {
  local who="$1" namespace="$2" version answer
  answer="$(metadata_answers IMDSv2 /proc/self/ns/net)"
  if [[ $answer != yes ]]; then
    echo "the host itself does not reach the instance metadata service: $answer"
    exit 75
  fi
  for version in IMDSv1 IMDSv2; do
    answer="$(metadata_answers "$version" "$namespace")"
    if [[ $answer != no ]]; then
      fail "the $who reaches the instance metadata service by $version: $answer"
    fi
  done
  passed "imds-from-$who"
}

# Sources of mounts, of any container, that are or hold the socket of a container engine.
mounted_sockets() {
  local containers mounts source path socket
  containers="$(docker ps --all --quiet)"
  mounts="$(xargs --no-run-if-empty docker inspect --format '{{range .Mounts}}{{println .Source}}{{end}}' <<<"$containers")"
  while read -r source; do
    path="$(realpath --canonicalize-missing "${source:-/none}")"
    for socket in /run/docker.sock /run/containerd/containerd.sock; do
      if [[ $socket/ == "${path%/}"/* ]]; then
        echo "$source"
      fi
    done
  done <<<"$mounts"
}
