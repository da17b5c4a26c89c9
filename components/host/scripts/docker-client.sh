#!/usr/bin/env bash
# Puts a service's client certificate where its container has it mounted: docker-client.sh SERVICE ARN
set -euo pipefail

# The container sees the files through the link ..data, which moves to the next version of the secret in one rename: it
# has the old certificate and key or the new ones, never a mixture, and what is not sound never comes there. Exits with
# 75 when the same may succeed later; what was there before stays.

here="$(dirname -- "${BASH_SOURCE[0]}")"
# shellcheck source=settings.sh
source "$here/settings.sh"
# shellcheck source=docker-host.sh
source "$here/docker-host.sh"

service="$1"
mounted="$CI_HOST_RUN/docker-clients/$service"

# Writes ca.pem, cert.pem and key.pem into a directory and prints the version of the secret.
bundle_program='
import json, pathlib, re, sys
try:
    answer = json.load(sys.stdin)
    bundle = json.loads(answer["SecretString"])
    version = re.fullmatch(r"[\w-]{1,64}", answer["VersionId"])[0]
    for name in ("ca", "cert", "key"):
        (pathlib.Path(sys.argv[1]) / (name + ".pem")).write_text(bundle[name])
except (KeyError, TypeError, ValueError) as error:
    sys.exit("the secret is no version of a bundle with ca, cert and key: " + type(error).__name__)
print(version)
'

refuse() {
  echo "the client certificate of $service: $*" >&2
  exit 1
}

umask 077
install --directory --mode 0700 "$CI_HOST_RUN/docker-clients"
# Readable for whatever user the container has: it is kept from others by being mounted there alone.
install --directory --mode 0755 "$mounted"
new="$(mktemp --directory "$CI_HOST_RUN/docker-clients/.new-XXXXXX")"
trap 'rm --recursive --force "$new"' EXIT

answer="$("$here/aws.sh" secretsmanager GetSecretValue "{\"SecretId\":\"$2\"}")"
version="$(printf '%s' "$answer" | python3 -c "$bundle_program" "$new")" || refuse "is not to be read"
current="$(readlink "$mounted/..data" || true)"
if [[ $current == "..$version" ]]; then
  exit 0
fi

verdict="$(openssl verify -no-CApath -no-CAstore -CAfile "$new/ca.pem" -purpose sslclient "$new/cert.pem" 2>&1)" ||
  refuse "is not valid: ${verdict//$'\n'/ }"
certified="$(openssl x509 -in "$new/cert.pem" -noout -pubkey)"
own="$(openssl pkey -in "$new/key.pem" -passin pass: -pubout 2>/dev/null)" || refuse "its key is none"
if [[ $own != "$certified" ]]; then
  refuse "its key is another's"
fi
# The daemon's turn may come later, when both change to another CA.
if [[ -n $current ]]; then
  before="$(daemon_answers "$mounted")"
  after="$(daemon_answers "$new")"
  if [[ $after != yes && $before != no ]]; then
    echo "the Docker host does not take the new client certificate of $service yet: $after" >&2
    exit 75
  fi
fi

chmod 0755 "$new"
chmod 0444 "$new"/*.pem
rm --recursive --force "${mounted:?}/..$version"
mv "$new" "$mounted/..$version"
for file in ca.pem cert.pem key.pem; do
  [[ -L "$mounted/$file" ]] || ln --symbolic "..data/$file" "$mounted/$file"
done
# Comes last: with it the version counts as taken over.
ln --symbolic --force --no-dereference "..$version" "$mounted/..next"
mv --no-target-directory "$mounted/..next" "$mounted/..data"
# The version before stays, for whoever has read half of it.
find "$mounted" -mindepth 1 -maxdepth 1 -type d ! -name "..$version" ! -name "${current:-none}" \
  -exec rm --recursive --force {} +
echo "the client certificate of $service is of version $version now"
