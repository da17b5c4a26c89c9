import type { Manifest, ManifestResource } from "../manifest";

/** A resource before and after a change; one that is new has no before, one that goes no after. */
export interface Pair {
  readonly before?: ManifestResource;
  readonly after?: ManifestResource;
}

type ByUrn = ReadonlyMap<string, ManifestResource>;

/**
 * Finds for each resource what it was before, as Pulumi's engine does: by URN, then by the URNs that aliases give it and
 * its parents. Two runs of one stack, or of a stack and nothing.
 */
export function pairs(base: Manifest | undefined, head: Manifest | undefined): Pair[] {
  const before = byUrn(base);
  const after = byUrn(head);
  const taken = new Set<string>();
  const found = [...after.values()].map((resource): Pair => {
    const urn = [resource.urn, ...formerUrns(resource, after)].find((each) => before.has(each) && !taken.has(each));
    const former = urn === undefined ? undefined : before.get(urn);
    if (former === undefined) {
      return { after: resource };
    }
    taken.add(former.urn);
    return { before: former, after: resource };
  });
  const gone = [...before.values()].filter(({ urn }) => !taken.has(urn)).map((resource) => ({ before: resource }));
  return [...found, ...gone];
}

function byUrn(manifest: Manifest | undefined): ByUrn {
  return new Map((manifest?.resources ?? []).map((resource) => [resource.urn, resource]));
}

interface Identity {
  readonly name: string;
  readonly type: string;
  /** URN, or "" under the stack. */
  readonly parent: string;
}

/** pulumi/pulumi, pkg/resource/deploy, generateAliases: its own aliases, and those of its parent that it inherits. */
function formerUrns(resource: ManifestResource, all: ByUrn): string[] {
  const { urn, name, type, parent, options } = resource;
  const aliases = options.aliases ?? [];
  const identities: Identity[] = [
    { name, type, parent },
    ...aliases.filter((alias) => !alias.startsWith("urn:")).map((alias) => aliased({ name, type, parent }, alias)),
  ];
  const owner = all.get(parent);
  const formerParents = owner === undefined ? [] : formerUrns(owner, all);
  const inherited = formerParents.flatMap((former) =>
    identities.map((identity) => ({
      ...identity,
      parent: former,
      name: renamed(identity.name, owner?.name ?? "", nameOf(former)),
    })),
  );
  return [
    ...aliases.filter((alias) => alias.startsWith("urn:")),
    ...[...identities.slice(1), ...inherited].map((identity) => urnOf(urn, identity)),
  ];
}

/** The parts of a specification, `name=ci-old parent=none`. */
function aliased(identity: Identity, alias: string): Identity {
  const parts = Object.fromEntries(alias.split(" ").map((part) => part.split("=", 2)));
  const { name = identity.name, type = identity.type, parent = identity.parent } = parts;
  return { name, type, parent: parent === "none" ? "" : parent };
}

/** A child whose name begins with its parent's has followed the parent's name. */
function renamed(name: string, parent: string, formerParent: string): string {
  return name.startsWith(parent) ? formerParent + name.slice(parent.length) : name;
}

function urnOf(sibling: string, { name, type, parent }: Identity): string {
  const [stack, project] = sibling.split("::");
  const chain = parent === "" ? type : `${parent.split("::")[2]}$${type}`;
  return [stack, project, chain, name].join("::");
}

export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
