import type { ManifestResource, Value } from "../manifest";
import { symbolsIn } from "../symbols";
import { inputMeaning, resourceMeaning } from "./awsMeaning";
import { type Change, compare } from "./compare";
import type { Pair } from "./pairs";
import { onlyAtCreation, replacedBy, versionOutputs } from "./replacements";
import { type Effect, typeVerdict, type Verdict } from "./typeVerdict";

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
  const drafts = all.flatMap((pair) => (isKept(pair) ? [draftOf(pair)] : []));
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
    ...compare(inputMeaning("", { ...before.options }), inputMeaning("", { ...after.options }), ["options"]),
  ];
  const draft = { pair, changes, follows: new Map<string, string>(), verdict: untouched };
  return { ...draft, verdict: verdictOf(draft) };
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
  const { inputs, propertyDependencies, options } = pair.after;
  const known = follows.size;
  const sentence = effect === "replace" ? `${source.name} is replaced.` : `${source.name} gets a new version.`;
  if (effect === "replace" && options.replaceWith?.includes(source.urn)) {
    follows.set("*", sentence); // Of no input, and of all.
  }
  for (const [input, urns] of Object.entries(propertyDependencies)) {
    if (urns.includes(source.urn) && holdsChanged(inputs[input] ?? null, source, effect) && !follows.has(input)) {
      follows.set(input, sentence);
    }
  }
  return follows.size > known;
}

/** Whether a value has a symbol of the resource whose meaning the effect changes. */
function holdsChanged(value: Value, { type, name }: ManifestResource, effect: Effect): boolean {
  const outputs = effect === "next-boot" ? (versionOutputs[type] ?? []) : [];
  return symbolsIn(JSON.stringify(value)).some((symbol) => {
    const [, owner, output] = /^‹(?:.*::)?(.+?)\.(\w+)›$/.exec(symbol) ?? [];
    return owner === name && (effect === "replace" || outputs.includes(output ?? ""));
  });
}

function verdictOf({ pair, changes, follows }: Pick<Draft, "pair" | "changes" | "follows">): Verdict {
  const { type, custom, inputs, options } = pair.after;
  const ignored = options.ignoreChanges ?? [];
  const own = [...new Set(changes.filter(({ path }) => path[0] !== "options").map(({ path: [input = ""] }) => input))];
  const changed = [...own, ...follows.keys()].filter((input) => !ignored.some((path) => isWithin(path, input)));
  const because = (input: string) => follows.get(input) ?? `A change of ${input} makes another one.`;
  if (!custom) {
    return untouched;
  }
  if (own.length > 0 && changed.length === 0) {
    return { effect: "none", reasons: [`Changes of ${own.join(", ")} are ignored (ignoreChanges).`] };
  }
  const replacing = changed.filter(
    (input) =>
      input === "*" ||
      replacedBy[type]?.includes(input) ||
      options.replaceOnChanges?.some((path) => isWithin(path, input)),
  );
  if (replacing.length > 0) {
    return { effect: "replace", reasons: [...new Set(replacing.map(because))] };
  }
  if (changes.some(({ path }) => path[1] === "replacementTrigger")) {
    return { effect: "replace", reasons: ["Its replacementTrigger has changed."] };
  }
  const special = changed.length > 0 ? typeVerdict(type, changed, inputs) : undefined;
  if (special !== undefined) {
    return special;
  }
  const late = changed.filter((input) => onlyAtCreation[type]?.includes(input));
  if (changed.length > 0 && late.length === changed.length) {
    return { effect: "none", reasons: [`${late.join(", ")} count only when it is made.`] };
  }
  const unsure = changed.length > 0 && replacedBy[type] === undefined && !isProvider(type);
  return changed.length === 0
    ? untouched
    : { effect: "update", reasons: unsure ? ["Or it is replaced: the preview does not know this type."] : [] };
}

function isProvider(type: string): boolean {
  return type.startsWith("pulumi:providers:");
}

/** Whether an option's path, `tags.x` or `tags["x"]`, is of this input. */
function isWithin(path: string, input: string): boolean {
  return path === input || path === "*" || (path.startsWith(input) && /^[.[]/.test(path.slice(input.length)));
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
