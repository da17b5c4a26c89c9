import { createHash } from "node:crypto";
import { parse } from "yaml";
import type { CloudConfig } from "./host/cloudConfig";
import type { DockerChoice, SysboxChoice } from "./host/releases";

/** Everything that decides what a host is. */
export interface Release {
  /**
   * The image's id and the first 16 digits of the digest of all the rest, `ami-0123456789abcdef0.0123456789abcdef`. Two
   * releases with one id are the same.
   */
  id: string;
  /** The image. */
  amiId: string;
  operatingSystem: string;
  architecture: string;
  /** Which Docker, in versions that are exact unless the distribution decides them. */
  docker: DockerChoice;
  /** Which sysbox, and its package's checksum; none where services use a Docker host over TLS. */
  sysbox?: SysboxChoice;
  /** Images of the services of the compose file, by service. */
  images: Record<string, string>;
  /** What the host's scripts go by, with the names of secrets and not where they are. */
  settings: Record<string, string>;
  /** What cloud-init puts on the host and does there: SHA-256 of each file, by path, its first 16 digits. */
  files: Record<string, string>;
}

/** A release that hosts came into service with. */
export interface ProvenRelease extends Release {
  /** What proved it, in JSON: when, on which hosts, with what versions. */
  proof: string;
}

/** What a host is made of, its image aside. */
export interface HostContent {
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly docker: DockerChoice;
  readonly sysbox?: SysboxChoice | undefined;
  /** With stand-ins for what only a deployment names: {@link standIns}. */
  readonly cloudConfig: CloudConfig;
}

/** The tag with a release's id, on launch templates and instances. */
export const releaseTag = "ci-hosts:release";

/** The tag with the reason why hosts carry a release that nobody has proven. */
export const releaseOverrideTag = "ci-hosts:release-override";

/** Lines of the settings file by which a host knows its release; not part of what that is made of. */
const settingsPath = "/etc/ci-host/settings";
const composePath = "/etc/ci-host/compose.yaml";

/** The names of a map, each for itself: where secrets are is of an environment, which there are is of a release. */
export function standIns(named: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.keys(named).map((name) => [name, name]));
}

/** The release of hosts that are made so. */
export function releaseOf(amiId: string, content: HostContent): Release {
  const { operatingSystem, architecture, docker, sysbox, cloudConfig } = content;
  const { write_files: files = [], ...others } = cloudConfig;
  const textOf = (path: string) => files.find((file) => file.path === path)?.content;
  const made = {
    operatingSystem,
    architecture,
    docker,
    ...(sysbox && { sysbox }),
    images: imagesIn(textOf(composePath)),
    settings: settingsIn(textOf(settingsPath)),
    files: {
      // Packages, commands and archives: what a cloud-config says beside files.
      "cloud-config": digest(JSON.stringify(others)),
      ...Object.fromEntries(
        files
          .filter(({ path }) => path !== settingsPath)
          .map(({ path, content: text, permissions }) => [path, digest(`${permissions} ${text}`)]),
      ),
    },
  };
  return { id: `${amiId}.${digest(JSON.stringify(sorted(made)))}`, amiId, ...made };
}

/** One thing in which two releases are not the same. */
export interface Difference {
  readonly what: string;
  /** What the one has, and the other; "none" where it has none. */
  readonly proven: string;
  readonly desired: string;
}

/** In what a release is another than one that was proven. */
export function differences(proven: Release, desired: Release): Difference[] {
  const [was, is] = [partsOf(proven), partsOf(desired)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((what) => ({ what, proven: was.get(what) ?? "none", desired: is.get(what) ?? "none" }))
    .filter((each) => each.proven !== each.desired);
}

/** Every single thing that a release is made of, by a name that a person understands. */
function partsOf({ id: _, amiId, operatingSystem, architecture, ...groups }: Release): Map<string, string> {
  const { docker, sysbox = {}, images, settings, files } = groups;
  const group = (name: string, entries: object) =>
    Object.entries(entries).flatMap(([key, value]) =>
      value === undefined ? [] : [[`${name} ${key}`, String(value)] as const],
    );
  return new Map([
    ["image", amiId],
    ["operating system", operatingSystem],
    ["architecture", architecture],
    ...group("docker", docker),
    ...group("sysbox", sysbox),
    ...group("image of", images),
    ...group("setting", settings),
    ...group("file", files),
  ]);
}

function imagesIn(compose: string | undefined): Record<string, string> {
  const { services = {} } = (compose === undefined ? {} : parse(compose)) as {
    services?: Record<string, { image?: string }>;
  };
  return Object.fromEntries(Object.entries(services).flatMap(([name, { image }]) => (image ? [[name, image]] : [])));
}

function settingsIn(text = ""): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.includes("="));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** The same with the keys of every mapping in the order of the alphabet, so that one content has one text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, item]) => [key, sorted(item)]),
      )
    : value;
}
