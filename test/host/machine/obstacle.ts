import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** What machines, their image and their mirror are made with, and the package of Debian that has it. */
const commands = {
  "apt-ftparchive": "apt-utils",
  dnsmasq: "dnsmasq-base",
  gpg: "gpg",
  ip: "iproute2",
  "mkfs.ext4": "e2fsprogs",
  mmdebstrap: "mmdebstrap",
  openssl: "openssl",
  "qemu-img": "qemu-utils",
  "qemu-system-x86_64": "qemu-system-x86",
  setpriv: "util-linux",
  sfdisk: "fdisk",
};

/** Why this machine cannot run virtual machines, if it cannot. */
export function obstacle(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return "virtual machines need Linux and root";
  }
  if (!existsSync("/dev/net/tun")) {
    return "virtual machines need /dev/net/tun";
  }
  return lackingPackages(commands);
}

/** Which packages are to be installed for these commands, if any. */
export function lackingPackages(commands: Readonly<Record<string, string>>): string | undefined {
  const lacking = Object.entries(commands).filter(([command]) => spawnSync("which", [command]).status !== 0);
  return lacking.length > 0 ? `not installed: ${[...new Set(lacking.map(([, name]) => name))].join(" ")}` : undefined;
}
