import { isDeepStrictEqual } from "node:util";
import { severities } from "../../policy/rule";
import { hostPlans } from "../hostPlan";
import type { Manifest, ManifestResource, Value } from "../manifest";
import { withoutMarks } from "../secretMarks";
import { inputMeaning } from "./awsMeaning";
import { type Change, compare } from "./compare";
import { type Outcome, outcomes } from "./effects";
import { type Exposure, exposures } from "./exposures";
import { pairs } from "./pairs";
import { withoutReleaseId, withReleaseIdAlone } from "./releaseIds";
import { type Effect, effects } from "./typeVerdict";

/** What a change does to every stack, the most dangerous first; what it does to several alike stands there once. */
export interface Review {
  readonly stacks: readonly StackSummary[];
  readonly exposures: readonly InStacks<Exposure>[];
  readonly resources: readonly InStacks<ResourceReview>[];
  readonly userData: readonly InStacks<Budget>[];
  /** Of the stacks' exports. */
  readonly exports: readonly InStacks<{ readonly changes: readonly Change[] }>[];
}

export type InStacks<T> = T & { readonly stacks: readonly string[] };

export interface StackSummary {
  readonly stack: string;
  readonly state: "changed" | "gone" | "new" | "unchanged";
  /** Number of resources by effect; components and what nothing is done to are not among them. */
  readonly counts: Readonly<Partial<Record<Effect, number>>>;
}

export interface ResourceReview {
  readonly name: string;
  readonly type: string;
  readonly custom: boolean;
  readonly effect: Effect;
  readonly reasons: readonly Reason[];
  readonly changes: readonly Change[];
  /** Number of inputs of a resource that comes or goes. */
  readonly inputs: number;
  /** Of the line that makes it, or made it. */
  readonly source: string;
}

/** What makes the effect so, and what follows: in these stacks. */
export interface Reason {
  readonly text: string;
  readonly stacks: readonly string[];
}

/** Sizes of a machine's user data, in bytes, as they count against EC2's limit; 0 where there is none. */
export interface Budget {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

/** Compares two runs of the same stacks. A stack that one of them lacks is new, or gone. */
export function review(base: readonly Manifest[], head: readonly Manifest[]): Review {
  const names = [...new Set([...base, ...head].map(({ stack }) => stack))].sort();
  const stacks = names.map((stack) => reviewOf(stack, find(base, stack), find(head, stack)));
  const of = <T extends object>(part: (one: StackReview) => readonly T[]) => alike(stacks, part);
  return unmarked({
    stacks: stacks.map(({ summary }) => summary),
    exposures: of((one) => one.exposures).sort(byKindAndSeverity),
    resources: of((one) => one.resources).sort(byDanger),
    userData: of((one) => one.userData),
    exports: of((one) => (one.exports.length > 0 ? [{ changes: one.exports }] : [])),
  });
}

/** By now a secret that has changed is a change like any other. */
function unmarked(found: Review): Review {
  return JSON.parse(withoutMarks(JSON.stringify(found)));
}

const kinds: readonly Exposure["kind"][] = ["blocked", "destroys", "breaks", "exposes"];

function byKindAndSeverity(a: Exposure, b: Exposure): number {
  return kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || bySeverity(a, b);
}

export function bySeverity(a: Exposure, b: Exposure): number {
  return severities.indexOf(a.severity) - severities.indexOf(b.severity);
}

interface StackReview {
  readonly summary: StackSummary;
  readonly exposures: readonly Exposure[];
  readonly resources: readonly ResourceReview[];
  readonly userData: readonly Budget[];
  readonly exports: readonly Change[];
}

function find(manifests: readonly Manifest[], stack: string): Manifest | undefined {
  return manifests.find((manifest) => manifest.stack === stack);
}

function reviewOf(stack: string, base: Manifest | undefined, head: Manifest | undefined): StackReview {
  return base === undefined || head === undefined
    ? stackReview(stack, base && withReleaseIdAlone(base), head && withReleaseIdAlone(head))
    : stackReview(stack, withoutReleaseId(base), withoutReleaseId(head));
}

function stackReview(stack: string, base: Manifest | undefined, head: Manifest | undefined): StackReview {
  const found = outcomes(pairs(base, head));
  const exports = compare(exportsMeaning(base), exportsMeaning(head));
  const counts: Partial<Record<Effect, number>> = {};
  const counted = found.filter((one) => isCustom(one) && one.effect !== "none" && one.toldBy !== "group");
  for (const { effect } of counted) {
    counts[effect] = (counts[effect] ?? 0) + 1;
  }
  const isSame =
    found.length === 0 && exports.length === 0 && isDeepStrictEqual(base?.providerConfig, head?.providerConfig);
  const state = base === undefined ? "new" : head === undefined ? "gone" : isSame ? "unchanged" : "changed";
  return {
    summary: { stack, state, counts },
    exposures: exposures(found, base, head),
    resources: found.filter(({ toldBy }) => toldBy !== "template").map((outcome) => resourceReview(stack, outcome)),
    userData: budgets(base, head),
    exports,
  };
}

function exportsMeaning(manifest: Manifest | undefined) {
  return inputMeaning("", (manifest?.outputs ?? {}) as Value);
}

function isCustom({ before, after }: Outcome): boolean {
  return (after ?? before)?.custom === true;
}

function resourceReview(stack: string, outcome: Outcome): ResourceReview {
  const { name, type, custom, source, inputs } = (outcome.after ?? outcome.before) as ManifestResource;
  const { effect, reasons, changes } = outcome;
  const oneSided = effect === "create" || effect === "delete";
  return {
    name,
    type,
    custom,
    effect,
    reasons: reasons.map((text) => ({ text, stacks: [stack] })),
    changes,
    inputs: oneSided ? Object.keys(inputs).length : 0,
    source,
  };
}

function budgets(base: Manifest | undefined, head: Manifest | undefined): Budget[] {
  const sizes = (manifest: Manifest | undefined) =>
    new Map((manifest === undefined ? [] : hostPlans(manifest)).map(({ name, userData }) => [name, userData.bytes]));
  const [before, after] = [sizes(base), sizes(head)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .map((name) => ({ name, before: before.get(name) ?? 0, after: after.get(name) ?? 0 }))
    .filter((budget) => budget.before !== budget.after);
}

/** What several stacks have alike, once, with their names; in the order in which it is first found. */
function alike<T extends object>(
  stacks: readonly StackReview[],
  part: (one: StackReview) => readonly T[],
): InStacks<T>[] {
  const found = new Map<string, InStacks<T>>();
  for (const one of stacks) {
    for (const item of part(one)) {
      const key = JSON.stringify({ ...item, reasons: undefined });
      const same = found.get(key);
      const stacks = [...new Set([...(same?.stacks ?? []), one.summary.stack])];
      found.set(key, { ...item, ...reasonsOfBoth(same, item), stacks });
    }
  }
  return [...found.values()];
}

/** Reasons may differ where nothing else does: three hosts in one stack, one in the other. */
function reasonsOfBoth(one: object | undefined, other: object): { readonly reasons?: readonly Reason[] } {
  const [former, added] = [one, other].map((each) => (each as Partial<ResourceReview> | undefined)?.reasons);
  if (added === undefined) {
    return {};
  }
  const texts = new Map<string, string[]>();
  for (const { text, stacks } of [...(former ?? []), ...added]) {
    texts.set(text, [...(texts.get(text) ?? []), ...stacks]);
  }
  return { reasons: [...texts].map(([text, stacks]) => ({ text, stacks })) };
}

function byDanger(a: ResourceReview, b: ResourceReview): number {
  return (
    effects.indexOf(a.effect) - effects.indexOf(b.effect) ||
    Number(a.custom) - Number(b.custom) ||
    (a.type < b.type ? -1 : a.type > b.type ? 1 : a.name < b.name ? -1 : 1)
  );
}
