import { posix } from "node:path";
import type { Mapping as ComposeMapping } from "../../components/host/compose/file";
import { longForms } from "../../components/host/compose/forms";
import type { Value } from "../../preview/manifest";
import { composeFiles, composeServices } from "../docker";
import type { Finding, ResourceRule } from "../rule";
import { type HostContent, hostContents } from "../userData";
import { isMapping, isUnknown, listOf, mappingsAt } from "../values";

const unprivileged: ResourceRule = {
  id: "workload-unprivileged",
  severity: "critical",
  what: "No container on a host is privileged, or has the capabilities that come to the same.",
  why: "A privileged container is root on the host, and so is every job in it.",
  fix: "Leave it out, and run the service under sysbox: runtime: sysbox-runc.",
  check: (resource) => hostContents(resource).flatMap((host) => [...privilegedServices(host), ...privilegedRuns(host)]),
};

const withoutSocket: ResourceRule = {
  id: "workload-without-socket",
  severity: "critical",
  what: "No container on a host gets the socket of the host's container engine, or a directory that holds it.",
  why: "Whoever holds the socket starts a privileged container, and is root on the host.",
  fix: "Leave it out, and run the service under sysbox, with a Docker daemon of its own inside.",
  check: (resource) =>
    hostContents(resource).flatMap((host) => [
      ...servicesWithSocket(host),
      ...volumesOfSocket(host),
      ...runsWithSocket(host),
    ]),
};

export const workloadRules = [unprivileged, withoutSocket];

function privilegedServices(host: HostContent): Finding[] {
  return composeServices(host).flatMap(({ path, service }) => {
    const hooks = ["post_start", "pre_stop"].flatMap((key) => mappingsAt(`${path}.${key}`, service[key]));
    return [
      ...[{ path, mapping: service }, ...hooks]
        .filter(({ mapping }) => !isOff(mapping.privileged))
        .map((each) => ({ path: `${each.path}.privileged`, found: `is ${JSON.stringify(each.mapping.privileged)}` })),
      ...listOf(service.cap_add)
        .filter((name) => /^(CAP_)?(ALL|SYS_ADMIN)$/i.test(String(name)))
        .map((name) => ({ path: `${path}.cap_add`, found: `has ${String(name)}` })),
    ];
  });
}

/** Compose takes many spellings of true, and variables: what is not surely false is on. */
function isOff(value: Value | undefined): boolean {
  return value === undefined || value === null || isUnknown(value) || /^(false|no|off|n|0)$/i.test(String(value));
}

function privilegedRuns(host: HostContent): Finding[] {
  return runs(host)
    .filter(({ line }) =>
      /\s--privileged(?!\S)|\s--privileged=(?!false|0)|\s--cap-add[=\s]\s*["']?(CAP_)?(ALL|SYS_ADMIN)\b/i.test(line),
    )
    .map(({ path }) => ({ path, found: "a command starts a container with the rights of the host" }));
}

function servicesWithSocket(host: HostContent): Finding[] {
  return composeServices(host).flatMap(({ path, file, service }) => {
    const { volumes } = longForms({ volumes: listOf(service.volumes).map(withDefaults) } as ComposeMapping);
    return [
      ...mappingsAt(`${path}.volumes`, volumes)
        .map((mount) => ({ path: mount.path, source: mount.mapping.source ?? mount.mapping.src }))
        .filter(({ source }) => isPath(source) && reachesSocket(String(source), file))
        .map((mount) => ({ path: mount.path, found: `mounts ${String(mount.source)}` })),
      ...(isOff(service.use_api_socket) ? [] : [{ path: `${path}.use_api_socket`, found: "is on" }]),
    ];
  });
}

/** Of a variable at least its default is known, `${SOCKET:-/run/docker.sock}`. */
function withDefaults(volume: Value): Value {
  return typeof volume === "string" ? volume.replace(/\$\{\w+:?-([^}]*)\}/g, "$1") : volume;
}

/** A named volume may be a directory of the host in disguise. */
function volumesOfSocket(host: HostContent): Finding[] {
  return composeFiles(host).flatMap(({ path, file, compose }) =>
    Object.entries(isMapping(compose.volumes) ? compose.volumes : {}).flatMap(([name, volume]) => {
      const options = isMapping(volume) && isMapping(volume.driver_opts) ? volume.driver_opts : {};
      return isPath(options.device) && reachesSocket(String(options.device), file)
        ? [{ path: `${path}: volumes.${name}.driver_opts.device`, found: `is ${String(options.device)}` }]
        : [];
    }),
  );
}

function runsWithSocket(host: HostContent): Finding[] {
  return runs(host).flatMap(({ path, line }) => {
    const volumes = line.matchAll(/\s(?:-v|--volume)[=\s]\s*["']?([^\s:"']+):/g);
    const mounts = line.matchAll(/\s--mount[=\s]\s*\S*\b(?:src|source)=([^\s,"']+)/g);
    return [...volumes, ...mounts]
      .map(([, source = ""]) => source)
      .filter((source) => isPath(source) && reachesSocket(source, "/"))
      .map((source) => ({ path, found: `a command starts a container that mounts ${source}` }));
  });
}

/** Commands that start a container. */
function runs({ property, commands }: HostContent) {
  return commands
    .filter(({ line }) => /\b(docker|podman|nerdctl)\b.*\b(run|create)\b/.test(line))
    .map(({ path, line }) => ({ path: `${property}: ${path}`, line }));
}

/** Anything else is the name of a volume. */
function isPath(source: Value | undefined): boolean {
  return typeof source === "string" && /^[.~]|\//.test(source);
}

const sockets = ["/run/docker.sock", "/var/run/docker.sock", "/run/containerd/containerd.sock"];

/** Also by a directory above it, by the link /var/run, and by another process's root. */
function reachesSocket(source: string, file: string): boolean {
  if (/(docker|containerd|podman|crio|buildkit)[\w.-]*\.sock\b/.test(source)) {
    return true;
  }
  const plain = posix.resolve(posix.dirname(file), source).replace(/^(\/proc\/[^/]+\/(root|cwd))+(?=\/|$)/, "");
  const directory = plain === "/" || plain === "" ? "/" : `${plain}/`;
  return sockets.some((socket) => socket.startsWith(directory));
}
