import { userDataInputs } from "../hostPlan";
import type { ManifestResource } from "../manifest";
import { symbolsIn } from "../symbols";
import { decodeUserData } from "../userData";
import { inputMeaning, resourceMeaning } from "./awsMeaning";
import { type Change, compare } from "./compare";
import type { Meaning } from "./meaning";
import { nameOf, type Pair } from "./pairs";
import { moveOf, providerUrn } from "./providers";
import { withNames } from "./renames";
import { onlyAtCreation, replacedBy, replaces, versionOutputs } from "./replacements";
import { type Effect, isCommand, type TypeChange, typeVerdict, type Verdict } from "./typeVerdict";

/** What becomes of one resource. */
export interface Outcome extends Pair {
  readonly effect: Effect;
  /** Sentences: what makes it so, and what follows. */
  readonly reasons: readonly string[];
  /** Of inputs, and of options under `options`; none where it only follows what happens to another. */
  readonly changes: readonly Change[];
  /** Whether another outcome tells of the same event: a launch template of the fleet that it rolls. */
  readonly toldBy?: "group" | "template";
  /** Whether it may be replaced, for all that the preview knows. */
  readonly mayReplace?: boolean;
}

interface Draft {
  readonly pair: Required<Pair>;
  readonly changes: readonly Change[];
  /** Inputs that change because of what another resource does, to the sentence that says so. */
  readonly follows: Map<string, string>;
  /** What holds for the resource as such: it is read from now on, or has another provider. */
  readonly fate: Verdict | undefined;
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
  const urns = new Map(kept.map(({ before, after }) => [before.urn, after.urn]));
  const drafts = kept.map((pair) => draftOf({ ...pair, before: withNames(pair.before, names) }, urns));
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
  const { readId, importId, retainOnDelete } = (after ?? before)?.options ?? {};
  if (readId !== undefined) {
    const sentence = after === undefined ? "It was only looked up" : `It is only looked up (${readId})`;
    return { ...(after ? { after } : before && { before }), effect: "none", reasons: [`${sentence}.`], changes: [] };
  }
  if (after !== undefined) {
    const reasons =
      importId === undefined ? [] : [`It is there already: ${importId} is taken into the stack (import).`];
    return { after, effect: "create", reasons, changes: [] };
  }
  const reasons = retainOnDelete ? ["It is only forgotten: it stays in the account (retainOnDelete)."] : [];
  return { ...(before && { before }), effect: "delete", reasons, changes: [] };
}

function draftOf(pair: Required<Pair>, urns: ReadonlyMap<string, string>): Draft {
  const { before, after } = pair;
  const changes = [
    ...compare(resourceMeaning(before), resourceMeaning(after)),
    ...compare(optionsMeaning(before), optionsMeaning(after), ["options"]),
  ];
  const draft = { pair, changes, follows: new Map<string, string>(), fate: fateOf(pair, urns), verdict: untouched };
  return { ...draft, verdict: verdictOf(draft) };
}

/** pulumi/pulumi, pkg/resource/deploy, step_generator.go: GenerateReadSteps and providerChanged. */
function fateOf({ before, after }: Required<Pair>, urns: ReadonlyMap<string, string>): Verdict | undefined {
  const [wasRead, isRead] = [before, after].map(({ options }) => options.readId !== undefined);
  if (isRead && wasRead) {
    return { effect: "none", reasons: ["It is only looked up."] };
  }
  if (isRead) {
    const kept = before.options.retainOnDelete ? "forgotten (retainOnDelete)" : "deleted";
    return {
      effect: "delete",
      reasons: [`It is only looked up from now on (${after.options.readId}): what the stack has made is ${kept}.`],
    };
  }
  if (wasRead) {
    return { effect: "create", reasons: ["It was only looked up: now the stack makes one of its own."] };
  }
  const [former, provider] = [urns.get(providerUrn(before)) ?? providerUrn(before), providerUrn(after)];
  return former === provider || !after.custom
    ? undefined
    : { effect: "replace", reasons: [`It has another provider: ${nameOf(provider) || "the default"}.`] };
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
    const others = [...(options.replaceWith ?? []), providerUrn(draft.pair.after)];
    for (const urn of new Set([...Object.values(propertyDependencies).flat(), ...others])) {
      dependents.set(urn, [...(dependents.get(urn) ?? []), draft]);
    }
  }
  return dependents;
}

/** Marks the inputs that the effect changes; says whether there are any that were not marked before. */
function passOn(
  { pair: { after: source }, changes, verdict: { effect } }: Draft,
  { pair, follows }: Pick<Draft, "pair" | "follows">,
): boolean {
  const { propertyDependencies, options } = pair.after;
  const known = follows.size;
  const sentence = effect === "replace" ? `${source.name} is replaced.` : `${source.name} gets a new version.`;
  if (effect === "replace" && options.replaceWith?.includes(source.urn)) {
    follows.set("*", sentence); // Of no input, and of all.
  }
  const move = providerUrn(pair.after) === source.urn ? moveOf(source, changes) : undefined;
  if (move !== undefined) {
    follows.set(move.isReplacement ? "*" : "?", `${source.name} ${move.sentence}.`);
  }
  for (const [input, urns] of Object.entries(propertyDependencies)) {
    if (urns.includes(source.urn) && holdsChanged(pair.after, input, source, effect) && !follows.has(input)) {
      follows.set(input, sentence);
    }
  }
  return follows.size > known;
}

/**
 * Whether an input has a symbol of a resource whose meaning the effect on that changes. Of a secret one no symbols are
 * told, only of which resources they are.
 */
function holdsChanged(
  resource: ManifestResource,
  input: string,
  { type, name }: ManifestResource,
  effect: Effect,
): boolean {
  const outputs = effect === "next-boot" ? (versionOutputs[type] ?? []) : [];
  if (resource.secretInputs.some((path) => path.split(/[.[]/)[0] === input)) {
    return effect === "replace";
  }
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

function verdictOf({ pair, changes, follows, fate }: Omit<Draft, "verdict">): Verdict {
  const { type, custom, inputs, options } = pair.after;
  if (!custom || fate !== undefined) {
    return fate ?? untouched;
  }
  const { ignoreChanges = [], replaceOnChanges = [] } = options;
  const applied = appliedNow(pair);
  const all: readonly (readonly string[])[] = [
    ...changes.filter(({ path }) => path[0] !== "options").map(({ path }) => path),
    ...[...follows.keys()].filter((input) => !wholeResource.includes(input)).map((input) => [input]),
    ...applied.flatMap((named) => (named === "*" ? Object.keys(inputs).map((input) => [input]) : [namesIn(named)])),
  ];
  const paths = all.filter((path) => !ignoreChanges.some((ignored) => isWithin(path, ignored)));
  const changed = [...new Set(paths.map(([input = ""]) => input))];
  if (all.length > 0 && paths.length === 0) {
    const names = [...new Set(all.map(([input = ""]) => input))];
    return { effect: "none", reasons: [`Changes of ${names.join(", ")} are ignored (ignoreChanges).`] };
  }
  const replacing = paths
    .filter((path) => replaces(type, path) || replaceOnChanges.some((one) => isWithin(path, one)))
    .map(([input = ""]) => follows.get(input) ?? `A change of ${input} makes another one.`);
  const forced = follows.get("*") ?? (hasNewTrigger(changes) ? "Its replacementTrigger has changed." : undefined);
  if (replacing.length > 0 || forced !== undefined) {
    if (isCommand(type) && pair.before.inputs.delete === undefined) {
      // Nothing is undone, so that another one is the same one that runs once more.
      return { effect: "rerun", reasons: [...new Set(follows.values())] };
    }
    return { effect: "replace", reasons: [...new Set([...replacing, ...(forced === undefined ? [] : [forced])])] };
  }
  const said = applied.map((named) => `The deployment now applies ${named}, which ignoreChanges held back.`);
  const move = follows.get("?");
  const kept =
    changed.length === 0
      ? untouched
      : keptVerdict(type, { changed, paths, formerInputs: pair.before.inputs, inputs }, follows);
  return {
    ...kept,
    ...(move === undefined ? {} : { effect: kept.effect === "none" ? "update" : kept.effect, mayReplace: true }),
    reasons: [...said, ...(move === undefined ? [] : [move]), ...kept.reasons],
  };
}

/** What {@link Draft.follows} has of the resource as such: it is replaced, or it may be. */
const wholeResource = ["*", "?"];

/** The resource as it was, without the inputs that ignoreChanges held back until now: what they are is not known. */
export function asDeployed(pair: Pair): ManifestResource | undefined {
  const { before } = pair;
  const unknown = appliedNow(pair).map((named) => namesIn(named)[0] ?? "");
  if (before === undefined || unknown.length === 0) {
    return before;
  }
  const known = Object.entries(before.inputs).filter(([input]) => !unknown.includes(input) && !unknown.includes("*"));
  return { ...before, inputs: Object.fromEntries(known) };
}

/** What ignoreChanges names no more: the value that it held back may be any. */
function appliedNow({ before, after }: Pair): string[] {
  const { ignoreChanges = [] } = after?.options ?? {};
  return (before?.options.ignoreChanges ?? []).filter(
    (former) => after !== undefined && !ignoreChanges.some((named) => isWithin(namesIn(former), named)),
  );
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
  const isKnown = replacedBy[type] !== undefined || type.startsWith("pulumi:providers:");
  const unsure = !isKnown && !changed.every((input) => /^tags(?:All)?$/.test(input));
  return {
    effect: "update",
    ...(unsure ? { mayReplace: true } : {}),
    reasons: [
      ...new Set(changed.flatMap((input) => follows.get(input) ?? [])),
      ...(unsure ? ["Or it is replaced: the preview does not know this type."] : []),
    ],
  };
}

/** Whether a change is in what an option's path names, `tags.x`, `tags["x"]` or `ingress[*].description`. */
function isWithin(path: readonly string[], named: string): boolean {
  return namesIn(named).every((name, index) => name === "*" || name === path[index]?.replace(/^\[(.*)\]$/, "$1"));
}

function namesIn(named: string): string[] {
  return named.match(/[^.[\]"]+/g) ?? [];
}

/** A launch template whose group rolls says so itself, since it is what a reviewer looks at. */
function withFleet(
  draft: Draft,
  dependents: ReadonlyMap<string, readonly Draft[]>,
): Pick<Outcome, "effect" | "reasons" | "toldBy" | "mayReplace"> {
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
