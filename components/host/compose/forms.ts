import { type Data, isMapping, type Mapping } from "./file";

/**
 * A service with each of Compose's short forms written out: lists of `NAME=value` as mappings, lists of names as
 * mappings or lists of mappings, `source:target:mode` as a mount. What has no long form stays as it is, for the
 * schema to refuse.
 */
export function longForms(service: Mapping): Mapping {
  return Object.fromEntries(
    Object.entries(service).map(([key, value]) => [key, forms.get(key)?.(value) ?? value] as const),
  );
}

const forms = new Map<string, (data: Data) => Data>([
  ["environment", settings],
  ["labels", settings],
  ["sysctls", settings],
  ["depends_on", (data) => keyed(data, { condition: "service_started" })],
  ["networks", (data) => keyed(data, {})],
  ["dns", listed],
  ["dns_search", listed],
  ["tmpfs", listed],
  ["extends", (data) => (typeof data === "string" ? { service: data } : data)],
  ["volumes", (data) => each(data, mount)],
  ["secrets", (data) => each(data, source)],
  ["configs", (data) => each(data, source)],
  ["post_start", (data) => each(data, hook)],
  ["pre_stop", (data) => each(data, hook)],
]);

/** `[A=1, B]` as `{ A: "1", B: null }`; numbers and booleans as the text that a container gets. */
function settings(data: Data): Data {
  if (Array.isArray(data) && data.every((entry) => typeof entry === "string")) {
    return Object.fromEntries(data.map(nameAndValue));
  }
  if (!isMapping(data)) {
    return data;
  }
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      typeof value === "number" || typeof value === "boolean" ? String(value) : value,
    ]),
  );
}

function nameAndValue(entry: string): [string, string | null] {
  const equals = entry.indexOf("=");
  return equals === -1 ? [entry, null] : [entry.slice(0, equals), entry.slice(equals + 1)];
}

function keyed(data: Data, value: Mapping): Data {
  if (Array.isArray(data) && data.every((name) => typeof name === "string")) {
    return Object.fromEntries(data.map((name) => [name, { ...value }]));
  }
  if (!isMapping(data)) {
    return data;
  }
  return Object.fromEntries(Object.entries(data).map(([name, given]) => [name, given ?? { ...value }]));
}

function listed(data: Data): Data {
  return typeof data === "string" ? [data] : data;
}

function each(data: Data, form: (entry: Data) => Data): Data {
  return Array.isArray(data) ? data.map(form) : data;
}

function source(data: Data): Data {
  return typeof data === "string" ? { source: data } : data;
}

function hook(data: Data): Data {
  return isMapping(data) && data.environment !== undefined
    ? { ...data, environment: settings(data.environment) }
    : data;
}

/** Compose takes a source for a path by how it begins; here any slash makes it one, so that it is judged as a path. */
function mount(data: Data): Data {
  if (typeof data !== "string") {
    return data;
  }
  const parts = data.split(":");
  const [given, target = "", ...rest] = parts.length === 1 ? [undefined, data] : parts;
  const modes = rest.join(":").split(",");
  const unknown = modes.filter((mode) => !["", "ro", "rw", "nocopy"].includes(mode));
  return {
    ...(given !== undefined && /^[.~]|[/\\]/.test(given)
      ? { type: "bind", source: given, bind: { create_host_path: true } }
      : { type: "volume", ...(given === undefined ? {} : { source: given }) }),
    target,
    ...(modes.includes("ro") ? { read_only: true } : {}),
    ...(modes.includes("nocopy") ? { volume: { nocopy: true } } : {}),
    ...(unknown.length > 0 ? { mode: unknown.join(",") } : {}),
  };
}
