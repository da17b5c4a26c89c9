import { spawnSync } from "node:child_process";
import { lackingPackages } from "../machine/obstacle";

/** What daemons, their clients and the networks between them are made of, and the package of Debian that has it. */
const commands = {
  busybox: "busybox-static",
  curl: "curl",
  docker: "docker.io",
  dockerd: "docker.io",
  ip: "iproute2",
  ldd: "libc-bin",
  nft: "nftables",
  nsenter: "util-linux",
  openssl: "openssl",
  "/usr/bin/python3": "python3",
  tar: "tar",
};

/** Why this machine cannot run Docker daemons in namespaces, if it cannot. */
export function daemonObstacle(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return "a Docker daemon needs Linux and root";
  }
  const lacking = lackingPackages(commands);
  if (lacking !== undefined) {
    return lacking;
  }
  const { status, stderr } = spawnSync("unshare", ["--mount", "--net", "mount", "-t", "tmpfs", "tmpfs", "/tmp"]);
  return status === 0 ? undefined : `no namespaces or mounts of its own: ${stderr}`;
}
