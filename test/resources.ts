import * as assert from "node:assert/strict";
import type { Manifest, ManifestResource } from "../preview/manifest";

/** The one resource of this name; fails if there is none or more than one. */
export function only(manifest: Manifest, name: string): ManifestResource {
  const [resource, ...more] = manifest.resources.filter((candidate) => candidate.name === name);
  assert.ok(resource !== undefined, `there is no resource ${name}`);
  assert.deepEqual(more, [], `there is more than one resource ${name}`);
  return resource;
}

export function inputsOf(manifest: Manifest, name: string): ManifestResource["inputs"] {
  return only(manifest, name).inputs;
}

/** `name: type in parent's type`, sorted. */
export function ownership(manifest: Manifest): string[] {
  const typeOf = new Map(manifest.resources.map(({ urn, type }) => [urn, type]));
  return manifest.resources
    .map(({ name, type, parent }) => `${name}: ${type} in ${typeOf.get(parent) ?? "the stack"}`)
    .sort();
}
