import { isDeepStrictEqual } from "node:util";
import type { Severity } from "../../policy/rule";
import { type Violation, violations } from "../../policy/violations";
import { stackReferenceType } from "../engine";
import type { Manifest, ManifestResource, Value } from "../manifest";
import { violationSentence } from "../violationText";
import { listed } from "./awsMeaning";
import { asDeployed, type Outcome } from "./effects";
import { widerGrants } from "./grants";
import { associated, isCovered, type Opening, openingsOf, ownerOf, weakened } from "./openings";
import { moveBy, moveOf, reconfigured } from "./providers";
import { heldBy } from "./replacements";

/** What a change opens or takes away, in a sentence that goes on after the resource's name. */
export interface Exposure {
  readonly kind: "blocked" | "destroys" | "breaks" | "exposes";
  readonly severity: Severity;
  readonly sentence: string;
  /** Name of the resource. */
  readonly name: string;
  readonly source: string;
}

/** What a deployment will refuse, what is lost for good, which rules are broken that were not, and what is opened. */
export function exposures(
  found: readonly Outcome[],
  base: Manifest | undefined,
  head: Manifest | undefined,
): Exposure[] {
  const lookedUp = (head?.resources ?? []).filter(({ options }) => options.readId !== undefined);
  const known = new Set([...(base?.resources ?? []), ...lookedUp].map(({ name }) => name));
  const broken = newViolations(base, head);
  return [
    ...found.flatMap(blocked),
    ...renamed(found),
    ...(base === undefined || head === undefined ? [] : moved(base, head)),
    ...found.flatMap(destroyed),
    ...(head === undefined ? [] : found.flatMap(unproven)),
    ...broken.map((violation) => ({
      ...exposure("breaks", violationSentence(violation), violation),
      severity: violation.severity,
    })),
    ...found.flatMap(({ before, after }) => {
      const former = after === undefined ? before : asDeployed({ ...(before && { before }), after });
      const said = broken.filter(({ urn }) => urn === after?.urn).map(({ rule }) => rule);
      return after === undefined
        ? closed(before, found)
        : opened({ before: former, after, known, said, all: head?.resources ?? [] }).map(({ sentence, severity }) => ({
            ...exposure("exposes", sentence, after),
            severity,
          }));
    }),
  ];
}

/**
 * Of each rule, resource and kind of place, those beyond the number that there was; positions mean nothing. Something else
 * in the same place is new, and so is another number where the rule is a severe one.
 */
function newViolations(base: Manifest | undefined, head: Manifest | undefined): Violation[] {
  if (isDeepStrictEqual(base?.resources, head?.resources)) {
    return []; // and rules take their time
  }
  const key = ({ rule, severity, urn, path, found }: Violation) => {
    const isSevere = severity === "critical" || severity === "high";
    return JSON.stringify([rule, urn, path.replace(/\[\d+\]/g, ""), isSevere ? found : found.replace(/\d+/g, "")]);
  };
  const before = base === undefined ? [] : violations(base).map(key);
  return (head === undefined ? [] : violations(head)).filter((violation) => {
    const index = before.indexOf(key(violation));
    if (index >= 0) {
      before.splice(index, 1);
    }
    return index < 0;
  });
}

function exposure(
  kind: Exposure["kind"],
  sentence: string,
  resource: Pick<ManifestResource, "name" | "source">,
  name = resource.name,
): Exposure {
  return { kind, severity: "high", sentence, name, source: resource.source };
}

/** By the stack's file alone, which no resource shows. */
function moved(base: Manifest, head: Manifest): Exposure[] {
  const provider = { name: "aws", source: `Pulumi.${head.stack}.yaml` };
  const inputs = reconfigured(base, head);
  if (inputs.length === 0) {
    return [];
  }
  const move = moveBy(inputs);
  const sentence = `works with another ${inputs.join(", ")} where no provider is named`;
  return [
    move === undefined
      ? { ...exposure("exposes", sentence, provider), severity: "medium" }
      : exposure("destroys", move.sentence, provider),
  ];
}

/** pulumi/pulumi, pkg/resource/deploy, step_generator.go: what counts is whether it was protected so far. */
function blocked({ before, effect }: Outcome): Exposure[] {
  if (before?.options.protect !== true || (effect !== "replace" && effect !== "delete")) {
    return [];
  }
  const verb = effect === "replace" ? "be replaced" : "be deleted";
  return [
    exposure("blocked", `is protected and would ${verb}: the deployment will fail; remove protect first`, before),
  ];
}

function destroyed({ before, after, effect, mayReplace = false, changes }: Outcome): Exposure[] {
  if (before === undefined || before.options.readId !== undefined) {
    return [];
  }
  const lost = heldBy(before);
  const [kept, isKept] = [before.options.retainOnDelete, (after ?? before).options.retainOnDelete];
  const isGone = effect === "delete" || effect === "replace";
  const move = after === undefined ? undefined : moveOf(after, changes);
  return [
    ...(isGone && lost !== undefined && !kept ? [`is ${effect}d, and ${lost} with it`] : []),
    ...(!isGone && mayReplace && lost !== undefined && !kept ? [`may be replaced, and ${lost} with it`] : []),
    ...(kept && !isKept && lost !== undefined ? ["is deleted with what makes it from now on (no retainOnDelete)"] : []),
    ...(before.options.protect === true && after !== undefined && after.options.protect !== true
      ? ["is no longer protected from deletion"]
      : []),
    ...(move === undefined ? [] : [move.sentence]),
  ].map((sentence) => exposure("destroys", sentence, after ?? before));
}

/** What a stack is no longer held to. */
const proofs: Readonly<Record<string, string>> = {
  [stackReferenceType]:
    "is read no more: what this stack took from it, such as the release that it has proven, is this stack's own from now on",
  "ci-hosts:index:RolloutCheck": "is gone: no deployment waits for hosts, and none proves a release",
};

function unproven({ before, after }: Outcome): Exposure[] {
  const sentence = after === undefined ? proofs[before?.type ?? ""] : undefined;
  return before === undefined || sentence === undefined ? [] : [exposure("exposes", sentence, before)];
}

/** A component under another name, to which nothing ties what is in it. */
function renamed(found: readonly Outcome[]): Exposure[] {
  const gone = found.flatMap(({ before, after }) => (before?.custom === false && after === undefined ? [before] : []));
  return gone.flatMap((component) => {
    const heirs = found.filter(({ before, after }) => before === undefined && after?.type === component.type);
    const [heir] = heirs;
    if (heirs.length !== 1 || heir?.after === undefined) {
      return [];
    }
    const fix = `aliases: [{ name: "${component.name}" }]`;
    const sentence = `is called ${heir.after.name} now, and no alias says so: all in it is deleted and made again; to keep it, add ${fix}`;
    return [exposure("destroys", sentence, heir.after, component.name)];
  });
}

interface Openable {
  readonly before: ManifestResource | undefined;
  readonly after: ManifestResource;
  /** Names of the resources that there were, and of those that are only looked up. */
  readonly known: ReadonlySet<string>;
  /** Ids of the rules of which it is said already that the resource breaks them. */
  readonly said: readonly string[];
  /** Every resource after the change. */
  readonly all: readonly ManifestResource[];
}

/** Inputs that name whom a policy is for, or what. */
const policyOwners = [
  ...["role", "roles", "user", "users", "group", "groups", "secretArn", "bucket", "keyId", "repository"],
  ...["queueUrl", "arn", "resourceArn", "registryArn", "vaultName", "fileSystemId", "vpcEndpointId"],
];

/** Whether what an input names is older than the change: a resource that there was, or one of another stack. */
function wasThere(named: Value | undefined, known: ReadonlySet<string>): boolean {
  return named !== undefined && (known.has(ownerOf(named)) || !String(named).includes("‹"));
}

/** Inputs that name what a policy keeps. */
const protectedBy = [...policyOwners, "autoscalingGroupName"];

/** What a resource held back that is gone: nothing where it stays in the account, or what it kept is gone, too. */
function closed(before: ManifestResource | undefined, found: readonly Outcome[]): Exposure[] {
  const isGone = (name: string) => found.some((other) => other.before?.name === name && other.after === undefined);
  return before === undefined ||
    before.options.retainOnDelete ||
    protectedBy.some((input) => before.inputs[input] !== undefined && isGone(ownerOf(before.inputs[input])))
    ? []
    : [...weakened(before, undefined), ...widerGrants(before, undefined)].map((sentence) =>
        exposure("exposes", sentence, before),
      );
}

function opened({ before, after, known, said, all: resources }: Openable): Pick<Opening, "sentence" | "severity">[] {
  const already = before === undefined ? [] : openingsOf(before);
  const openings = [...openingsOf(after), ...associated(before, after, resources)]
    .filter((opening) => !isCovered(opening, already))
    .filter(({ rule }) => rule === undefined || !said.includes(rule))
    .filter(({ on }) => on === undefined || wasThere(on, known));
  // A policy that is put on what there was gives that what it says; one on a new role comes with it.
  const owners = policyOwners.flatMap((input) => listed(after.inputs[input] ?? []));
  const isGained = before !== undefined || owners.some((owner) => wasThere(owner, known));
  const others = [...(before === undefined ? [] : weakened(before, after)), ...widerGrants(before, after, isGained)];
  const all: Pick<Opening, "sentence" | "severity">[] = [
    ...openings,
    ...others.map((sentence) => ({ sentence, severity: "medium" as const })),
  ];
  return all.filter(({ sentence }, index) => all.findIndex((one) => one.sentence === sentence) === index);
}
