import { type Problem, refuse } from "../problems";
import { dockerProblems, servicesWithDocker } from "./compose/dockerServices";
import { resolveExtends } from "./compose/extends";
import { type Data, isMapping, type Mapping, readCompose } from "./compose/file";
import { longForms } from "./compose/forms";
import { defaultHostDirectories, hostDirectoryProblems } from "./compose/hostPath";
import { imagesOf, isPinned, unpinnedProblems } from "./compose/images";
import { dockerRuntime } from "./compose/isolation";
import { project } from "./compose/project";
import { referenceProblems } from "./compose/references";
import { refusal } from "./compose/refusals";
import { withRemoteDocker } from "./compose/remoteDocker";
import { render } from "./compose/render";
import { problemsOf } from "./compose/verdict";
import { dockerClientProblems, type NamedClient } from "./dockerClients";

/** What runs on a CI host, and what it may have. */
export interface WorkloadOptions {
  /** The text of a compose file. */
  readonly compose: string;
  /** Services that get Docker, besides those that ask for it with `x-docker: true`. Defaults to none. */
  readonly dockerServices?: readonly string[];
  /**
   * The clients of a Docker host over TLS, by the service that gets each. Given, the services that ask for Docker use
   * that host's; without them each has a Docker inside, by sysbox.
   */
  readonly dockerClients?: Readonly<Record<string, NamedClient>> | undefined;
  /** Directories of the host whose direct entries may be mounted. Defaults to `/srv/ci` alone. */
  readonly hostDirectories?: readonly string[];
  /** Whether every image must be pinned by its digest, as production's should be. Defaults to false. */
  readonly requireImageDigests?: boolean;
}

/** A compose project as it will stand on the host. */
export interface Workload {
  /** The compose file, in YAML that every version of Compose reads alike: what was checked, and nothing else. */
  readonly compose: string;
  /** The images that the services run, each once, sorted. */
  readonly images: readonly string[];
  /** Those of the images that are not pinned by their digest. */
  readonly unpinnedImages: readonly string[];
  /** The services that ask for Docker, in the order of the file. */
  readonly dockerServices: readonly string[];
}

/**
 * The compose project for a CI host, in which no service reaches the host: those that ask for Docker run under sysbox,
 * or are told the Docker host that they use.
 *
 * Throws a RefusedError with every problem of {@link workloadProblems} and {@link workloadClientProblems}.
 */
export function workload(options: WorkloadOptions): Workload {
  const { checked, dockerServices, problems, clientProblems } = check(options);
  refuse("the compose file", [...problems, ...clientProblems]);
  const services = checked.services as Mapping;
  const images = imagesOf(services);
  return {
    compose: render({ ...checked, services: withItsDocker(services, dockerServices, options.dockerClients) }),
    images,
    unpinnedImages: images.filter((image) => !isPinned(image)),
    dockerServices,
  };
}

/**
 * Why a compose file can't run on a CI host; none when it can.
 *
 * Every service is held to one list of harmless keys and values, with Docker inside or without, and what is not on
 * the list is refused. `extends`, anchors and merge keys are carried out before.
 */
export function workloadProblems(options: WorkloadOptions): Problem[] {
  return check(options).problems;
}

/** What is wrong with which service gets which client; paths are `dockerClients.<service>`. */
export function workloadClientProblems(options: WorkloadOptions): Problem[] {
  return check(options).clientProblems;
}

/** The services of a compose file that ask for Docker; none of one that can't be read. */
export function servicesAskingForDocker(options: WorkloadOptions): readonly string[] {
  return check(options).dockerServices;
}

interface Check {
  /** What the schema took; empty when there are problems. */
  readonly checked: Mapping;
  readonly dockerServices: readonly string[];
  readonly problems: Problem[];
  /** Of a file that can't be read, none. */
  readonly clientProblems: Problem[];
}

function check({
  compose,
  dockerServices = [],
  hostDirectories = defaultHostDirectories,
  requireImageDigests,
  dockerClients,
}: WorkloadOptions): Check {
  const file = readCompose(compose);
  const unreadable = [...hostDirectoryProblems(hostDirectories), ...file.problems];
  if (file.data === undefined || unreadable.length > 0) {
    return { checked: {}, dockerServices: [], problems: unreadable, clientProblems: [] };
  }
  const { services, problems } = resolveExtends(eachService(file.data.services, longForms));
  const withDocker = servicesWithDocker(services, dockerServices);
  const data = withoutExtensions({ ...file.data, services: eachService(services, withoutExtensions) });
  const parsed = project(hostDirectories).safeParse(data);
  return {
    checked: parsed.success ? (parsed.data as Mapping) : {},
    dockerServices: withDocker,
    problems: [
      ...problems,
      ...(parsed.success ? [] : problemsOf(data, parsed.error.issues, refusal)),
      ...referenceProblems(data),
      ...dockerProblems(services, dockerServices, dockerClients === undefined ? "inside" : "remote"),
      ...(requireImageDigests ? unpinnedProblems(services) : []),
    ],
    clientProblems: dockerClients ? dockerClientProblems(dockerClients, Object.keys(services), withDocker) : [],
  };
}

/** The same for every service that is a mapping; what is none is left for the schema to refuse. */
function eachService(services: Data | undefined, change: (service: Mapping, name: string) => Mapping): Mapping {
  const entries = isMapping(services) ? Object.entries(services) : [];
  return Object.fromEntries(
    entries.map(([name, service]) => [name, isMapping(service) ? change(service, name) : service]),
  );
}

/** `x-` keys mean nothing to Compose, so they don't go to the host. */
function withoutExtensions(mapping: Mapping): Mapping {
  return Object.fromEntries(Object.entries(mapping).filter(([key]) => !key.startsWith("x-")));
}

/** Services that ask for Docker get sysbox, or their client. */
function withItsDocker(
  services: Mapping,
  dockerServices: readonly string[],
  clients: WorkloadOptions["dockerClients"],
): Mapping {
  return eachService(services, (service, name) => {
    if (!dockerServices.includes(name)) {
      return service;
    }
    const client = clients?.[name];
    const { image = null, ...rest } = service;
    return client === undefined ? { image, runtime: dockerRuntime, ...rest } : withRemoteDocker(name, service, client);
  });
}
