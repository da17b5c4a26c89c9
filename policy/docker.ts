import { parse } from "yaml";
import type { Value } from "../preview/manifest";
import { ownScripts } from "./hostSettings";
import type { Finding, Resource } from "./rule";
import { type HostContent, hostContents } from "./userData";
import { isMapping, listOf, type Mapping } from "./values";

/** How a machine's Docker daemon is set up, from daemon.json, units, scripts and the socket that systemd opens for it. */
export interface Daemon {
  /** Where it listens on TCP. */
  readonly listeners: readonly Finding[];
  /** It speaks TLS. */
  readonly tls: boolean;
  /** It asks clients for a certificate. */
  readonly verifies: boolean;
  readonly registersSysbox: boolean;
}

/** The daemon of each machine that is made from a resource. */
export function daemonsOf(resource: Resource): Daemon[] {
  return hostContents(resource).map(daemonOf);
}

/** Whether machines are made from it whose Docker daemon is reached over the network. */
export function isDockerHost(resource: Resource): boolean {
  return daemonsOf(resource).some(({ listeners }) => listeners.length > 0);
}

/** Whether machines are made from it that have sysbox, or are meant to. */
export function isSysboxHost(resource: Resource): boolean {
  return hostContents(resource).some(usesSysbox);
}

export function usesSysbox(host: HostContent): boolean {
  const { files, commands, packages } = host;
  return (
    daemonOf(host).registersSysbox ||
    packages.some((name) => name.startsWith("sysbox")) ||
    files.some(({ content }) => /^SYSBOX_\w+=/m.test(content)) ||
    commands.some(({ path, line }) => /\bsysbox-(?:ce|ee|runc)(?![a-z])/.test(line) && !path.startsWith(ownScripts)) ||
    composeServices(host).some(({ service }) => service.runtime === "sysbox-runc")
  );
}

/** Whether containers on its machines are told a Docker daemon that is neither theirs nor another service's. */
export function usesRemoteDocker(resource: Resource): boolean {
  return hostContents(resource).some((host) => {
    const services = composeFiles(host).flatMap(({ compose }) =>
      isMapping(compose.services) ? Object.keys(compose.services) : [],
    );
    return composeServices(host).some(({ service }) => {
      const daemon = /^tcp:\/\/([^/:]+)/.exec(settingsOf(service).get("DOCKER_HOST") ?? "")?.[1];
      return daemon !== undefined && ![...services, "localhost", "127.0.0.1"].includes(daemon);
    });
  });
}

/** A service's environment, in either form that Compose has for it. */
export function settingsOf({ environment }: Mapping): ReadonlyMap<string, string> {
  return new Map(
    isMapping(environment)
      ? Object.entries(environment).map(([name, value]) => [name, String(value)])
      : listOf(environment).map((entry) => {
          const [name = "", ...value] = String(entry).split("=");
          return [name, value.join("=")];
        }),
  );
}

export function daemonOf({ property, files, commands }: HostContent): Daemon {
  const configs = files
    .filter(({ path }) => /(?:^|\/)daemon\.json$/.test(path))
    .map(({ path, content }) => ({ path: `${property}: ${path}`, config: mappingIn(content) }));
  const flags = commands.flatMap(({ path, line }) => {
    const given = /(?:\bdockerd\b|\b(?:DOCKER_OPTS|OPTIONS)=)(.*)$/.exec(line)?.[1];
    return given === undefined ? [] : [{ path: `${property}: ${path}`, given: given.replace(/["']/g, "") }];
  });
  const isOn = (key: string) =>
    configs.some(({ config }) => config[key] === true) ||
    flags.some(({ given }) => new RegExp(`--${key}(?![\\w-])(?!=(?:false|0))`).test(given));
  return {
    listeners: [
      ...configs.flatMap(({ path, config }) =>
        [config.hosts ?? []].flat().map((host) => [path, String(host)] as const),
      ),
      ...flags.flatMap(({ path, given }) =>
        [...given.matchAll(/(?:^|\s)(?:-H[=\s]*|--host[=\s]\s*)(\S+)/g)].map(([, host = ""]) => [path, host] as const),
      ),
      ...commands
        .filter(({ path }) => path.includes("docker.socket"))
        .flatMap(({ path, line }) => {
          const stream = /^\s*ListenStream\s*=\s*(\S+)/.exec(line)?.[1];
          return stream === undefined ? [] : [[`${property}: ${path}`, stream.replace(/^(\d+)$/, ":$1")] as const];
        }),
    ]
      .filter(([, address]) => isTcp(address))
      .map(([path, address]) => ({ path, found: `the daemon listens on ${address}` })),
    tls: isOn("tls"),
    verifies: isOn("tlsverify"),
    registersSysbox: configs.some(({ config }) => hasSysboxRuntime(config.runtimes)),
  };
}

/** Without a scheme dockerd takes an address for TCP. */
function isTcp(address: string): boolean {
  return /^tcp(?::|$)/i.test(address) || (!address.includes("://") && /^[^/]*:\d+$/.test(address));
}

function hasSysboxRuntime(runtimes: Value | undefined): boolean {
  const runtime = isMapping(runtimes) ? runtimes["sysbox-runc"] : undefined;
  return (
    isMapping(runtime) && [runtime.path, runtime.runtimeType].some((text) => typeof text === "string" && text !== "")
  );
}

/** A service of a compose file on a machine. */
export interface ComposeService {
  /** `userData: /etc/ci-host/compose.yaml: services.runner` */
  readonly path: string;
  readonly file: string;
  readonly service: Mapping;
}

export function composeServices(host: HostContent): ComposeService[] {
  return composeFiles(host).flatMap(({ path, file, compose }) =>
    isMapping(compose.services)
      ? Object.entries(compose.services).flatMap(([name, service]) =>
          isMapping(service) ? [{ path: `${path}: services.${name}`, file, service }] : [],
        )
      : [],
  );
}

/** Whatever has services is a compose file, whatever its name, in YAML or JSON. */
export function composeFiles({ property, files }: HostContent): { path: string; file: string; compose: Mapping }[] {
  return files
    .filter(({ content }) => /(?:^|[{,\s])["']?services["']?\s*:/.test(content))
    .map(({ path, content }) => ({ path: `${property}: ${path}`, file: path, compose: mappingIn(content) }));
}

/** YAML reads JSON, too. */
function mappingIn(text: string): Mapping {
  try {
    const value: Value = parse(text, { merge: true, logLevel: "error" });
    return isMapping(value) ? value : {};
  } catch {
    return {};
  }
}
