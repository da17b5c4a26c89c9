# shellcheck shell=bash
# Sourced: the daemon's certificates, from Secrets Manager to /etc/docker/tls/<version>. The link `current` says which
# version dockerd reads. Directories and link change by rename, so that a power cut leaves one or the other.
: "${CI_HOST_ROOT?}" "${CI_HOST_STATE:?}" "${CI_HOST_RUN:?}" "${here:?}" "${SERVER_SECRET_ARN:?}" "${DOCKER_HOSTNAME:?}"

tls="$CI_HOST_ROOT/etc/docker/tls"
draft="$tls/draft"
# The version that dockerd did not serve with, and that is not tried again.
export refused="$CI_HOST_STATE/refused-certificates"
# The version to go back to. Not the link's: that one moves before anybody knows what dockerd makes of it.
export proven="$CI_HOST_STATE/proven-certificates"

# Puts the bundle that is the current one in Secrets Manager into the draft, where only root reads, and prints its
# version.
fetch_bundle() {
  local answer
  rm --recursive --force "$draft"
  install --directory --mode 0755 "$tls"
  install --directory --mode 0700 "$draft"
  answer="$("$here/aws.sh" secretsmanager GetSecretValue "{\"SecretId\":\"$SERVER_SECRET_ARN\"}")" || return
  printf '%s' "$answer" | python3 "$here/bundle.py" "$draft"
}

# What is wrong with the bundle in a directory, or nothing.
bundle_fault() {
  local directory="$1" names
  leaf_fault "$directory" cert key server
  leaf_fault "$directory" client-cert client-key client
  # Go and with it Docker's clients read this list alone, OpenSSL the subject, too.
  names="$(openssl x509 -in "$directory/cert.pem" -noout -ext subjectAltName 2>/dev/null || true)"
  names="${names##*$'\n'}"
  if [[ ",${names//[[:space:]]/}," != *",DNS:$DOCKER_HOSTNAME,"* ]]; then
    echo "cert.pem is not for $DOCKER_HOSTNAME"
  fi
}

leaf_fault() {
  local directory="$1" name="$2" key="$3" role="$4" said known own
  if ! said="$(openssl verify -no-CApath -no-CAstore -CAfile "$directory/ca.pem" -untrusted "$directory/$name.pem" \
    -purpose "ssl$role" "$directory/$name.pem" 2>&1)"; then
    said="${said//"$directory/"/}"
    echo "$name.pem: ${said//$'\n'/ }"
    return
  fi
  # OpenSSL by itself is content with one for all uses.
  said="$(openssl x509 -in "$directory/$name.pem" -noout -ext extendedKeyUsage 2>/dev/null || true)"
  said="${said##*$'\n'}"
  if [[ ${said//[[:space:]]/} != "TLSWeb${role^}Authentication" ]]; then
    echo "$name.pem is not for a $role alone"
  fi
  known="$(openssl x509 -in "$directory/$name.pem" -noout -pubkey 2>/dev/null)" || known=none
  # An empty password, so that an encrypted key is a failure and not a question.
  own="$(openssl pkey -in "$directory/$key.pem" -passin pass: -pubout 2>/dev/null)" || own=unreadable
  if [[ $own != "$known" ]]; then
    echo "$key.pem is not the key of $name.pem"
  fi
}

# Gives the draft its place as a version, for dockerd to read from its next start on.
adopt_draft() {
  rm --recursive --force "${tls:?}/$1"
  chmod 0755 "$draft"
  mv --no-target-directory "$draft" "$tls/$1"
  sync "$tls/$1" "$tls"
  activate "$1"
}

# Points the link to a version, or to any other directory.
activate() {
  ln --symbolic --force --no-dereference "$1" "$tls/current.new"
  mv --no-target-directory "$tls/current.new" "$tls/current"
  sync "$tls"
}

# Notes the version that dockerd serves with: in memory for this boot, on the disk for the next one.
note_version() {
  tee "$CI_HOST_RUN/certificates" <<<"$1" >"$proven.new"
  sync "$proven.new"
  mv "$proven.new" "$proven"
}

# Removes every version but those that are named.
forget_versions_but() {
  local path name
  for path in "$tls"/*; do
    name="${path##*/}"
    if [[ -d $path && ! -L $path && " $* " != *" $name "* ]]; then
      rm --recursive --force "$path"
    fi
  done
}

# Whole days until the certificate in use that ends first does, negative after that.
days_to_expiry() {
  local name end least=""
  for name in cert client-cert; do
    end="$(openssl x509 -in "$tls/current/$name.pem" -noout -enddate)" || return
    end="$(date --date="${end#*=}" +%s)"
    if [[ -z $least ]] || ((end < least)); then
      least="$end"
    fi
  done
  echo "$(((least - EPOCHSECONDS) / 86400))"
}
