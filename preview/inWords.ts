import { visible } from "./layout";
import type { Value } from "./manifest";

/** A value on one line: text and numbers as they are, a list with commas, a mapping as JSON. */
export function inWords(value: Value): string {
  if (typeof value === "string") {
    return visible(value);
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? "none" : value.map(inWords).join(", ");
  }
  return visible(JSON.stringify(value));
}
