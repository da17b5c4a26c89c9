import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../../problems";
import { type Data, isMapping, type Mapping } from "./file";

/** Keys that a service replaces as a whole where Compose would join the other lists. */
const replacedWhole: ReadonlySet<string> = new Set(["command", "entrypoint", "test"]);

/**
 * Services with `extends` carried out, by Compose's rules: mappings are merged, lists are joined, a mount replaces
 * the one with its target. A service of another file can't be checked, so `extends.file` is refused.
 *
 * Expects the long forms; what is no mapping is left for the schema to refuse.
 */
export function resolveExtends(services: Mapping): { services: Mapping; problems: Problem[] } {
  const problems = new Map<string, Problem>();

  function resolve(name: string, trail: readonly string[]): Data {
    const service = services[name] as Data;
    if (!isMapping(service) || service.extends === undefined) {
      return service;
    }
    const { extends: base, ...own } = service;
    const rule = extendsRule(base as Data, services, [...trail, name]);
    if (rule !== undefined) {
      const fix = "extend a service of this file, or write the keys out";
      // Once, though every service that extends this one comes by here, too.
      problems.set(name, { path: `services.${name}.extends`, value: base as Data, rule, fix });
      return own;
    }
    return merged(resolve((base as { service: string }).service, [...trail, name]), own);
  }

  const resolved = Object.fromEntries(Object.keys(services).map((name) => [name, resolve(name, [])] as const));
  return { services: resolved, problems: [...problems.values()] };
}

function extendsRule(base: Data, services: Mapping, trail: readonly string[]): string | undefined {
  if (!isMapping(base) || typeof base.service !== "string") {
    return "`extends` names a service";
  }
  const unknown = Object.keys(base).filter((key) => key !== "service");
  if (unknown.length > 0) {
    return `\`extends.${unknown[0]}\` reaches what can't be checked before the host reads it`;
  }
  if (!Object.hasOwn(services, base.service)) {
    return "there is no service of that name in this file";
  }
  return trail.includes(base.service) ? "a service can't extend itself" : undefined;
}

function merged(base: Data | undefined, own: Data, key = ""): Data {
  if (base === undefined || replacedWhole.has(key)) {
    return own;
  }
  if (isMapping(base) && isMapping(own)) {
    if (key === "logging" && base.driver !== own.driver && own.driver !== undefined) {
      return own;
    }
    const entries = Object.entries(own).map(([name, value]) => [name, merged(base[name], value, name)] as const);
    return { ...base, ...Object.fromEntries(entries) };
  }
  if (Array.isArray(base) && Array.isArray(own)) {
    return [...base.filter((entry) => !own.some((other) => replaces(other, entry))), ...own];
  }
  return own;
}

function replaces(own: Data, base: Data): boolean {
  if (isMapping(own) && isMapping(base)) {
    const place = own.target ?? own.source;
    return place !== undefined && place === (base.target ?? base.source);
  }
  return isDeepStrictEqual(own, base);
}
