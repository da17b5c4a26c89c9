import { type Posture, posture } from "../policy/posture";
import { isMapping } from "./configDeclarations";
import { glance } from "./glance";
import { hostPlans } from "./hostPlan";
import { hostPlanText } from "./hostPlanText";
import { inWords } from "./inWords";
import { type Cell, type Colours, columnsOf, grid, pageWidth, visible } from "./layout";
import type { Manifest, ManifestResource, Value } from "./manifest";
import { postureSection } from "./posture/text";
import { releaseText } from "./releaseText";
import { repeats } from "./repeats";
import { resourceTree } from "./resourceTree";
import type { RunningState } from "./runningStates";
import { typeName } from "./typeName";
import { violationText } from "./violationText";

export interface TextOptions {
  readonly hostPlanOnly: boolean;
  /** What stacks exported when they were last deployed, as far as that is given. */
  readonly running?: readonly RunningState[];
  readonly colours: Colours;
}

/** The preview for a person, 100 columns wide: each stack under its own heading. */
export function previewText(
  manifests: readonly Manifest[],
  { hostPlanOnly, running = [], colours }: TextOptions,
): string {
  const stacks = manifests.map((manifest) => ({ manifest, plans: hostPlans(manifest) }));
  const seen = repeats(stacks.map(({ manifest, plans }) => ({ stack: manifest.stack, plans })));
  const found = posture(hostPlanOnly ? [] : manifests);
  const lines = stacks.flatMap(({ manifest, plans }) => {
    const machines = plans.map((plan) => hostPlanText(plan, { whole: hostPlanOnly, seen, colours }));
    const hostPlan = section("Host plan", paragraphs(machines, "No machine here has user data."), colours);
    const content = hostPlanOnly ? hostPlan : overview(manifest, { hostPlan, found, running }, colours);
    return [heading(manifest, colours), ...content, ""];
  });
  return highlightSymbols(lines.join("\n"), colours);
}

interface Overview {
  readonly hostPlan: readonly string[];
  /** Of all stacks, since one may be behind another. */
  readonly found: Posture;
  readonly running: readonly RunningState[];
}

function overview(manifest: Manifest, { hostPlan, found, running }: Overview, colours: Colours): string[] {
  return [
    ...section("Rules that it breaks: docs/policies.md", violationText(manifest, colours), colours),
    ...section("Release: docs/rollout.md", releaseText(manifest, running, colours), colours),
    ...section("At a glance", paragraphs(glance(manifest, colours), ""), colours),
    ...section("Posture", postureSection(found, manifest.stack, colours), colours),
    ...section("Resources, and the line that makes each", resourceTree(manifest, colours), colours),
    ...section("By type", countsByType(manifest.resources, colours), colours),
    ...hostPlan,
    ...section("Exports", exportsOf(manifest.outputs, colours), colours),
  ];
}

/** A section without content is left out. */
function section(title: string, content: readonly string[], colours: Colours): string[] {
  return content.some((line) => line !== "") ? ["", rule("─", title, "", colours), "", ...content] : [];
}

function heading({ project, stack, resources }: Manifest, colours: Colours): string {
  const components = resources.filter(({ custom }) => !custom).length;
  const count = `${resources.length - components} resources in ${components} components`;
  return rule("━", visible(stack), visible(`${project}: ${count}`), colours);
}

export function rule(line: string, left: string, right: string, colours: Colours): string {
  const start = line.repeat(2);
  const end = right === "" ? "" : ` ${right} ${start}`;
  const filling = pageWidth - columnsOf(`${start} ${left} `) - columnsOf(end);
  return `${colours.dim(start)} ${colours.bold(left)} ${colours.dim(line.repeat(Math.max(filling, 0)) + end)}`;
}

/** The number of each type, most first, in as many columns as fit, read downwards. */
function countsByType(resources: readonly ManifestResource[], colours: Colours): string[] {
  const counts = new Map<string, number>();
  for (const { type, custom } of resources) {
    const name = visible(typeName(type, custom));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const entries = [...counts].sort(([aName, a], [bName, b]) => b - a || (aName < bName ? -1 : 1));
  const widest = Math.max(0, ...entries.map(([name]) => columnsOf(name))) + "000  ".length;
  const across = Math.max(1, Math.floor((pageWidth + 4) / (widest + 4)));
  const down = Math.ceil(entries.length / across);
  const rows = Array.from({ length: down }, (_, row) =>
    entries
      .filter((_entry, index) => index % down === row)
      .flatMap(([name, count]): Cell[] => [{ text: `${count}`, paint: colours.bold }, `${name}  `]),
  );
  return grid(rows, { right: Array.from({ length: across }, (_, column) => column * 2) });
}

function exportsOf(outputs: Manifest["outputs"], colours: Colours): string[] {
  const rows = Object.entries(outputs).map(([name, value]): Cell[] => [
    { text: visible(name), paint: colours.dim },
    inWords(inBrief(name, value)),
  ]);
  return grid(rows);
}

/** Exports that a person knows by one of their values; all of them are in the JSON. */
const briefly: Readonly<Record<string, string>> = { release: "id", provenRelease: "id" };

function inBrief(name: string, value: Value): Value {
  const key = briefly[name];
  return key !== undefined && isMapping(value) ? (value[key] ?? value) : value;
}

function paragraphs(blocks: readonly (readonly string[])[], none: string): string[] {
  return blocks.length === 0 ? [none] : blocks.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

/** Symbols stand for what only a deployment knows: they have a colour of their own wherever they are. */
function highlightSymbols(text: string, colours: Colours): string {
  return text.replace(/‹[^‹›]{1,200}›/g, (symbol) => colours.cyan(symbol));
}
