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
import { render } from "./compose/render";
import { problemsOf } from "./compose/verdict";

/** What runs on a CI host, and what it may have. */
export interface WorkloadOptions {
  /** The text of a compose file. */
  readonly compose: string;
  /** Services that get Docker inside, besides those that ask for it with `x-docker: true`. Defaults to none. */
  readonly dockerServices?: readonly string[];
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
  /** The services with Docker inside, in the order of the file. */
  readonly dockerServices: readonly string[];
}

/**
 * The compose project for a CI host: services with Docker inside run under sysbox, and none reaches the host.
 *
 * Throws a RefusedError with every problem of {@link workloadProblems}.
 */
export function workload(options: WorkloadOptions): Workload {
  const { checked, dockerServices, problems } = check(options);
  refuse("the compose file", problems);
  const services = checked.services as Mapping;
  const images = imagesOf(services);
  return {
    compose: render({ ...checked, services: withRuntime(services, dockerServices) }),
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

interface Check {
  /** What the schema took; empty when there are problems. */
  readonly checked: Mapping;
  readonly dockerServices: readonly string[];
  readonly problems: Problem[];
}

function check({
  compose,
  dockerServices = [],
  hostDirectories = defaultHostDirectories,
  requireImageDigests,
}: WorkloadOptions): Check {
  const file = readCompose(compose);
  const unreadable = [...hostDirectoryProblems(hostDirectories), ...file.problems];
  if (file.data === undefined || unreadable.length > 0) {
    return { checked: {}, dockerServices: [], problems: unreadable };
  }
  const { services, problems } = resolveExtends(eachService(file.data.services, longForms));
  const data = withoutExtensions({ ...file.data, services: eachService(services, withoutExtensions) });
  const parsed = project(hostDirectories).safeParse(data);
  return {
    checked: parsed.success ? (parsed.data as Mapping) : {},
    dockerServices: servicesWithDocker(services, dockerServices),
    problems: [
      ...problems,
      ...(parsed.success ? [] : problemsOf(data, parsed.error.issues, refusal)),
      ...referenceProblems(data),
      ...dockerProblems(services, dockerServices),
      ...(requireImageDigests ? unpinnedProblems(services) : []),
    ],
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

function withRuntime(services: Mapping, dockerServices: readonly string[]): Mapping {
  return eachService(services, (service, name) => {
    const { image = null, ...rest } = service;
    return dockerServices.includes(name) ? { image, runtime: dockerRuntime, ...rest } : service;
  });
}
