import { foldNames } from "./foldNames";
import { type Cell, type Colours, columnsOf, gap, grid, pageWidth, visible } from "./layout";
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

/** What stands before a name, by its place among its siblings, and before what is below it. */
const leads = { child: "├─ ", lastChild: "└─ ", beside: "│  ", under: "   " };

interface Style {
  /** A name that takes more columns stands on a line of its own. */
  readonly nameWidth: number;
  readonly colours: Colours;
}

/** The resources under their parents, in the order of the program's lines, each with the line that made it. */
export function resourceTree({ resources }: Manifest, colours: Colours): string[] {
  const roots = branches(family(resources), "", 0);
  const all = roots.flatMap(withDescendants);
  const widest = (cell: (branch: Branch) => string) => Math.max(0, ...all.map((branch) => columnsOf(cell(branch))));
  const nameWidth = pageWidth - widest(typeOf) - widest(sourceOf) - columnsOf(gap) * 2;
  return grid(roots.flatMap((root) => rowsOf(root, "", "", { nameWidth, colours })));
}

function withDescendants(branch: Branch): Branch[] {
  return [branch, ...branch.children.flatMap(withDescendants)];
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

function branches(children: Family, parent: string, depth: number): Branch[] {
  const siblings = [...(children.get(parent) ?? [])].sort(byProgramOrder);
  const width = pageWidth - leads.child.length * depth;
  return alike(siblings, children).flatMap((group) => {
    const byName = new Map(group.map((resource) => [visible(resource.name), resource]));
    return foldNames([...byName.keys()], width).flatMap(({ text, names }): Branch[] => {
      const resource = byName.get(names[0] ?? "");
      return resource === undefined
        ? []
        : [{ names: text, count: names.length, resource, children: branches(children, resource.urn, depth + 1) }];
    });
  });
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

function rowsOf(branch: Branch, lead: string, below: string, style: Style): Cell[][] {
  const { names, resource, children } = branch;
  const { colours } = style;
  const paintName = (text: string) => lead + colours.bold(text.slice(lead.length));
  const name: Cell = resource.custom ? lead + names : { text: lead + names, paint: paintName };
  const next = below + (children.length > 0 ? leads.beside : leads.under);
  const facts = [typeOf(branch), { text: sourceOf(branch), paint: colours.dim }];
  const note = marks(resource);
  return [
    ...(columnsOf(lead + names) > style.nameWidth ? [[name], [next.trimEnd(), ...facts]] : [[name, ...facts]]),
    ...(note === "" ? [] : [[next + note]]),
    ...children.flatMap((child, index) => {
      const isLast = index === children.length - 1;
      return rowsOf(
        child,
        below + (isLast ? leads.lastChild : leads.child),
        below + (isLast ? leads.under : leads.beside),
        style,
      );
    }),
  ];
}

function typeOf({ resource: { type, custom }, count }: Branch): string {
  return visible(typeName(type, custom)) + (count > 1 ? ` ×${count}` : "");
}

function sourceOf({ resource }: Branch): string {
  return visible(resource.source);
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
