import { columnsOf } from "./layout";

/**
 * Names in as few lines of at most `width` columns as a shell's braces can say them without adding any:
 * `net-ci-1a`, `net-ci-1b`, `net-pub-1a` and `net-pub-1b` are `net-{ci,pub}-1{a,b}`. Each line keeps its names.
 */
export function foldNames(names: readonly string[], width: number): { text: string; names: readonly string[] }[] {
  const parts = names.map(partsOf);
  const length = parts[0]?.length ?? 0;
  if (parts.some((each) => each.length !== length)) {
    return splitBy(names, (name) => partsOf(name).length).flatMap((some) => foldNames(some, width));
  }
  const choices = Array.from({ length }, (_, place) => [...new Set(parts.map((each) => each[place] ?? ""))]);
  const text = choices.map(braces).join("");
  const combinations = choices.reduce((product, choice) => product * choice.length, 1);
  const place = choices.findIndex((choice) => choice.length > 1);
  if (place < 0 || (combinations === names.length && columnsOf(text) <= width)) {
    return [{ text, names }];
  }
  return splitBy(names, (name) => partsOf(name)[place]).flatMap((some) => foldNames(some, width));
}

function splitBy(names: readonly string[], key: (name: string) => unknown): string[][] {
  const groups = new Map<unknown, string[]>();
  for (const name of names) {
    groups.set(key(name), [...(groups.get(key(name)) ?? []), name]);
  }
  return [...groups.values()];
}

/** `net-ci-1a` in the parts that may vary: `net-`, `ci-`, `1`, `a`. */
function partsOf(name: string): string[] {
  return name.split(/(?<=[-_./:])|(?<=\d)(?=[a-z]$)/);
}

function braces(choice: readonly string[]): string {
  const [first = ""] = choice;
  if (choice.length === 1) {
    return first;
  }
  const end = /[-_./:]$/.exec(first)?.[0] ?? "";
  return choice.every((part) => part.endsWith(end) && part.length > end.length)
    ? `{${choice.map((part) => part.slice(0, part.length - end.length)).join(",")}}${end}`
    : `{${choice.join(",")}}`;
}
