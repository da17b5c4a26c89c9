#!/usr/bin/env bash
# This host does a CI job's work, an image built and run inside of a CI container, and keeps from a job what is not its
# own. Each negative has its positive beside it, so that nothing passes because it could not be tried.
# shellcheck source=../stage.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../stage.sh"
# shellcheck source=../probe-checks.sh
source "$here/probe-checks.sh"
: "${PROBE_IMAGE:?}"

declare -A flags
container=ci-host-probe
: >"$CI_HOST_RUN/probe"

inside() {
  docker exec --interactive "$container" "$@"
}

remove() {
  docker rm --force --volumes "$container" >/dev/null 2>&1 || true
}

# The identity of the Docker inside of the CI container, once that answers. It is asked from in there: a container that
# ends, ends this too.
await_docker() {
  timeout 300 docker exec "$container" sh -c \
    'until docker version >/dev/null 2>&1; do sleep 1; done; docker info --format "{{.ID}}"'
}

# Starts a container with a flag of Docker's that asks for what is the host's, and notes what came of it.
attempt() {
  local name="$1" flag="$2" status=0 network=()
  if [[ $flag != --net=* ]]; then
    network=(--network none) # which the host's is not, and which takes no time to make
  fi
  timeout --kill-after=5 300 docker run --rm --runtime sysbox-runc "${network[@]}" "$flag" --entrypoint sh "$PROBE_IMAGE" -c \
    'readlink /proc/self/ns/pid && readlink /proc/self/ns/net && cat /proc/self/uid_map' \
    >"$CI_HOST_RUN/probe-$name" 2>&1 || status=$?
  echo "$status" >"$CI_HOST_RUN/probe-$name-status"
}

# The flag was refused, or gave the container nothing of the host's.
isolates() {
  local name="$1" flag="$2" status output pid_namespace network_namespace user_map
  status="$(<"$CI_HOST_RUN/probe-$name-status")"
  output="$(<"$CI_HOST_RUN/probe-$name")"
  if ((status == 125)) && [[ $output == *"OCI runtime"* ]]; then
    passed "$name"
    return
  fi
  read -r -d '' pid_namespace network_namespace user_map <<<"$output" || true
  if ((status != 0)) || [[ $pid_namespace != pid:* || $network_namespace != net:* || -z $user_map ]]; then
    fail "docker run $flag: neither a container nor a refusal by the runtime: ${output//$'\n'/ }"
  elif [[ $pid_namespace == "$host_pid_namespace" || $network_namespace == "$host_network_namespace" ]]; then
    fail "docker run $flag shares a namespace with the host: $pid_namespace $network_namespace"
  elif maps_root "$user_map"; then
    fail "docker run $flag gives a container the host's root: $user_map"
  fi
  passed "$name"
}

# Whether a user map gives somebody inside the host's uid 0.
maps_root() {
  local inside outside length
  while read -r inside outside length; do
    if ((outside == 0)); then
      echo "uid $inside is the host's 0 (of $length)"
      return 0
    fi
  done <<<"$1"
  return 1
}

trap remove EXIT
remove
docker image inspect "$PROBE_IMAGE" >/dev/null 2>&1 || transient docker pull --quiet "$PROBE_IMAGE"
docker run --detach --name "$container" --runtime sysbox-runc "$PROBE_IMAGE" \
  dockerd --host=unix:///var/run/docker.sock
flags=([privileged]=--privileged [net-host]=--net=host [pid-host]=--pid=host [userns-host]=--userns=host)
attempts=()
for name in "${!flags[@]}"; do
  attempt "$name" "${flags[$name]}" >/dev/null & # meanwhile the Docker inside comes up
  attempts+=("$!")
done
if ! found="$(await_docker)"; then
  docker logs --tail 15 "$container" || true
  fail "the Docker inside of a CI container did not come up"
fi
passed inner-docker
# A job, and then the process of the container that it leaves.
cat "$here/probe-job.sh" - >"$CI_HOST_RUN/probe-job.sh" <<<"docker inspect --format '{{.State.Pid}}' ci-host-probe"
inside sh -s <"$CI_HOST_RUN/probe-job.sh" >"$CI_HOST_RUN/probe-job" &
job="$!"

# What is asked of the daemons takes a while each time, and so does the job.
outer="$(docker inspect --format '{{.State.Pid}}' "$container")"
own="$(docker info --format '{{.ID}}')"
# What the health check starts again and again. It holds the image, too: nothing that removes unused images takes it.
docker rm --force ci-host-health >/dev/null 2>&1 || true
docker create --name ci-host-health --label ci-hosts.keep --runtime sysbox-runc --network none --entrypoint true \
  "$PROBE_IMAGE"
wait "${attempts[@]}"
sockets="$(mounted_sockets)"

wait "$job"
proof="$(<"$CI_HOST_RUN/probe-job")"
inner="${proof##*$'\n'}"
proof="${proof%$'\n'*}"
if [[ ${proof##*$'\n'} != built ]]; then
  fail "the image built inside of a CI container does not run: $proof"
fi
passed inner-build-and-run

user_map="$(<"$CI_HOST_ROOT/proc/$outer/uid_map")"
if [[ -z $user_map ]] || maps_root "$user_map"; then
  fail "root in a CI container is root on the host: $user_map"
fi
passed uid-0
keeps_metadata_from container "$CI_HOST_ROOT/proc/$outer/ns/net"
keeps_metadata_from inner-container "$CI_HOST_ROOT/proc/$outer/root/proc/$inner/ns/net"

if [[ -z $found || $found == "$own" ]]; then
  fail "the Docker inside of a CI container is the host's: $found"
fi
if [[ -n $sockets ]]; then
  fail "a container gets the socket of the host's container engine: $sockets"
fi
passed host-socket

host_pid_namespace="$(readlink /proc/self/ns/pid)"
host_network_namespace="$(readlink /proc/self/ns/net)"
for name in privileged net-host pid-host userns-host; do
  isolates "$name" "${flags[$name]}"
done

# Nothing depends on when it goes, now that the host is proven.
trap - EXIT
remove &>/dev/null &
