import { inWords } from "../inWords";
import { byteSize, visible } from "../layout";
import type { Value } from "../manifest";
import { userDataLimitBytes } from "../userData";
import type { Change } from "./compare";
import { contentKey } from "./documents";
import type { Exposure } from "./exposures";
import type { Budget, Reason, ResourceReview, StackSummary } from "./review";
import type { Effect } from "./typeVerdict";

/** What is said of an effect, and the sign that stands before what has it. */
export const effectWords: Readonly<Record<Effect, { readonly sign: string; readonly text: string }>> = {
  delete: { sign: "-", text: "delete" },
  replace: { sign: "±", text: "replace" },
  roll: { sign: "↻", text: "rolls the fleet" },
  restart: { sign: "↻", text: "restart" },
  rerun: { sign: "»", text: "re-runs" },
  create: { sign: "+", text: "create" },
  update: { sign: "~", text: "in place" },
  "next-boot": { sign: "~", text: "nothing until the next boot" },
  none: { sign: "·", text: "nothing" },
};

/** What is said of an exposure. */
export const kindWords: Readonly<Record<Exposure["kind"], string>> = {
  blocked: "BLOCKED",
  destroys: "DESTROYS",
  breaks: "BREAKS",
  exposes: "EXPOSES",
};

/** A line of a change, with its sign: `+`, `-`, `~` for a value in place of another, a space for what is around it. */
export interface ChangeLine {
  readonly sign: "+" | "-" | "~" | " ";
  readonly text: string;
}

/** Longest that both values together may be, in characters, to stand on one line. */
const oneLine = 68;

/** The changes under the files and inputs that they are of. */
export function changeLines(changes: readonly Change[]): ChangeLine[] {
  let place = "";
  return changes.flatMap((change) => {
    const [heading, key] = placeOf(change.path);
    const lines = change.kind === "lines" ? hunkLines(change.hunks) : valueLines(key, change.before, change.after);
    const title = change.kind === "lines" && key !== "" ? [heading, key].filter(Boolean).join(" ") : heading;
    const head: ChangeLine[] = title === "" || title === place ? [] : [{ sign: " ", text: visible(title) }];
    place = title;
    return [...head, ...lines.map((line) => (title === "" ? line : { ...line, text: `  ${line.text}` }))];
  });
}

/** A file of user data by its path, and the key in it; an input's path in one piece. */
function placeOf(path: readonly string[]): [heading: string, key: string] {
  const file = path.findIndex((part) => part.startsWith("/"));
  if (file < 0 || !path[0]?.startsWith("userData")) {
    return ["", joined(path)];
  }
  return [path[file] ?? "", joined(path.slice(file + 1).filter((part, index) => index > 0 || part !== contentKey))];
}

function joined(path: readonly string[]): string {
  return path.map((part, index) => (index === 0 || part.startsWith("[") ? part : `.${part}`)).join("");
}

function hunkLines(hunks: Extract<Change, { kind: "lines" }>["hunks"]): ChangeLine[] {
  return hunks.flatMap(({ start, lines }, index): ChangeLine[] => [
    ...(index > 0 || start > 1 ? [{ sign: " " as const, text: `line ${start}` }] : []),
    ...lines.map((line) => ({ sign: line.charAt(0) as ChangeLine["sign"], text: visible(line.slice(1)) })),
  ]);
}

function valueLines(key: string, before: Value | undefined, after: Value | undefined): ChangeLine[] {
  const label = key === "" ? "" : `${visible(key)}: `;
  const [old, now] = [before, after].map((value) => (value === undefined ? undefined : valueText(value)));
  if (old !== undefined && now !== undefined && old.length + now.length <= oneLine) {
    return [{ sign: "~", text: old === now ? `${label}${old} changed` : `${label}${old} → ${now}` }];
  }
  return [
    ...(old === undefined ? [] : [{ sign: "-" as const, text: label + old }]),
    ...(now === undefined ? [] : [{ sign: "+" as const, text: label + now }]),
  ];
}

function valueText(value: Value): string {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
    return inWords(value);
  }
  return visible(typeof value === "string" && value !== "" ? value : JSON.stringify(value));
}

/** `2 replace, 1 in place` */
export function countsText({ state, counts }: StackSummary): string {
  const parts = Object.entries(effectWords).flatMap(([effect, { text }]) => {
    const count = counts[effect as Effect];
    return count === undefined ? [] : [`${count} ${text}`];
  });
  const done = parts.join(", ") || "nothing is done to a resource";
  return { changed: done, new: `new: ${done}`, gone: `gone: ${done}`, unchanged: "no change" }[state];
}

/** Why, with the stacks' names where it is not so in all. */
export function reasonText({ text, stacks }: Reason, all: readonly string[]): string {
  return stacks.length === all.length ? text : `${stacks.join(", ")}: ${text}`;
}

/** What is done: `create, 12 inputs not shown` */
export function effectText({ custom, effect, inputs }: ResourceReview): string {
  const { text } = effectWords[effect];
  if (!custom && effect === "none") {
    return "arguments";
  }
  return inputs === 0 ? text : `${text}, ${inputs} inputs not shown`;
}

export function budgetText({ name, before, after }: Budget): string {
  const share = Math.round((after / userDataLimitBytes) * 100);
  return `${visible(name)}: user data ${byteSize(before)} → ${byteSize(after)} of ${userDataLimitBytes / 1024} KiB (${share} %)`;
}
