import type { Mitigation } from "../components/mitigations";
import type { Manifest, ManifestResource } from "../preview/manifest";
import { hostReleases, isOlder } from "./hostReleases";
import { type Fact, type MitigationText, mitigations, strategiesOf } from "./mitigations";
import { type Risk, risks, type Strategy, type Threat, threats } from "./threats";
import { textsAt } from "./values";
import { type Violation, violations } from "./violations";

/** What stacks do against the threats of CI, decided from what they register. */
export interface Posture {
  readonly environments: readonly Environment[];
  readonly behind: readonly Behind[];
}

/** One stack. */
export interface Environment {
  readonly project: string;
  readonly stack: string;
  /** The ways out that are found; none, or both, is a mistake. */
  readonly strategies: readonly Strategy[];
  readonly threats: readonly ThreatPosture[];
  readonly mitigations: readonly MitigationPosture[];
  /** Versions that its hosts are pinned to, by name. */
  readonly releases: Readonly<Record<string, string>>;
  /** Mitigations that the stack's output `posture` names, and that are not implemented. */
  readonly unfounded: readonly Mitigation[];
}

export interface ThreatPosture {
  readonly id: Threat;
  readonly title: string;
  /** The risk without any mitigation. */
  readonly before: Risk;
  /** The risk with what the stack implements. */
  readonly after: Risk;
  /** The risk with all of it implemented. */
  readonly goal: Risk;
  /** What keeps `after` from being the goal. */
  readonly missing: readonly Mitigation[];
}

export type Status = "implemented" | "missing" | "not chosen";

export interface MitigationPosture {
  readonly id: Mitigation;
  readonly title: string;
  readonly answers: readonly Threat[];
  /** "not chosen" is what belongs to the other way out. */
  readonly status: Status;
  /** Where it is implemented; empty unless it is so everywhere. */
  readonly where: readonly Place[];
  readonly missing: readonly Missing[];
}

/** A resource, and what made it. */
export interface Place {
  readonly resource: string;
  /** Name and type of the component that it is in; "" in none. */
  readonly component: string;
  readonly componentType: string;
  /** `components/hostTemplate.ts:33`, or "". */
  readonly source: string;
}

/** Why a mitigation is not implemented. */
export interface Missing {
  /** The rule that is broken; "" where the mitigation itself is not there. */
  readonly rule: string;
  /** Name of the resource; "" where none carries the mitigation. */
  readonly resource: string;
  readonly source: string;
  /** Where in the inputs; "" for the resource as such. */
  readonly path: string;
  readonly found: string;
  readonly change: string;
}

/** Something in which one stack has not what another one has. */
export interface Behind {
  readonly stack: string;
  readonly ahead: string;
  /** Name of a release, `Docker`, or id of a mitigation. */
  readonly what: string;
  readonly has: string;
  readonly aheadHas: string;
}

/** The posture of stacks, and in what each is behind another. */
export function posture(manifests: readonly Manifest[]): Posture {
  const environments = manifests.map(environmentOf);
  return { environments, behind: [...releasesBehind(environments), ...mitigationsBehind(environments)] };
}

function environmentOf(manifest: Manifest): Environment {
  const { project, stack, resources, outputs } = manifest;
  const found = strategiesOf(resources);
  // Whoever has taken no way out yet is told of the default.
  const wanted: readonly Strategy[] = found.length > 0 ? found : ["sysbox"];
  const broken = violations(manifest);
  const judged = mitigations.map((mitigation) => judge(mitigation, wanted, resources, broken));
  const missing = judged.filter(({ status }) => status === "missing");
  return {
    project,
    stack,
    strategies: found,
    threats: threats.map(({ id, title, risks: of }) => {
      const unanswered = missing.filter(({ answers }) => answers.includes(id)).map((each) => each.id);
      const before = greatest(wanted.map((strategy) => of[strategy].before));
      const goal = greatest(wanted.map((strategy) => of[strategy].after));
      return { id, title, before, after: unanswered.length > 0 ? before : goal, goal, missing: unanswered };
    }),
    mitigations: judged,
    releases: hostReleases(resources),
    unfounded: judged
      .filter(({ id, status }) => status !== "implemented" && isNamed(id, outputs.posture))
      .map(({ id }) => id),
  };
}

function judge(
  { id, title, answers, strategy, rules, facts }: MitigationText,
  wanted: readonly Strategy[],
  resources: readonly ManifestResource[],
  broken: readonly Violation[],
): MitigationPosture {
  if (strategy !== undefined && !wanted.includes(strategy)) {
    return { id, title, answers, status: "not chosen", where: [], missing: [] };
  }
  const missing = [
    ...broken.filter(({ rule }) => rules.includes(rule)).map(fromViolation),
    ...facts.flatMap((fact) => lacking(fact, resources)),
  ];
  if (missing.length > 0) {
    return { id, title, answers, status: "missing", where: [], missing };
  }
  const carriers = resources.filter((resource) => facts.some((fact) => fact.of(resource)));
  const where = carriers.map((resource) => placeOf(resource, resources));
  return { id, title, answers, status: "implemented", where, missing };
}

function fromViolation({ rule, name, source, path, found, fix }: Violation): Missing {
  return { rule, resource: name, source, path, found, change: fix };
}

function lacking({ of, holds, missing: found, change }: Fact, resources: readonly ManifestResource[]): Missing[] {
  const carriers = resources.filter(of);
  const at = (resource: string, source: string): Missing => ({ rule: "", resource, source, path: "", found, change });
  return carriers.length === 0
    ? [at("", "")]
    : carriers.filter((each) => holds?.(each) === false).map(({ name, source }) => at(name, source));
}

/** The component is the nearest one above. */
function placeOf({ name, source, parent }: ManifestResource, resources: readonly ManifestResource[]): Place {
  let above = resources.find(({ urn }) => urn === parent);
  while (above?.custom) {
    const { parent: next } = above;
    above = resources.find(({ urn }) => urn === next);
  }
  return { resource: name, component: above?.name ?? "", componentType: above?.type ?? "", source };
}

function greatest(several: readonly Risk[]): Risk {
  return risks.find((risk) => several.includes(risk)) ?? "critical";
}

function isNamed(id: Mitigation, output: Manifest["outputs"][string] | undefined): boolean {
  return textsAt("posture", output).some(({ text }) => text === id);
}

/** No order of stacks is given: whoever has the newest release is ahead of all that have an older one. */
function releasesBehind(environments: readonly Environment[]): Behind[] {
  const names = [...new Set(environments.flatMap(({ releases }) => Object.keys(releases)))];
  return names.flatMap((what) => {
    const versions = environments.flatMap(({ stack, releases: { [what]: version } }) =>
      version === undefined ? [] : [{ stack, version }],
    );
    const [first, ...others] = versions;
    if (first === undefined) {
      return [];
    }
    const newest = others.reduce((best, each) => (isOlder(best.version, each.version) ? each : best), first);
    return versions
      .filter(({ version }) => isOlder(version, newest.version))
      .map(({ stack, version }) => ({ stack, ahead: newest.stack, what, has: version, aheadHas: newest.version }));
  });
}

function mitigationsBehind(environments: readonly Environment[]): Behind[] {
  return mitigations.flatMap(({ id: what }) => {
    const withStatus = (status: Status) =>
      environments.filter(({ mitigations: all }) => all.some((each) => each.id === what && each.status === status));
    const [ahead] = withStatus("implemented");
    return ahead === undefined
      ? []
      : withStatus("missing").map(({ stack }) => ({
          stack,
          ahead: ahead.stack,
          what,
          has: "missing",
          aheadHas: "implemented",
        }));
  });
}
