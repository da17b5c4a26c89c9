import { userDataInputs } from "../hostPlan";
import type { ManifestResource } from "../manifest";
import { symbolsIn } from "../symbols";
import { decodeUserData } from "../userData";
import { inputMeaning, resourceMeaning } from "./awsMeaning";
import { type Change, compare } from "./compare";
import type { Meaning } from "./meaning";
import type { Pair } from "./pairs";
import { withNames } from "./renames";
import { onlyAtCreation, replacedBy, versionOutputs } from "./replacements";
import { type Effect, type TypeChange, typeVerdict, type Verdict } from "./typeVerdict";

/** What becomes of one resource. */
export interface Outcome extends Pair {
  readonly effect: Effect;
  /** Sentences: what makes it so, and what follows. */
  readonly reasons: readonly string[];
  /** Of inputs, and of options under `options`; none where it only follows what happens to another. */
  readonly changes: readonly Change[];
  /** Whether another outcome tells of the same event: a launch template of the fleet that it rolls. */
  readonly toldBy?: "group" | "template";
}

interface Draft {
  readonly pair: Required<Pair>;
  readonly changes: readonly Change[];
  /** Inputs that change because of what another resource does, to the sentence that says so. */
  readonly follows: Map<string, string>;
  verdict: Verdict;
}

const untouched: Verdict = { effect: "none", reasons: [] };

/**
 * What becomes of each resource that anything becomes of. An effect on one passes on to those whose inputs it changes: a
 * replaced VPC replaces its subnets, a new version of a launch template rolls its fleet.
 */
export function outcomes(all: readonly Pair[]): Outcome[] {
  const kept = all.filter(isKept);
  const names = new Map(kept.map(({ before, after }) => [before.name, after.name]));
  const drafts = kept.map((pair) => draftOf({ ...pair, before: withNames(pair.before, names) }));
  const dependents = dependentsOf(drafts);
  const queue = drafts.filter(({ verdict }) => verdict.effect !== "none");
  for (let draft = queue.shift(); draft !== undefined; draft = queue.shift()) {
    for (const dependent of dependents.get(draft.pair.after.urn) ?? []) {
      const before = dependent.verdict.effect;
      if (passOn(draft, dependent)) {
        dependent.verdict = verdictOf(dependent);
        if (dependent.verdict.effect !== before) {
          queue.push(dependent);
        }
      }
    }
  }
  return [
    ...all.filter((pair) => !isKept(pair)).map(comesOrGoes),
    ...drafts
      .map((draft) => ({ ...draft.pair, changes: draft.changes, ...withFleet(draft, dependents) }))
      .filter(({ effect, changes }) => effect !== "none" || changes.length > 0),
  ];
}

function isKept(pair: Pair): pair is Required<Pair> {
  return pair.before !== undefined && pair.after !== undefined;
}

function comesOrGoes({ before, after }: Pair): Outcome {
  if (after !== undefined) {
    return { after, effect: "create", reasons: [], changes: [] };
  }
  const reasons = before?.options.retainOnDelete
    ? ["It is only forgotten: it stays in the account (retainOnDelete)."]
    : [];
  return { ...(before && { before }), effect: "delete", reasons, changes: [] };
}

function draftOf(pair: Required<Pair>): Draft {
  const { before, after } = pair;
  const changes = [
    ...compare(resourceMeaning(before), resourceMeaning(after)),
    ...compare(optionsMeaning(before), optionsMeaning(after), ["options"]),
  ];
  const draft = { pair, changes, follows: new Map<string, string>(), verdict: untouched };
  return { ...draft, verdict: verdictOf(draft) };
}

/** Aliases have done what they are for once two resources are known to be one. */
function optionsMeaning({ options: { aliases: _, ...options } }: ManifestResource): Meaning {
  return inputMeaning("", options);
}

/** Which resources have a value of each in their inputs. */
function dependentsOf(drafts: readonly Draft[]): Map<string, Draft[]> {
  const dependents = new Map<string, Draft[]>();
  for (const draft of drafts) {
    const { propertyDependencies, options } = draft.pair.after;
    for (const urn of new Set([...Object.values(propertyDependencies).flat(), ...(options.replaceWith ?? [])])) {
      dependents.set(urn, [...(dependents.get(urn) ?? []), draft]);
    }
  }
  return dependents;
}

/** Marks the inputs that the effect changes; says whether there are any that were not marked before. */
function passOn({ pair: { after: source }, verdict: { effect } }: Draft, { pair, follows }: Draft): boolean {
  const { propertyDependencies, options } = pair.after;
  const known = follows.size;
  const sentence = effect === "replace" ? `${source.name} is replaced.` : `${source.name} gets a new version.`;
  if (effect === "replace" && options.replaceWith?.includes(source.urn)) {
    follows.set("*", sentence); // Of no input, and of all.
  }
  for (const [input, urns] of Object.entries(propertyDependencies)) {
    if (urns.includes(source.urn) && holdsChanged(pair.after, input, source, effect) && !follows.has(input)) {
      follows.set(input, sentence);
    }
  }
  return follows.size > known;
}

/** Whether an input has a symbol of a resource whose meaning the effect on that changes. */
function holdsChanged(
  resource: ManifestResource,
  input: string,
  { type, name }: ManifestResource,
  effect: Effect,
): boolean {
  const outputs = effect === "next-boot" ? (versionOutputs[type] ?? []) : [];
  return symbolsAt(resource, input).some((symbol) => {
    const [, owner, output] = /^‹(?:.*::)?(.+?)\.(\w+)›$/.exec(symbol) ?? [];
    return owner === name && (effect === "replace" || outputs.includes(output ?? ""));
  });
}

function symbolsAt({ type, inputs }: ManifestResource, input: string): readonly string[] {
  const value = inputs[input] ?? null;
  const base64 = userDataInputs[type]?.[input];
  return base64 !== undefined && typeof value === "string"
    ? decodeUserData(value, base64).symbols
    : symbolsIn(JSON.stringify(value));
}

function verdictOf({ pair, changes, follows }: Pick<Draft, "pair" | "changes" | "follows">): Verdict {
  const { type, custom, inputs, options } = pair.after;
  if (!custom) {
    return untouched;
  }
  const { ignoreChanges = [], replaceOnChanges = [] } = options;
  const all: readonly (readonly string[])[] = [
    ...changes.filter(({ path }) => path[0] !== "options").map(({ path }) => path),
    ...[...follows.keys()].map((input) => [input]),
  ];
  const paths = all.filter((path) => !ignoreChanges.some((ignored) => isWithin(path, ignored)));
  const changed = [...new Set(paths.map(([input = ""]) => input))];
  if (all.length > 0 && paths.length === 0) {
    const names = [...new Set(all.map(([input = ""]) => input))];
    return { effect: "none", reasons: [`Changes of ${names.join(", ")} are ignored (ignoreChanges).`] };
  }
  const replacing = paths
    .filter((path) => replacedBy[type]?.includes(path[0] ?? "") || replaceOnChanges.some((one) => isWithin(path, one)))
    .map(([input = ""]) => follows.get(input) ?? `A change of ${input} makes another one.`);
  const forced = follows.get("*") ?? (hasNewTrigger(changes) ? "Its replacementTrigger has changed." : undefined);
  if (replacing.length > 0 || forced !== undefined) {
    return { effect: "replace", reasons: [...new Set([...replacing, ...(forced === undefined ? [] : [forced])])] };
  }
  return changed.length === 0 ? untouched : keptVerdict(type, { changed, paths, inputs }, follows);
}

function hasNewTrigger(changes: readonly Change[]): boolean {
  return changes.some(({ path }) => path[0] === "options" && path[1] === "replacementTrigger");
}

/** Of a resource that stays the same one. */
function keptVerdict(type: string, change: TypeChange, follows: ReadonlyMap<string, string>): Verdict {
  const { changed } = change;
  const special = typeVerdict(type, change);
  if (special !== undefined) {
    return special;
  }
  if (changed.every((input) => onlyAtCreation[type]?.includes(input))) {
    return { effect: "none", reasons: [`${changed.join(", ")} count only when it is made.`] };
  }
  const unsure = replacedBy[type] === undefined && !type.startsWith("pulumi:providers:");
  return {
    effect: "update",
    reasons: [
      ...new Set(changed.flatMap((input) => follows.get(input) ?? [])),
      ...(unsure ? ["Or it is replaced: the preview does not know this type."] : []),
    ],
  };
}

/** Whether a change is in what an option's path names, `tags.x`, `tags["x"]` or `ingress[*].description`. */
function isWithin(path: readonly string[], named: string): boolean {
  const names = named.match(/[^.[\]"]+/g) ?? [];
  return names.every((name, index) => name === "*" || name === path[index]?.replace(/^\[(.*)\]$/, "$1"));
}

/** A launch template whose group rolls says so itself, since it is what a reviewer looks at. */
function withFleet(
  draft: Draft,
  dependents: ReadonlyMap<string, readonly Draft[]>,
): Pick<Outcome, "effect" | "reasons" | "toldBy"> {
  const { verdict, pair } = draft;
  if (verdict.effect === "roll" && draft.changes.length === 0) {
    return { ...verdict, toldBy: "template" };
  }
  if (verdict.effect !== "next-boot") {
    return verdict;
  }
  const rolling = (dependents.get(pair.after.urn) ?? []).filter((dependent) => dependent.verdict.effect === "roll");
  return rolling.length === 0
    ? verdict
    : {
        effect: "roll",
        toldBy: "group",
        reasons: rolling.map(
          ({ pair: { after }, verdict: { reasons } }) => `${after.name} replaces its hosts: ${reasons.join(" ")}`,
        ),
      };
}
