import { parse } from "yaml";
import type { HostFile } from "../cloudConfigParts";
import { type Format, unpack } from "../decode";
import type { Value } from "../manifest";
import { type MimeArchive, mimeArchive } from "../mime";
import { decodeUserData } from "../userData";
import { type Document, keyed, keyedBy, type Meaning, member, scalar } from "./meaning";

/** User data as what it puts on a machine: its files under their paths, its packages, its commands in their order. */
export function userDataMeaning(value: string, base64: "required" | "optional"): Meaning {
  const { packings, symbols } = decodeUserData(value, base64);
  const content = unpackedMeaning(value, base64);
  // Two that unpack to the same bytes still make two versions of a launch template. With symbols they are not those bytes.
  const packed = symbols.length > 0 ? unpack(value).bytes.toString("utf8") : value;
  return { kind: "document", format: "packed", text: `${packings.join(", ")} ${packed}`, content };
}

function unpackedMeaning(value: string, base64: "required" | "optional"): Meaning {
  const userData = decodeUserData(value, base64);
  const { kind, files, packages, bootCommands, runCommands, remainder, packings } = userData;
  if (kind !== "cloud-config") {
    const archive = mimeArchive(remainder);
    return archive === undefined ? { kind: "lines", text: remainder } : archiveMeaning(archive);
  }
  // Of two files of one path the second may be written over the first, or added to it.
  const entries = [
    ...files.map((file): [string, Meaning] => [file.path, fileMeaning(file)]),
    ...(packages.length > 0 ? [["packages", keyedBy(packages.map((name) => [name, member]))] as const] : []),
    ...ordered("bootcmd", bootCommands),
    ...ordered("runcmd", runCommands),
    ...(remainder === "" ? [] : [["other keys", documentMeaning(remainder, "yaml")] as const]),
    ["packing", scalar(packings.join(" of ") || "none")] as const,
  ];
  // What follows `#cloud-config` in the first line decides whether it is one.
  const [header = ""] = unpack(value).bytes.toString("utf8").split("\n", 1);
  return keyedBy(
    header.trimEnd() === "#cloud-config" ? entries : [["first line", scalar(header.trimEnd())], ...entries],
  );
}

/** Parts under their names with their headers, which decide what cloud-init makes of them; a boundary means nothing. */
function archiveMeaning({ headers, parts }: MimeArchive): Meaning {
  const fields = (all: MimeArchive["headers"]) =>
    [...all].map(([name, value]) => [name, scalar(value.replace(/;\s*boundary=("[^"]*"|[^\s;]+)/i, ""))] as const);
  return keyedBy([
    ...fields(headers),
    ...parts.map((part): [string, Meaning] => [
      part.name,
      keyedBy([...fields(part.headers), [contentKey, unpackedMeaning(part.content, "optional")]]),
    ]),
  ]);
}

function ordered(key: string, commands: readonly string[]): [string, Meaning][] {
  return commands.length === 0 ? [] : [[key, { kind: "ordered", items: commands.map(scalar) }]];
}

/** The content stands under the path itself, so that a key of daemon.json is one step from its file. */
function fileMeaning({ mode, owner, append, defer, format, content }: HostFile): Meaning {
  return keyed([
    ["mode", scalar(mode)],
    ["owner", scalar(owner)],
    ...(append ? [["append", scalar(true)] as const] : []),
    ...(defer ? [["defer", scalar(true)] as const] : []),
    [contentKey, documentMeaning(content, format)],
  ]);
}

/** Stands for the content of a file in a path, beside its `mode` and `owner`; never shown. */
export const contentKey = "content";

/** A text as what it says in its format; where it does not read, as its lines. */
export function documentMeaning(text: string, format: Format): Meaning {
  const content = contentOf(text, format);
  return content === undefined ? { kind: "lines", text } : { kind: "document", format, text, content };
}

function contentOf(text: string, format: Format): Document["content"] | undefined {
  try {
    switch (format) {
      case "json":
        return structure(JSON.parse(text));
      case "yaml":
        return structure(parse(text, { logLevel: "error" }) as Value);
      case "ini":
      case "unit":
        return sections(text);
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

/** Settings of a configuration file: mappings by key; lists in their order, since a file may mean it. */
function structure(value: Value | undefined): Meaning {
  if (Array.isArray(value)) {
    return { kind: "ordered", items: value.map(structure) };
  }
  if (typeof value === "object" && value !== null) {
    return keyed(Object.entries(value).map(([key, entry]) => [key, structure(entry)]));
  }
  return scalar(value ?? null);
}

/** A unit's or an INI file's settings, `Service.ExecStart`. One that is given again is the next of a list. */
function sections(text: string): Meaning | undefined {
  const entries = new Map<string, string[]>();
  let section = "";
  for (const line of text.replace(/\\\r?\n/g, " ").split(/\r?\n/)) {
    const [, heading] = /^\s*\[(.+)\]\s*$/.exec(line) ?? [];
    const [, key, value] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (heading !== undefined) {
      section = `${heading}.`;
    } else if (key !== undefined && value !== undefined) {
      entries.set(section + key, [...(entries.get(section + key) ?? []), value]);
    } else if (!/^\s*(?:[#;].*)?$/.test(line)) {
      return undefined;
    }
  }
  return keyed(
    [...entries].map(([key, values]) => [
      key,
      values.length === 1 ? scalar(values[0] ?? "") : { kind: "ordered", items: values.map(scalar) },
    ]),
  );
}
