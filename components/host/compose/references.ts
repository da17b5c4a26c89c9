import type { Problem } from "../../problems";
import { type Data, isMapping, type Mapping } from "./file";
import { type Path, pathText } from "./verdict";

type Reference = readonly [path: Path, kind: string, name: string];

/**
 * A problem for every name that a service uses and the file doesn't have: Compose would stop there, on the host.
 *
 * Expects the long forms, and passes over what has none: the schema refuses that.
 */
export function referenceProblems(file: Mapping): Problem[] {
  return entries(file.services).flatMap(([service, content]) =>
    references(content)
      .filter(([, kind, name]) => !declared(file, kind).includes(name))
      .map(([path, kind, name]) => ({
        path: pathText(["services", service, ...path]),
        value: name,
        rule: `there is nothing of that name under \`${kind}\` in this file`,
        fix: `declare it under \`${kind}\`, or use one of: ${declared(file, kind).join(", ") || "none yet"}`,
      })),
  );
}

function references(service: Data): Reference[] {
  if (!isMapping(service)) {
    return [];
  }
  const joined = String(service.network_mode).match(/^service:(.*)$/)?.[1];
  return [
    ...entries(service.depends_on).map(([name]): Reference => [["depends_on", name], "services", name]),
    ...entries(service.networks).map(([name]): Reference => [["networks", name], "networks", name]),
    ...(joined === undefined ? [] : [[["network_mode"], "services", joined] as const]),
    ...sources(service, "volumes").filter(([, , name]) => !/[/\\~]|^\./.test(name)),
    ...sources(service, "secrets"),
    ...sources(service, "configs"),
  ];
}

function sources(service: Mapping, kind: string): Reference[] {
  const uses = service[kind];
  return (Array.isArray(uses) ? uses : []).flatMap((use, index): Reference[] =>
    isMapping(use) && typeof use.source === "string" ? [[[kind, index], kind, use.source]] : [],
  );
}

function declared(file: Mapping, kind: string): string[] {
  const names = entries(file[kind]).map(([name]) => name);
  return kind === "networks" ? [...names, "default"] : names;
}

function entries(data: Data | undefined): [string, Data][] {
  return isMapping(data) ? Object.entries(data) : [];
}
