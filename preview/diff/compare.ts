import { diffArrays, structuredPatch } from "diff";
import type { Value } from "../manifest";
import { type Meaning, member, plain } from "./meaning";

/** One difference between two values, at the deepest place where it can be told. */
export type Change = ValueChange | LinesChange;

/** A value that is there on one side only, or on both and is not the same. */
export interface ValueChange {
  readonly kind: "value";
  readonly path: readonly string[];
  readonly before?: Value;
  readonly after?: Value;
}

/** A text of which some lines are not the same. */
export interface LinesChange {
  readonly kind: "lines";
  readonly path: readonly string[];
  readonly hunks: readonly Hunk[];
}

export interface Hunk {
  /** Number of the first line, in the text after the change. */
  readonly start: number;
  /** Each with its sign before it: `+`, `-` or a space. */
  readonly lines: readonly string[];
}

/** Lines around a change that say where it is. */
const contextLines = 2;

/** Every difference, in the order of the keys. None if and only if both are the same. */
export function compare(
  before: Meaning | undefined,
  after: Meaning | undefined,
  path: readonly string[] = [],
): readonly Change[] {
  if (before === undefined || after === undefined) {
    return before === undefined && after === undefined ? [] : oneSided(before, after, path);
  }
  if (before === after) {
    return [];
  }
  if (before.kind === "keyed" && after.kind === "keyed") {
    const keys = [...new Set([...before.entries.keys(), ...after.entries.keys()])].sort(namesFirst);
    const changes = keys.flatMap((key) => compare(before.entries.get(key), after.entries.get(key), [...path, key]));
    return changes.length > 0 || before.exact === after.exact
      ? changes
      : [{ kind: "value", path, before: before.exact, after: after.exact }];
  }
  if (before.kind === "document" && after.kind === "document") {
    if (before.text === after.text) {
      return [];
    }
    const changes = compare(before.content, after.content, path);
    if (changes.length > 0) {
      return changes;
    }
    // Written otherwise, and still the same: a comment, an order of keys.
    return before.format === "packed"
      ? [{ kind: "value", path, before: "the same content", after: "in another order or packing" }]
      : lineChanges(before.text, after.text, path);
  }
  if (before.kind === "lines" && after.kind === "lines") {
    return lineChanges(before.text, after.text, path);
  }
  if (before.kind === "ordered" && after.kind === "ordered") {
    return orderedChanges(before.items, after.items, path);
  }
  const [left, right] = [plain(before), plain(after)];
  return sameValue(left, right) ? [] : [{ kind: "value", path, before: left, after: right }];
}

/** Names come before paths: what a machine runs before the files on it. */
function namesFirst(a: string, b: string): number {
  return Number(a.startsWith("/")) - Number(b.startsWith("/")) || (a < b ? -1 : 1);
}

/** A text that comes or goes stands there line by line, a mapping entry by entry, all else in one piece. */
function oneSided(before: Meaning | undefined, after: Meaning | undefined, path: readonly string[]): Change[] {
  const only = before ?? after;
  if (only === member) {
    const item = path.at(-1) ?? "";
    return [{ kind: "value", path: path.slice(0, -1), ...(before === undefined ? { after: item } : { before: item }) }];
  }
  const text = only?.kind === "lines" || only?.kind === "document" ? only.text : undefined;
  if (text?.includes("\n")) {
    return lineChanges(before ? text : "", after ? text : "", path);
  }
  if (
    only?.kind === "keyed" &&
    only.entries.size > 0 &&
    ![...only.entries.values()].every((entry) => entry === member)
  ) {
    return [...only.entries].flatMap(([key, entry]) => oneSided(before && entry, after && entry, [...path, key]));
  }
  return [
    {
      kind: "value",
      path,
      ...(before === undefined ? {} : { before: plain(before) }),
      ...(after === undefined ? {} : { after: plain(after) }),
    },
  ];
}

function lineChanges(before: string, after: string, path: readonly string[]): Change[] {
  if (before === after) {
    return [];
  }
  const options = { context: contextLines, maxEditLength };
  const patch = structuredPatch("", "", before, after, "", "", options) ?? whole(before, after);
  return [
    {
      kind: "lines",
      path,
      hunks: patch.hunks.map(({ newStart, lines }) => ({
        start: newStart,
        lines: lines.filter((line) => !line.startsWith("\\")),
      })),
    },
  ];
}

/** Lines that two texts may differ in and still be searched for what they share, which takes the square of it in time. */
const maxEditLength = 2000;

/** One text in place of the other. */
function whole(before: string, after: string) {
  const lines = (sign: string, text: string) =>
    text
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => sign + line);
  return { hunks: [{ newStart: 1, lines: [...lines("-", before), ...lines("+", after)] }] };
}

/** By the longest common subsequence. An item that one stands in place of is compared with it. */
function orderedChanges(before: readonly Meaning[], after: readonly Meaning[], path: readonly string[]): Change[] {
  const changes: Change[] = [];
  const parts = diffArrays([...before], [...after], { comparator: (a, b) => compare(a, b).length === 0 });
  let [left, right] = [0, 0];
  let removed: readonly Meaning[] = [];
  const flush = (added: readonly Meaning[]) => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      const position = index < added.length ? right + index : left - removed.length + index;
      changes.push(...compare(removed[index], added[index], [...path, `[${position}]`]));
    }
    removed = [];
  };
  for (const part of parts) {
    if (part.removed) {
      left += part.value.length;
      removed = part.value;
    } else {
      flush(part.added ? part.value : []);
      right += part.value.length;
      left += part.added ? 0 : part.value.length;
    }
  }
  flush([]);
  return changes;
}

function sameValue(a: Value, b: Value): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
