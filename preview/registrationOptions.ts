import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import type { ReadResourceRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { ResourceOptions } from "./manifest";
import { unknownSymbol } from "./symbols";
import { readable, unknown, type Wire } from "./wire";

/** The options of a registration, those alone that were given. */
export function optionsOf(request: RegisterResourceRequest): ResourceOptions {
  const trigger = request.getReplacementTrigger();
  return given({
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
    ignoreChanges: sorted(request.getIgnorechangesList()),
    replaceOnChanges: sorted(request.getReplaceonchangesList()),
    additionalSecretOutputs: sorted(request.getAdditionalsecretoutputsList()),
    aliases: sorted(request.getAliasesList().map((alias) => aliasText(alias, request.getParent()))),
    provider: providerReference(request.getProvider()),
    providers: nonEmpty(
      request
        .getProvidersMap()
        .toArray()
        .map(([name, ref]) => [name, providerReference(ref)]),
    ),
    importId: request.getImportid(),
    deletedWith: request.getDeletedwith(),
    replaceWith: sorted(request.getReplaceWithList()),
    replacementTrigger: trigger === undefined ? undefined : readable(trigger.toJavaScript() as Wire, new Set()).value,
    customTimeouts: nonEmpty(Object.entries(request.getCustomtimeouts()?.toObject() ?? {})),
  });
}

/** The same for a resource that is only looked up. */
export function readOptionsOf(request: ReadResourceRequest): ResourceOptions {
  return given({
    additionalSecretOutputs: sorted(request.getAdditionalsecretoutputsList()),
    provider: providerReference(request.getProvider()),
    readId: request.getId(),
  });
}

/** A URN, or the parts in which the alias differs: `name=ci-old`, `parent=none`. */
function aliasText(alias: Alias, parent: string): string {
  const spec = alias.getSpec();
  if (spec === undefined) {
    return alias.getUrn();
  }
  const parts = {
    name: spec.getName(),
    type: spec.getType(),
    project: spec.getProject(),
    stack: spec.getStack(),
    // The SDK repeats the resource's own parent where the alias names none.
    parent: spec.getNoparent() ? "none" : spec.getParenturn() === parent ? "" : spec.getParenturn(),
  };
  return Object.entries(parts)
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}

/** A provider that is yet to be made has no id. */
function providerReference(reference: string): string {
  return reference.replace(unknown, unknownSymbol);
}

function sorted(list: readonly string[]): string[] | undefined {
  return list.length > 0 ? [...list].sort() : undefined;
}

function nonEmpty(entries: readonly (readonly [string, string])[]): Record<string, string> | undefined {
  const given = entries.filter(([, value]) => value !== "").sort(([a], [b]) => (a < b ? -1 : 1));
  return given.length > 0 ? Object.fromEntries(given) : undefined;
}

function given(options: { [K in keyof ResourceOptions]?: ResourceOptions[K] | undefined }): ResourceOptions {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(entries) as ResourceOptions;
}
