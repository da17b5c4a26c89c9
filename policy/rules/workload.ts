import { posix } from "node:path";
import type { Mapping as ComposeMapping } from "../../components/host/compose/file";
import { longForms } from "../../components/host/compose/forms";
import type { Value } from "../../preview/manifest";
import { composeFiles, composeServices } from "../docker";
import { flagValues, type Start, startsOf } from "../programs";
import type { Finding, ResourceRule } from "../rule";
import { type HostContent, hostContents } from "../userData";
import { isMapping, isUnknown, listOf, type Mapping, mappingsAt } from "../values";

const unprivileged: ResourceRule = {
  id: "workload-unprivileged",
  severity: "critical",
  what: "No container on a host is privileged, or has capabilities, namespaces, devices or directories that come to the same.",
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
  return composeServices(host).flatMap(({ path, file, service }) => {
    const hooks = ["post_start", "pre_stop"].flatMap((key) => mappingsAt(`${path}.${key}`, service[key]));
    return [
      ...[{ path, mapping: service }, ...hooks]
        .filter(({ mapping }) => !isOff(mapping.privileged))
        .map((each) => ({ path: `${each.path}.privileged`, found: `is ${JSON.stringify(each.mapping.privileged)}` })),
      ...rightsOfHost.flatMap(({ key, isOfHost }) =>
        listOf(service[key])
          .filter((value) => isOfHost(String(isMapping(value) ? value.source : value)))
          .map((value) => ({ path: `${path}.${key}`, found: `has ${JSON.stringify(value)}` })),
      ),
      ...mountsOf(path, service)
        .filter(({ source }) => isOfHostItself(posix.resolve(posix.dirname(file), source)))
        .map((mount) => ({ path: mount.path, found: `mounts ${mount.source}` })),
    ];
  });
}

/** Capabilities that lead to the host's kernel, disks, memory or other processes (man 7 capabilities). */
const capabilities =
  /^(?:CAP_)?(?:ALL|BPF|CHECKPOINT_RESTORE|DAC_READ_SEARCH|MAC_ADMIN|MAC_OVERRIDE|PERFMON|SYS_ADMIN|SYS_BOOT|SYS_MODULE|SYS_PTRACE|SYS_RAWIO|SYS_TIME|SYSLOG)$/i;
const isOfHostsNamespace = (mode: string) => /^host$/i.test(mode);

/** What comes to the same as being privileged, by the key of a service and the flag of a command. */
const rightsOfHost: readonly {
  readonly key: string;
  readonly flags: readonly string[];
  readonly isOfHost: (value: string) => boolean;
}[] = [
  { key: "cap_add", flags: ["cap-add"], isOfHost: (name) => capabilities.test(name) },
  { key: "pid", flags: ["pid"], isOfHost: isOfHostsNamespace },
  { key: "ipc", flags: ["ipc"], isOfHost: isOfHostsNamespace },
  { key: "uts", flags: ["uts"], isOfHost: isOfHostsNamespace },
  { key: "cgroup", flags: ["cgroupns"], isOfHost: isOfHostsNamespace },
  { key: "userns_mode", flags: ["userns"], isOfHost: isOfHostsNamespace },
  { key: "network_mode", flags: ["net", "network"], isOfHost: isOfHostsNamespace },
  { key: "devices", flags: ["device"], isOfHost: (device) => !isUnknown(device) && !device.includes("=") },
  { key: "device_cgroup_rules", flags: ["device-cgroup-rule"], isOfHost: (rule) => !isUnknown(rule) },
  {
    key: "security_opt",
    flags: ["security-opt"],
    isOfHost: (option) => /^(?:(?:apparmor|seccomp|systempaths)[=:]unconfined|label[=:]disable)$/i.test(option),
  },
];

/** Directories of which a container may have no part: whoever has one reads, or changes, what runs as root. */
const treesOfHost = ["/boot", "/proc", "/root", "/sys", "/var/lib/containerd", "/var/lib/docker"];
/** Those that it may have files of, such as /etc/localtime, though not the whole. */
const directoriesOfHost = ["/", "/bin", "/dev", "/etc", "/home", "/lib", "/sbin", "/usr", "/var", "/var/lib"];

function isOfHostItself(path: string): boolean {
  return (
    directoriesOfHost.includes(path) ||
    /^\/dev\/(?:sd|xvd|nvme|vd|mem|kmem|mapper)/.test(path) ||
    /^\/etc\/(?:cron|docker|pam\.d|profile|shadow|ssh|sudoers|systemd)/.test(path) ||
    treesOfHost.some((tree) => path === tree || path.startsWith(`${tree}/`))
  );
}

/** Compose takes many spellings of true, and variables: what is not surely false is on. */
function isOff(value: Value | undefined): boolean {
  return value === undefined || value === null || isUnknown(value) || /^(false|no|off|n|0)$/i.test(String(value));
}

function privilegedRuns(host: HostContent): Finding[] {
  return runsOf(host)
    .filter(
      ({ args }) =>
        args.some((arg) => /^--privileged(?!\S)|^--privileged=(?!(?:0|f|F|false|False|FALSE)$)/.test(arg)) ||
        rightsOfHost.some(({ flags, isOfHost }) => flagValues(args, flags).some(isOfHost)) ||
        mountedBy(args).some((source) => isOfHostItself(posix.resolve("/", source))),
    )
    .map(({ path }) => ({ path, found: "a command starts a container with the rights of the host" }));
}

/** Whether a container has the host's own network, which no rule for forwarded packets is about. */
export function joinsHostNetwork(host: HostContent): boolean {
  return (
    composeServices(host).some(({ service }) => isOfHostsNamespace(String(service.network_mode))) ||
    runsOf(host).some(({ args }) => flagValues(args, ["net", "network"]).some(isOfHostsNamespace))
  );
}

function servicesWithSocket(host: HostContent): Finding[] {
  return composeServices(host).flatMap(({ path, file, service }) => [
    ...mountsOf(path, service)
      .filter(({ source }) => reachesSocket(source, file))
      .map((mount) => ({ path: mount.path, found: `mounts ${mount.source}` })),
    ...(isOff(service.use_api_socket) ? [] : [{ path: `${path}.use_api_socket`, found: "is on" }]),
  ]);
}

/** What a service gets of the host's files. */
function mountsOf(path: string, service: Mapping): { path: string; source: string }[] {
  const { volumes } = longForms({ volumes: listOf(service.volumes).map(withDefaults) } as ComposeMapping);
  return mappingsAt(`${path}.volumes`, volumes)
    .map((mount) => ({ path: mount.path, source: mount.mapping.source ?? mount.mapping.src }))
    .filter((mount): mount is { path: string; source: string } => isPath(mount.source));
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
  return runsOf(host).flatMap(({ path, args }) =>
    mountedBy(args)
      .filter((source) => reachesSocket(source, "/"))
      .map((source) => ({ path, found: `a command starts a container that mounts ${source}` })),
  );
}

/** Starts of containers, with the flags that come behind run or create. */
function runsOf(host: HostContent): Start[] {
  return startsOf(host, /^(?:docker|podman|nerdctl|ctr)$/).flatMap((start) => {
    const at = start.args.findIndex((arg) => arg === "run" || arg === "create");
    return at < 0 ? [] : [{ ...start, args: start.args.slice(at + 1) }];
  });
}

/** Paths of the host that a container gets. */
function mountedBy(args: readonly string[]): string[] {
  const volumes = flagValues(args, ["volume"], "v", "ditPq").map((volume) => volume.split(":")[0] ?? "");
  const mounts = flagValues(args, ["mount"]).map((mount) => /(?:^|,)(?:src|source)=([^,]+)/.exec(mount)?.[1] ?? "");
  return [...volumes, ...mounts].filter(isPath);
}

/** Anything else is the name of a volume. */
function isPath(source: Value | undefined): source is string {
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
