import type { Manifest, ManifestResource } from "../manifest";
import type { Outcome } from "./effects";
import { widerGrants } from "./grants";
import { openingsOf, weakened } from "./openings";
import { holds } from "./replacements";

/** What a change opens or takes away, in a sentence that goes on after the resource's name. */
export interface Exposure {
  readonly kind: "blocked" | "destroys" | "exposes";
  readonly sentence: string;
  /** Name of the resource. */
  readonly name: string;
  readonly source: string;
}

/** What the change opens, and what it takes away for good; what a deployment refuses first. */
export function exposures(found: readonly Outcome[], base: Manifest | undefined): Exposure[] {
  const known = new Set((base?.resources ?? []).map(({ name }) => name));
  return [
    ...found.flatMap(blocked),
    ...found.flatMap(destroyed),
    ...found.flatMap(({ before, after }) =>
      after === undefined ? [] : opened(before, after, known).map((sentence) => exposure("exposes", sentence, after)),
    ),
  ];
}

function exposure(kind: Exposure["kind"], sentence: string, { name, source }: ManifestResource): Exposure {
  return { kind, sentence, name, source };
}

/** pulumi/pulumi, pkg/resource/deploy, step_generator.go: what counts is whether it was protected so far. */
function blocked({ before, effect }: Outcome): Exposure[] {
  if (before?.options.protect !== true || (effect !== "replace" && effect !== "delete")) {
    return [];
  }
  const verb = effect === "replace" ? "be replaced" : "be deleted";
  return [
    exposure("blocked", `is protected and would ${verb}: the deployment will fail; remove protect first`, before),
  ];
}

function destroyed({ before, after, effect }: Outcome): Exposure[] {
  const kept = after?.options.retainOnDelete ?? before?.options.retainOnDelete;
  const lost = before === undefined ? undefined : holds[before.type];
  const losses =
    before === undefined || lost === undefined || kept || (effect !== "delete" && effect !== "replace")
      ? []
      : [exposure("destroys", `is ${effect}d, and ${lost} with it`, before)];
  const unprotected = before?.options.protect === true && after !== undefined && after.options.protect !== true;
  return unprotected ? [...losses, exposure("destroys", "is no longer protected from deletion", after)] : losses;
}

function opened(before: ManifestResource | undefined, after: ManifestResource, known: ReadonlySet<string>): string[] {
  const already = new Set(before === undefined ? [] : openingsOf(before).map(({ key }) => key));
  const openings = openingsOf(after).filter(({ key, on }) => !already.has(key) && (on === undefined || known.has(on)));
  return [
    ...new Set([
      ...openings.map(({ sentence }) => sentence),
      ...weakened(before, after),
      ...widerGrants(before, after),
    ]),
  ];
}
