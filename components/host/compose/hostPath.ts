import { posix } from "node:path";
import type { Problem } from "../../problems";

/** The directory whose entries a compose file may mount from the host when the program names no other. */
export const defaultHostDirectories: readonly string[] = ["/srv/ci"];

/** Trees of the host that undo the isolation when a container gets them, and what they hold; the first match counts. */
const sensitive: readonly (readonly [tree: string, holds: string])[] = [
  ["/run/docker.sock", "the Docker socket: whoever holds it is root on the host"],
  ["/run/docker", "the Docker daemon's own sockets"],
  ["/run/containerd", "the containerd socket: whoever holds it is root on the host"],
  ["/run/podman", "the Podman socket: whoever holds it is root on the host"],
  ["/run/ci-host/docker-clients", "the keys by which services are let in to the Docker host"],
  ["/run/systemd", "systemd's sockets, which start any unit as root"],
  ["/run/dbus", "the system bus, which starts any unit as root"],
  ["/run/sysbox", "sysbox's sockets, through which it is told what to do as root"],
  ["/mnt/data", "the data volume, Docker's and sysbox's own data on it"],
  ["/var/lib/docker", "the Docker daemon's data, every other container's files among it"],
  ["/var/lib/containerd", "containerd's data, every other container's files among it"],
  ["/var/lib/sysbox", "sysbox's data, every other container's files among it"],
  ["/var/lib/sysboxfs", "sysbox's data, every other container's files among it"],
  ["/var/lib/cloud", "what cloud-init runs as root at boot"],
  ["/etc", "the host's configuration and keys"],
  ["/root", "root's home"],
  ["/home", "the homes of the host's users"],
  ["/boot", "the host's kernel"],
  ["/usr", "the host's programs"],
  ["/proc", "the host's processes, and through them every other path"],
  ["/sys", "the host's kernel settings"],
  ["/dev", "the host's disks and memory"],
];

/**
 * Why a path of the host may not be mounted into a container, or undefined when it may.
 *
 * Only a direct entry of one of `directories` may: with `/srv/ci/cache` mounted, a job could put a symbolic link
 * into it, and a second mount of `/srv/ci/cache/link` would follow it anywhere, since Docker resolves links on the
 * host.
 */
export function hostPathProblem(
  path: string,
  directories: readonly string[],
): Pick<Problem, "rule" | "fix"> | undefined {
  if (
    /^\w[\w.-]*$/.test(posix.basename(path)) &&
    directories.some((parent) => path === `${parent}/${posix.basename(path)}`)
  ) {
    return undefined;
  }
  return {
    rule: `a path of the host may not be mounted: ${reason(path)}`,
    fix: `mount a named volume, or a direct entry of ${directories.join(" or ")}, such as ${directories[0]}/cache`,
  };
}

/** What is wrong with the directories that a program offers to its compose file. */
export function hostDirectoryProblems(directories: readonly string[]): Problem[] {
  return directories.flatMap((directory, index) => {
    const rule = directoryRule(directory, directories.toSpliced(index, 1));
    const fix = `use a directory that holds nothing else, such as ${defaultHostDirectories[0]}`;
    return rule === undefined ? [] : [{ path: `hostDirectories[${index}]`, value: directory, rule, fix }];
  });
}

function directoryRule(directory: string, others: readonly string[]): string | undefined {
  if (!/^\/(srv|mnt|opt|run)(\/\w[\w.-]*)+$/.test(directory)) {
    return "a directory that containers may mount from is a plain path below /srv, /mnt, /opt or /run";
  }
  const holds = reached(directory);
  if (holds !== undefined) {
    return `a directory that containers may mount from must not reach ${holds}`;
  }
  // A container that has the outer one's entry could put a link where the inner one's entry is looked for.
  const outer = others.find((other) => within(directory, other));
  return outer === undefined ? undefined : `it stands in ${outer}, whose entries containers may change`;
}

function reason(path: string): string {
  if (!path.startsWith("/")) {
    return "it is relative, and leads to wherever the project stands on the host";
  }
  const holds = reached(path);
  return holds === undefined ? "no directory that is offered for this holds it directly" : `this reaches ${holds}`;
}

/** What a path gives access to, when it stands in a sensitive tree or above one. */
function reached(path: string): string | undefined {
  const plain = posix.resolve("/", path).replace(/^\/var\/run(?=\/|$)/, "/run");
  if (/\/[\w.-]*(docker|containerd|podman|crio|buildkit)[\w.-]*\.sock$/.test(plain)) {
    return "the socket of a container engine: whoever holds it is root on the host";
  }
  return sensitive.find(([tree]) => within(plain, tree) || within(tree, plain))?.[1];
}

function within(path: string, tree: string): boolean {
  return path === tree || path.startsWith(tree === "/" ? "/" : `${tree}/`);
}
