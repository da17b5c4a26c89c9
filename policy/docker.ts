import type { Value } from "../preview/manifest";
import { mappingsIn } from "./documents";
import { ownScripts } from "./hostSettings";
import { assignments, flagValues, isSwitchedOn, type Start, startsOf, variableIn } from "./programs";
import { remembered } from "./remembered";
import type { Finding, Resource } from "./rule";
import { type HostContent, hostContents } from "./userData";
import { isMapping, isUnknown, listOf, type Mapping } from "./values";

/** How a machine's Docker daemon is set up, from daemon.json, units, scripts and the socket that systemd opens for it. */
export interface Daemon {
  readonly listeners: readonly Listener[];
  readonly registersSysbox: boolean;
}

/** Where a daemon listens on TCP, or what lets TCP through to its socket. */
export interface Listener extends Finding {
  /** `tcp://0.0.0.0:2376` */
  readonly address: string;
  /** It speaks TLS. */
  readonly tls: boolean;
  /** It asks clients for a certificate. */
  readonly verifies: boolean;
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
      ? Object.entries(environment).map(([name, value]) => [name, String(value ?? "")])
      : listOf(environment).map((entry) => {
          const [name = "", ...value] = String(entry).split("=");
          return [name, value.join("=")];
        }),
  );
}

/** The daemon of one machine. */
export const daemonOf = remembered(readDaemon);

function readDaemon(host: HostContent): Daemon {
  const launches = launchesOf(host);
  const configs = configsOf(host, launches);
  const isOnIn = (key: string, path: string) => {
    const versions = configs.filter((config) => config.path === path);
    return versions.length > 0 && versions.every(({ config }) => config[key] === true);
  };
  const inConfigs = configs.flatMap(({ path, config }) => {
    const isOn = (key: string) =>
      isOnIn(key, path) || (launches.length > 0 && launches.every(({ args }) => isSwitchedOn(args, key)));
    const at = { path: `${host.property}: ${path}`, tls: isOn("tls"), verifies: isOn("tlsverify") };
    return [config.hosts ?? []].flat().map((address) => ({ ...at, address: String(address) }));
  });
  const inLaunches = launches.flatMap(({ path, args }) => {
    const isOn = (key: string) => isSwitchedOn(args, key) || isOnIn(key, configPathOf(args));
    const at = { path, tls: isOn("tls"), verifies: isOn("tlsverify") };
    return flagValues(args, ["host"], "H", "D").map((address) => ({ ...at, address }));
  });
  // A socket is the daemon's as much as its own: what daemon.json and the flags say of TLS does not hold for fd://.
  const isSecure = (key: string) =>
    isOnIn(key, defaultConfig) || (launches.length > 0 && launches.every(({ args }) => isSwitchedOn(args, key)));
  const inSockets = socketAddresses(host).map((at) => ({
    ...at,
    tls: isSecure("tls"),
    verifies: isSecure("tlsverify"),
  }));
  const effective = new Set([defaultConfig, ...launches.map(({ args }) => configPathOf(args))]);
  return {
    listeners: [
      ...[...inConfigs, ...inLaunches]
        .filter(({ address }) => isTcp(address))
        .map((each) => ({ ...each, found: `the daemon listens on ${each.address}` })),
      ...inSockets.map((each) => ({ ...each, found: `the daemon listens on ${each.address}` })),
      ...relaysOf(host),
    ],
    registersSysbox: configs.some(({ path, config }) => effective.has(path) && hasSysboxRuntime(config.runtimes)),
  };
}

const defaultConfig = "/etc/docker/daemon.json";

/** Every file of that name, and every one that the daemon is told to read; of one path each version. */
function configsOf({ files }: HostContent, launches: readonly Launch[]): { path: string; config: Mapping }[] {
  const named = new Set(launches.map(({ args }) => configPathOf(args)));
  return files
    .filter(({ path }) => path.endsWith("/daemon.json") || named.has(path))
    .flatMap(({ path, content }) => (mappingsIn(content) ?? []).map((config) => ({ path, config })));
}

function configPathOf(args: readonly string[]): string {
  return flagValues(args, ["config-file"]).at(-1) ?? defaultConfig;
}

type Launch = Pick<Start, "path" | "args">;

/** Starts of the daemon; a variable of its options that nothing here uses is one, too: the distribution's unit does. */
function launchesOf(host: HostContent): Launch[] {
  const used = new Set(
    host.invocations.filter(({ words }) => words.some((word) => /dockerd$/.test(word))).flatMap(({ words }) => words),
  );
  const isUsed = (name: string) => [...used].some((word) => variableIn(word) === name);
  const options = host.invocations.flatMap((command) =>
    [...assignments([command])]
      .filter(([name]) => /^(?:OPTIONS|\w*DOCKER\w*(?:OPTS|OPTIONS|FLAGS|ARGS))$/.test(name) && !isUsed(name))
      .flatMap(([, values]) => values)
      .map((value) => ({ path: `${host.property}: ${command.path}`, args: value.split(/\s+/) })),
  );
  return [...startsOf(host, /^dockerd(?:-rootless\.sh|-ce)?$/), ...options];
}

/** What systemd listens on for the daemon: a socket of its name, or one that is for its service. */
function socketAddresses({ property, files }: HostContent): { path: string; address: string }[] {
  return files
    .filter(({ path, content }) => /\.socket(?:\.d\/|$)/.test(path) && isDockers(path, content))
    .flatMap(({ path, content }) =>
      [...content.matchAll(/^\s*Listen(?:Stream|SequentialPacket)\s*=\s*(\S+)/gm)]
        .map(([, address = ""]) => address)
        .filter((address) => !/^[/@%~]|^vsock:/.test(address))
        .map((address) => ({ path: `${property}: ${path}`, address: address.replace(/^(\d+)$/, ":$1") })),
    );
}

function isDockers(path: string, content: string): boolean {
  return /docker[^/]*\.socket/.test(path) || /^\s*Service\s*=\s*docker/m.test(content);
}

/** What listens itself, and hands on to the daemon's socket. */
function relaysOf(host: HostContent): Listener[] {
  const relays = startsOf(host, /^(?:socat|nc|ncat|netcat|systemd-socket-proxyd)$/).filter(({ args, command }) => {
    const words = [...args, ...command.pipe.flatMap(({ words: others }) => others)];
    return words.some((word) => /docker\.sock/.test(word)) && words.some(isListening);
  });
  return relays.map(({ path }) => ({
    path,
    address: "",
    found: "a relay hands on to the daemon's socket",
    tls: false,
    verifies: false,
  }));
}

function isListening(word: string): boolean {
  return /^(?:TCP|OPENSSL|SSL|VSOCK|SCTP)\w*-L(?:ISTEN)?:|^(?:-\w*l\w*|--listen)$/i.test(word);
}

/** Without a scheme dockerd takes an address for TCP. */
function isTcp(address: string): boolean {
  return !isUnknown(address) && (/^tcp:/i.test(address) || (address.trim() !== "" && !address.includes("://")));
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
export const composeFiles = remembered(readComposeFiles);

interface ComposeFile {
  readonly path: string;
  readonly file: string;
  readonly compose: Mapping;
}

function readComposeFiles({ property, files }: HostContent): ComposeFile[] {
  return files.flatMap(({ path, content }) =>
    (mappingsIn(content) ?? [])
      .filter((compose) => compose.services !== undefined)
      .map((compose) => ({ path: `${property}: ${path}`, file: path, compose })),
  );
}
