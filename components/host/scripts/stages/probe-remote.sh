#!/usr/bin/env bash
# Each service's certificate lets it build and run an image on the Docker host, and without one nobody gets an answer.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
# shellcheck source=../probe-checks.sh
source "$here/probe-checks.sh"
# shellcheck source=../docker-host.sh
source "$here/docker-host.sh"
: "${DOCKER_CLIENTS:?}"

# This host keeps from its containers what is not theirs, too. Each negative has its positive beside it, so that nothing
# passes because it could not be tried.
container=ci-host-probe
bundles="$CI_HOST_RUN/docker-clients"
: >"$CI_HOST_RUN/probe"

# Runs a command with what a service's container has: as_client SERVICE COMMAND...
as_client() {
  DOCKER_HOST="tcp://$docker_host" DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$bundles/$1" "${@:2}"
}

# Until the Docker host answers: it may be a new one that is coming up.
await_daemon() {
  local service="$1" patience=$((EPOCHSECONDS + 60)) answer
  until answer="$(as_client "$service" timeout 20 docker version --format '{{.Server.Version}}' 2>&1)"; do
    answer="${answer//$'\n'/ }"
    if [[ $answer =~ tls:|x509: ]]; then
      fail "the Docker host and $service do not trust each other: $answer"
    elif [[ $answer == *"Error response from daemon"* ]]; then
      fail "the Docker host does not serve $service: $answer"
    elif ((EPOCHSECONDS >= patience)); then
      echo "the Docker host $docker_host does not answer: $answer" >&2
      exit 75
    fi
    sleep 2
  done
}

# On a daemon that others use at the same time, the names are this host's and this service's own.
remove_from_daemon() {
  as_client "$1" docker rm --force --volumes "ci-host-probe-$2" >/dev/null 2>&1 || true
  as_client "$1" docker image rm --force "ci-host-probe:$2" "ci-host-probe-base:$2" >/dev/null 2>&1 || true
}

serves() {
  local service="$1" job="$INSTANCE_ID-$1" proof status=0
  await_daemon "$service"
  passed "remote-docker-of-$service"
  remove_from_daemon "$service" "$job"
  proof="$(as_client "$service" "$here/probe-job.sh" "$job")" || status=$?
  remove_from_daemon "$service" "$job"
  if ((status != 0)); then
    # The daemon starts anew when its certificate is renewed, and that may have been now.
    note_failure "$status" "probe-job.sh of $service"
    echo "no image can be built and run on the Docker host: $proof" >&2
    exit 75
  elif [[ ${proof##*$'\n'} != built ]]; then
    fail "the image that $service has built on the Docker host does not run: $proof"
  fi
  passed "remote-build-and-run-of-$service"
}

refuses_strangers() {
  local bundle="$1" answer
  answer="$(daemon_answers "$bundle")"
  if [[ $answer != yes ]]; then
    echo "the Docker host does not answer to a client's certificate: $answer" >&2
    exit 75
  fi
  answer="$(daemon_answers "$bundle" anonymous)"
  if [[ $answer == yes ]]; then
    fail "the Docker host lets in who has no certificate"
  elif [[ $answer != no ]]; then
    # The daemon starts anew when its certificate is renewed, and that may have been now.
    echo "whether the Docker host lets in who has no certificate cannot be told: $answer" >&2
    exit 75
  fi
  passed no-certificate
}

# What containers get that is not theirs: all of the host's rights, or another service's certificate.
trespasses() {
  local containers found service source path
  containers="$(docker ps --all --quiet)"
  found="$(xargs --no-run-if-empty docker inspect --format "$what_they_get" <<<"$containers")"
  while read -r service source; do
    path="$(realpath --canonicalize-missing "${source:-/none}")"
    if [[ $source == privileged || $bundles/ == "${path%/}"/* ]] ||
      [[ $path == "$bundles"/* && $path != "$bundles/$service" ]]; then
      echo "$service: $source"
    fi
  done <<<"$found"
}

# shellcheck disable=SC2016 # a variable of Go's templates
what_they_get='{{$service := or (index .Config.Labels "com.docker.compose.service") .Name}}{{range .Mounts}}{{println $service .Source}}{{end}}{{if .HostConfig.Privileged}}{{println .Name "privileged"}}{{end}}'

read -ra clients <<<"$DOCKER_CLIENTS"
for client in "${clients[@]}"; do
  serves "${client%%=*}"
done
refuses_strangers "$bundles/${clients[0]%%=*}"

remove() {
  docker rm --force --volumes "$container" >/dev/null 2>&1 || true
}

trap remove EXIT
remove
# The same job on this host's own Docker is a container to look out of, and an image for the health check.
proof="$("$here/probe-job.sh")"
if [[ ${proof##*$'\n'} != built ]]; then
  fail "an image built on this host does not run: $proof"
fi
pid="$(docker inspect --format '{{.State.Pid}}' "$container")"
keeps_metadata_from container "$CI_HOST_ROOT/proc/$pid/ns/net"
sockets="$(mounted_sockets)"
if [[ -n $sockets ]]; then
  fail "a container gets the socket of the host's container engine: $sockets"
fi
passed host-socket
found="$(trespasses)"
if [[ -n $found ]]; then
  fail "a container gets what is not its own: $found"
fi
passed containers-apart

# What the health check starts again and again. It holds the image, too: nothing that removes unused images takes it.
docker rm --force ci-host-health >/dev/null 2>&1 || true
docker create --name ci-host-health --label ci-hosts.keep --network none ci-host-probe sh -c :
