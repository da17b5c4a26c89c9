#!/usr/bin/env bash
# Builds an image with a Docker daemon, as docker:dind is one, from nothing but Debian's packages, and prints the path
# of its OCI image layout:
#   build-ci-image.sh [CACHE]
# An image that the same files made is built once.
set -euo pipefail

cache="${1:-${XDG_CACHE_HOME:-$HOME/.cache}/ci-hosts}"
sources="$(dirname -- "${BASH_SOURCE[0]}")/ciImage"
export SOURCE_DATE_EPOCH=1767225600

key="$(cat "${BASH_SOURCE[0]}" "$sources"/* | sha256sum)"
image="$cache/ci-image-${key:0:12}"
if [[ -e $image ]]; then
  echo "$image"
  exit
fi

mkdir -p "$cache"
work="$(mktemp -d "$cache/ci-image.XXXXXX")"
trap 'rm -rf "$work"' EXIT
debian="$work/debian"
root="$work/root"
layout="$work/layout"
libraries=/usr/lib/x86_64-linux-gnu

# This machine's own sources, those of Debian; apt's keyring of this machine vouches for them.
# shellcheck disable=SC2016 # apt's own variables
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
  sort --unique >"$work/sources.list"
mmdebstrap --quiet --mode=root --variant=extract --architectures=amd64 --skip=output/mknod \
  --include=docker.io,containerd,runc,tini,iptables,busybox bookworm "$debian" "$work/sources.list" >&2

# take FILE...: with the libraries that it is linked to. Debian's /lib is /usr/lib by now, which not all packages know.
take() {
  local file found needed library
  for file in "$@"; do
    found="$debian$file"
    if [[ ! -e $found ]]; then
      found="$debian${file#/usr}"
    fi
    install -D --mode 0755 "$found" "$root$file"
    needed="$("$debian/lib64/ld-linux-x86-64.so.2" --library-path "$debian$libraries:$debian/lib/x86_64-linux-gnu" \
      --list "$found" 2>/dev/null)" || continue # linked to none
    while read -r _ _ library _; do
      if [[ $library == "$debian"/* ]]; then
        install -D --mode 0755 "$library" "$root$libraries/${library##*/}"
      fi
    done <<<"$needed"
  done
}

mkdir -p "$root"/{usr/{bin,sbin,lib,lib64},dev,etc,proc,root,run,sys,tmp,var/lib}
chmod 1777 "$root/tmp"
ln -s usr/bin usr/sbin usr/lib usr/lib64 "$root/"
ln -s /run "$root/var/run"
take /usr/bin/{containerd,containerd-shim-runc-v2,docker,busybox,tini-static} /usr/sbin/{dockerd,runc,xtables-nft-multi}
install -D "$debian/lib64/ld-linux-x86-64.so.2" "$root/usr/lib64/ld-linux-x86-64.so.2"
mv "$root/usr/bin/tini-static" "$root/usr/bin/docker-init"
for command in ip{,6}tables{,-save,-restore}; do
  ln -s xtables-nft-multi "$root/usr/sbin/$command"
done
# A kernel without what these match knows no rule of Docker's that needs them.
for extension in addrtype conntrack mark MASQUERADE DNAT REDIRECT SNAT standard comment; do
  for found in "$debian$libraries/xtables"/lib*t_"$extension".so; do
    if [[ -e $found ]]; then
      take "${found#"$debian"}"
    fi
  done
done
applets="$("$root/usr/bin/busybox" --list)"
for applet in $applets; do
  if [[ ! -e "$root/usr/bin/$applet" && ! -e "$root/usr/sbin/$applet" ]]; then
    ln -s busybox "$root/usr/bin/$applet"
  fi
done
install --mode 0755 "$sources/ldd.sh" "$root/usr/bin/ldd"
install --mode 0755 "$sources/entrypoint.sh" "$root/usr/bin/entrypoint"
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$root/etc/passwd"
printf 'root:x:0:\ndocker:x:999:\nnogroup:x:65534:\n' >"$root/etc/group"

mkdir -p "$layout/blobs/sha256"
# blob FILE: puts it into the layout and prints its digest.
blob() {
  local digest
  digest="$(sha256sum "$1")"
  mv "$1" "$layout/blobs/sha256/${digest%% *}"
  echo "sha256:${digest%% *}"
}
# descriptor MEDIA-TYPE DIGEST
descriptor() {
  local size
  size="$(stat --format %s "$layout/blobs/sha256/${2#sha256:}")"
  printf '{"mediaType":"application/vnd.oci.image.%s","digest":"%s","size":%s' "$1" "$2" "$size"
}

# Not compressed: the network of a virtual machine is faster than its gunzip.
tar --create --file "$work/layer" --directory "$root" --format=gnu --sort=name --mtime="@$SOURCE_DATE_EPOCH" \
  --owner=0 --group=0 --numeric-owner .
layer="$(blob "$work/layer")"
cat >"$work/config" <<JSON
{"architecture":"amd64","os":"linux","created":"1970-01-01T00:00:00Z","config":{"Entrypoint":["entrypoint"],\
"Cmd":["dockerd"],"Env":["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]},\
"rootfs":{"type":"layers","diff_ids":["$layer"]},"history":[{"created_by":"${0##*/}"}]}
JSON
config="$(blob "$work/config")"
{
  printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":'
  descriptor config.v1+json "$config"
  printf '},"layers":['
  descriptor layer.v1.tar "$layer"
  printf '}]}'
} >"$work/manifest"
manifest="$(blob "$work/manifest")"
{
  printf '{"schemaVersion":2,"manifests":['
  descriptor manifest.v1+json "$manifest"
  printf ',"annotations":{"org.opencontainers.image.ref.name":"latest"}}]}'
} >"$layout/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"

mv --no-target-directory "$layout" "$image"
echo "$image"
