import type { Value } from "../preview/manifest";
import type { Resource } from "./rule";

export type Mapping = { readonly [key: string]: Value };

/** Whether only a deployment will know the value: it is made of symbols alone, ‹…›. */
export function isUnknown(value: Value | undefined): boolean {
  return typeof value === "string" && /^(?:‹[^‹›]*›)+$/.test(value);
}

/** Whether there is a value at all: what a provider answers has empty text where nothing was given. */
export function isGiven(value: Value | undefined): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** The value as a whole number, also where it is written as text. */
export function numberOf(value: Value | undefined): number | undefined {
  if (typeof value === "string" && /^\s*-?\d+\s*$/.test(value)) {
    return Number(value);
  }
  return typeof value === "number" ? value : undefined;
}

/** Providers take a boolean as text, too. */
export function isTrue(value: Value | undefined): boolean {
  return value === true || (typeof value === "string" && /^(true|1)$/i.test(value));
}

export function isMapping(value: Value | undefined): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list as it is, one value as a list of one, nothing as an empty list. */
export function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value as Value];
}

/** A mapping whose keys count in any case, as IAM takes those of a policy; of what is none, an empty one. */
export function lowerKeys(value: Value | undefined): Mapping {
  return isMapping(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toLowerCase(), item]))
    : {};
}

/** The mappings in a list, or the one that stands there instead of a list, each with its path. */
export function mappingsAt(path: string, value: Value | undefined): { path: string; mapping: Mapping }[] {
  return listOf(value).flatMap((mapping, index) =>
    isMapping(mapping) ? [{ path: Array.isArray(value) ? `${path}[${index}]` : path, mapping }] : [],
  );
}

/** Every text in a value, at any depth, with its path. */
export function textsAt(path: string, value: Value | undefined): { path: string; text: string }[] {
  if (typeof value === "string") {
    return [{ path, text: value }];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => textsAt(`${path}[${index}]`, item));
  }
  return isMapping(value) ? Object.entries(value).flatMap(([key, item]) => textsAt(`${path}.${key}`, item)) : [];
}

/** URNs of what an input comes from. */
export function linksOf({ propertyDependencies }: Resource, ...inputs: string[]): string[] {
  return inputs.flatMap((input) => propertyDependencies[input] ?? []);
}
