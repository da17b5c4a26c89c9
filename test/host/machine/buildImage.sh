#!/usr/bin/env bash
# Builds the disk image of a Debian 12 machine, as Debian's own image for EC2 is made, and what is needed to boot it:
#   buildImage.sh DIRECTORY
# Leaves in DIRECTORY: disk.qcow2, vmlinuz, initrd.img, root-device; dpkg-status and sources.list, from which buildMirror.sh knows
# what a machine lacks; ca.pem and ca-key.pem; gnupg, where the key is that signs the mirror.
set -euo pipefail

directory="$1"
disk_gib=10
# Debian's own image has one as well, of another value.
partition_uuid="c1057000-0000-4000-8000-000000000001"

# What Debian's image for EC2 is made of (debian-cloud-images, config_space/bookworm, classes EC2 and SYSTEM_BOOT); curl
# comes there with amazon-ec2-utils. Left out: awscli and editors, for nothing here would use them; the boot loader, for
# QEMU is one.
packages=(
  apparmor apt-utils ca-certificates chrony cloud-guest-utils cloud-init curl dbus e2fsprogs init iproute2 iptables
  iputils-ping less
  libnss-myhostname libpam-systemd linux-image-cloud-amd64 netbase netplan.io openssh-server polkitd python3 sudo
  systemd-resolved udev unattended-upgrades whiptail zstd
)
# What the tests need and no image for EC2 has: how they run commands on the machine.
test_packages=(qemu-guest-agent)

root="$directory/root"
files="$directory/files"
mkdir -p "$files"

# put PATH: a file of the image, from the input
put() {
  install -D --mode 0644 /dev/stdin "$files$1"
}

# --- As in Debian's image for EC2 ---

put /etc/cloud/cloud.cfg.d/90_dpkg.cfg <<END
datasource_list: [ Ec2 ]
END

# cloud-init's package for Debian leaves sources.list alone; the image has it write lists of mirrors instead.
put /etc/cloud/cloud.cfg.d/01_debian_cloud.cfg <<END
apt:
  generate_mirrorlists: true

system_info:
  default_user:
    name: debian
    sudo: ["ALL=(ALL) NOPASSWD:ALL"]
    shell: /bin/bash
    lock_passwd: True
    gecos: Debian
    groups: [adm, audio, cdrom, dialout, dip, floppy, plugdev, sudo, video]
END

put /etc/apt/sources.list.d/debian.sources <<END
Types: deb deb-src
URIs: mirror+file:/etc/apt/mirrors/debian.list
Suites: bookworm bookworm-updates bookworm-backports
Components: main

Types: deb deb-src
URIs: mirror+file:/etc/apt/mirrors/debian-security.list
Suites: bookworm-security
Components: main
END
# cloud-init writes the lists, with the mirrors of the user data.
put /etc/apt/mirrors/debian.list </dev/null
put /etc/apt/mirrors/debian-security.list </dev/null

put /etc/default/locale <<<"LANG=C.UTF-8"
put /etc/fstab <<END
PARTUUID=$partition_uuid / ext4 rw,discard,errors=remount-ro,x-systemd.growfs 0 1
END

# --- The tests' own: whom the machine trusts ---

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=ci-hosts test CA" \
  -addext "basicConstraints=critical,CA:true" -addext "keyUsage=critical,keyCertSign,cRLSign" \
  -keyout "$directory/ca-key.pem" -out "$directory/ca.pem" 2>/dev/null
put /usr/local/share/ca-certificates/ci-hosts-test.crt <"$directory/ca.pem"

# The agent that comes with the key must not outlive this script.
export GNUPGHOME="$directory/gnupg"
mkdir --mode 0700 "$GNUPGHOME"
gpg --batch --quiet --passphrase "" --quick-generate-key "ci-hosts test mirror" rsa3072 sign never
gpg --batch --quiet --export | put /etc/apt/trusted.gpg.d/ci-hosts-test.gpg
gpgconf --kill gpg-agent

# --- The tests' own: what costs an emulated processor much and tells them nothing ---

# The kernel's own package makes an initial file system once, for one kind of disk. Packages such as fuse3 would make it
# again, in vain: QEMU loads the one that lies beside the disk.
put /etc/initramfs-tools/conf.d/ci-hosts-test <<<"MODULES=list"
put /etc/initramfs-tools/hooks/ci-hosts-test <<END
#!/bin/sh
[ "\$1" = prereqs ] && exit
. /usr/share/initramfs-tools/hook-functions
manual_add_modules nvme ext4
END
chmod 0755 "$files/etc/initramfs-tools/hooks/ci-hosts-test"
put /etc/initramfs-tools/update-initramfs.conf <<END
update_initramfs=no
backup_initramfs=no
END

put /etc/cloud/cloud.cfg.d/95_ci-hosts-test.cfg <<END
ssh_genkeytypes: [ed25519]
END

# --- The image ---

# This machine's own sources, those of Debian; apt's keyring of this machine vouches for them.
# shellcheck disable=SC2016 # apt's own variables
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
  sort --unique >"$directory/sources.list"

joined="${packages[*]} ${test_packages[*]}"
# Manuals and translations are neither installed now nor later. The machine's own dpkg is as careful with its disk as any.
mmdebstrap --quiet --mode=root --variant=minbase --include="${joined// /,}" \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt=force-unsafe-io \
  --essential-hook="mkdir -p \"\$1/etc/initramfs-tools\"" \
  --essential-hook="cp -r '$files/etc/initramfs-tools/conf.d' '$files/etc/initramfs-tools/hooks' \"\$1/etc/initramfs-tools\"" \
  --customize-hook="rm -rf \"\$1\"/etc/apt/sources.list*" \
  --customize-hook="cp -r '$files/.' \"\$1\"" \
  --customize-hook="sed -i /force-unsafe-io/d \"\$1\"/etc/dpkg/dpkg.cfg.d/*" \
  --customize-hook="chroot \"\$1\" update-ca-certificates" \
  --customize-hook="chroot \"\$1\" systemctl enable systemd-networkd.service systemd-resolved.service" \
  --customize-hook="ln -sf /run/systemd/resolve/resolv.conf \"\$1/etc/resolv.conf\"" \
  --customize-hook="rm -f \"\$1\"/etc/ssh/ssh_host_*_key*" \
  --customize-hook=": >\"\$1/etc/machine-id\"" \
  --customize-hook=": >\"\$1/etc/hostname\"" \
  bookworm "$root" "$directory/sources.list"

cp "$root"/boot/vmlinuz-* "$directory/vmlinuz"
cp "$root"/boot/initrd.img-* "$directory/initrd.img"
cp "$root/var/lib/dpkg/status" "$directory/dpkg-status"

echo "PARTUUID=$partition_uuid" >"$directory/root-device"

# One partition, from the first MiB on.
truncate --size "${disk_gib}G" "$directory/disk.raw"
sfdisk --quiet "$directory/disk.raw" <<END
label: gpt
start=2048, uuid=$partition_uuid, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709
END
# The partition ends before the second copy of the table.
mkfs.ext4 -q -d "$root" -E offset=$((2048 * 512)),lazy_itable_init=0,lazy_journal_init=0 \
  "$directory/disk.raw" $((disk_gib * 1024 - 2))M
qemu-img convert -f raw -O qcow2 "$directory/disk.raw" "$directory/disk.qcow2"
rm -r "$root" "$files" "$directory/disk.raw"
