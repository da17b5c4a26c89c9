import type { Format } from "../decode";
import type { Value } from "../manifest";

/**
 * A value in the form in which two of it are compared: packed text is unpacked, a document is what it says, and what
 * has no order has keys instead of positions.
 */
export type Meaning =
  | { readonly kind: "value"; readonly value: Value }
  | Keyed
  | { readonly kind: "ordered"; readonly items: readonly Meaning[] }
  | { readonly kind: "lines"; readonly text: string }
  | Document;

export interface Keyed {
  readonly kind: "keyed";
  readonly entries: ReadonlyMap<string, Meaning>;
  /** What the keys leave out, or say in words that could stand for something else: it has to be the same as well. */
  readonly exact: string;
}

/** A text, and what it says. Two that say the same, each in its own way, still differ in their lines. */
export interface Document {
  readonly kind: "document";
  readonly format: Format | "packed";
  readonly text: string;
  readonly content: Meaning;
}

export function scalar(value: Value): Meaning {
  return { kind: "value", value };
}

export function keyed(entries: Iterable<readonly [string, Meaning]>): Keyed {
  return { kind: "keyed", entries: new Map(entries), exact: "" };
}

/** Entries under keys of their own; what has the key of an earlier one is numbered, `tcp 22 from … #2`. */
export function keyedBy(items: readonly (readonly [key: string, meaning: Meaning])[], exact = keysOf(items)): Keyed {
  const entries = new Map<string, Meaning>();
  for (const [key, meaning] of items) {
    let unique = key;
    for (let number = 2; entries.has(unique); number += 1) {
      unique = `${key} #${number}`;
    }
    entries.set(unique, meaning);
  }
  return { kind: "keyed", entries, exact };
}

function keysOf(items: readonly (readonly [key: string, meaning: Meaning])[]): string {
  return JSON.stringify(items.map(([key]) => key).sort());
}

/** What a member of a set has under its key: being there is all that there is to say. */
export const member: Meaning = { kind: "value", value: true };

/** The meaning as plain data, as small as it can be said. */
export function plain(meaning: Meaning): Value {
  switch (meaning.kind) {
    case "value":
      return meaning.value;
    case "lines":
      return meaning.text;
    case "document":
      return plain(meaning.content);
    case "ordered":
      return meaning.items.map(plain);
    case "keyed": {
      const entries = [...meaning.entries];
      return entries.length > 0 && entries.every(([, entry]) => entry === member)
        ? entries.map(([key]) => key)
        : Object.fromEntries(entries.map(([key, entry]) => [key, plain(entry)]));
    }
  }
}
