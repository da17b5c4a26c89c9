import { foldNames } from "./foldNames";
import { type Cell, type Colours, columnsOf, grid, pageWidth, visible } from "./layout";
import type { Manifest, ManifestResource } from "./manifest";
import { typeName } from "./typeName";

/** One line of the tree: a resource, or several of a kind that one line of the program made. */
interface Branch {
  readonly names: string;
  readonly count: number;
  readonly resource: ManifestResource;
  readonly children: readonly Branch[];
}

type Family = ReadonlyMap<string, readonly ManifestResource[]>;

const leadWidth = 3;

/** The resources under their parents, in the order of the program's lines, each with the line that made it. */
export function resourceTree({ resources }: Manifest, colours: Colours): string[] {
  const widest = (cell: (resource: ManifestResource) => string) =>
    Math.max(0, ...resources.map((r) => columnsOf(cell(r))));
  const nameWidth = pageWidth - widest((r) => typeCell(r, 99)) - widest((r) => r.source) - "    ".length;
  const rows = branches(family(resources), "", nameWidth).flatMap((root) => rowsOf(root, "", "", colours));
  return grid(rows, { limits: [nameWidth] });
}

function family(resources: readonly ManifestResource[]): Family {
  const urns = new Set(resources.map(({ urn }) => urn));
  const children = new Map<string, ManifestResource[]>();
  for (const resource of resources) {
    const parent = urns.has(resource.parent) ? resource.parent : "";
    children.set(parent, [...(children.get(parent) ?? []), resource]);
  }
  return children;
}

function branches(children: Family, parent: string, nameWidth: number): Branch[] {
  const siblings = [...(children.get(parent) ?? [])].sort(byProgramOrder);
  return alike(siblings, children).flatMap((group) =>
    foldNames(
      group.map(({ name }) => visible(name)),
      nameWidth,
    ).flatMap(({ text, names }) => {
      const resource = group.find(({ name }) => visible(name) === names[0]);
      return resource === undefined
        ? []
        : [
            {
              names: text,
              count: names.length,
              resource,
              children: branches(children, resource.urn, nameWidth - leadWidth),
            },
          ];
    }),
  );
}

/** Runs of leaves that differ in nothing but their names. */
function alike(siblings: readonly ManifestResource[], children: Family): ManifestResource[][] {
  const groups = new Map<string, ManifestResource[]>();
  for (const resource of siblings) {
    const { urn, source, type } = resource;
    const key = children.has(urn) ? urn : JSON.stringify([source, type, marks(resource)]);
    groups.set(key, [...(groups.get(key) ?? []), resource]);
  }
  return [...groups.values()];
}

function rowsOf({ names, count, resource, children }: Branch, lead: string, below: string, colours: Colours): Cell[][] {
  const paintName = (text: string) =>
    lead + (resource.custom ? text.slice(lead.length) : colours.bold(text.slice(lead.length)));
  const note = marks(resource);
  const last = children.length - 1;
  return [
    [
      { text: lead + names, paint: paintName },
      typeCell(resource, count),
      { text: visible(resource.source), paint: colours.dim },
    ],
    ...(note === "" ? [] : [[`${below}${children.length > 0 ? "│" : " "} ${note}`]]),
    ...children.flatMap((child, index) =>
      rowsOf(child, below + (index === last ? "└─ " : "├─ "), below + (index === last ? "   " : "│  "), colours),
    ),
  ];
}

function typeCell({ type, custom }: ManifestResource, count: number): string {
  return visible(typeName(type, custom)) + (count > 1 ? ` ×${count}` : "");
}

/** What a reviewer must know of a resource beyond its type. */
function marks({ options, secretInputs }: ManifestResource): string {
  return [
    ...(options.protect ? ["protected"] : []),
    ...(options.retainOnDelete ? ["kept when deleted"] : []),
    ...(secretInputs.length > 0 ? [`secret: ${secretInputs.map(visible).join(", ")}`] : []),
  ].join("; ");
}

/** By file and line, so that the tree reads as the program does. */
function byProgramOrder(a: ManifestResource, b: ManifestResource): number {
  const [aFile, aLine] = position(a);
  const [bFile, bLine] = position(b);
  return compare(aFile, bFile) || aLine - bLine || compare(a.type, b.type) || compare(a.name, b.name);
}

function position({ source }: ManifestResource): [file: string, line: number] {
  const [file = "", line = "0"] = source.split(":");
  return [file, Number(line)];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
