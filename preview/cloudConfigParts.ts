import { parse, stringify } from "yaml";
import { type Format, formatOf, fromBase64, fromGzip, readable } from "./decode";

/** What a cloud-config puts on a machine. */
export interface CloudConfigParts {
  /** Why it is not, or not wholly, what it should be; empty as a rule. */
  readonly problems: readonly string[];
  /** Sorted. */
  readonly packages: readonly string[];
  /** Sorted by path. */
  readonly files: readonly HostFile[];
  /** Run early at every boot, in this order. */
  readonly bootCommands: readonly string[];
  /** Run once, at the end of the first boot, in this order. */
  readonly runCommands: readonly string[];
  /** The rest: other keys, and entries that are not what cloud-init documents, as YAML. */
  readonly remainder: string;
}

/** A file of `write_files`, with its content decoded. */
export interface HostFile {
  readonly path: string;
  /** `0644` */
  readonly mode: string;
  readonly owner: string;
  readonly append: boolean;
  /** Written after packages and users are there. */
  readonly defer: boolean;
  readonly format: Format;
  readonly bytes: number;
  readonly content: string;
}

type Mapping = Record<string, unknown>;

/** What a text that is no cloud-config has of all this. */
export const noParts: CloudConfigParts = {
  problems: [],
  packages: [],
  files: [],
  bootCommands: [],
  runCommands: [],
  remainder: "",
};

/** Takes a cloud-config apart; one that does not read stands in the remainder as it is. Never throws. */
export function readCloudConfig(text: string): CloudConfigParts {
  try {
    // cloud-init reads YAML 1.1
    const document: unknown = parse(text, { version: "1.1", logLevel: "error" }) ?? {};
    return isMapping(document)
      ? cloudConfigParts(document)
      : { ...noParts, problems: ["it is not a mapping"], remainder: text };
  } catch (error) {
    const [reason = ""] = (error as Error).message.split("\n");
    return { ...noParts, problems: [`it does not read as YAML: ${reason}`], remainder: text };
  }
}

function cloudConfigParts(document: Mapping): CloudConfigParts {
  const files = take(document, "write_files", readFile);
  const packages = take(document, "packages", readPackage);
  const boot = take(document, "bootcmd", readCommand);
  const run = take(document, "runcmd", readCommand);
  const { write_files: _f, packages: _p, bootcmd: _b, runcmd: _r, ...others } = document;
  const remainder = { ...others, ...packages.unread, ...files.unread, ...boot.unread, ...run.unread };
  return {
    problems: [],
    packages: packages.read.sort(),
    files: files.read.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
    bootCommands: boot.read,
    runCommands: run.read,
    remainder: Object.keys(remainder).length === 0 ? "" : toYaml(remainder),
  };
}

/** The entries under a key that could be read, and a mapping of that key to what could not: empty as a rule. */
function take<T>(document: Mapping, key: string, read: (entry: unknown) => T | undefined) {
  const value = document[key];
  if (!Array.isArray(value)) {
    return { read: [], unread: value === undefined ? {} : { [key]: value } };
  }
  const results = value.map((entry) => ({ entry, result: read(entry) }));
  const unread = results.filter(({ result }) => result === undefined).map(({ entry }) => entry);
  return {
    read: results.flatMap(({ result }) => (result === undefined ? [] : [result])),
    unread: unread.length === 0 ? {} : { [key]: unread },
  };
}

function readFile(entry: unknown): HostFile | undefined {
  if (!isMapping(entry)) {
    return undefined;
  }
  const {
    path,
    content = "",
    encoding = "text/plain",
    owner = "root:root",
    permissions = "0644",
    append = false,
    defer = false,
    ...unknown
  } = entry;
  const mode = typeof permissions === "number" ? permissions.toString(8) : permissions;
  const bytes = contentBytes(content, encoding);
  if (
    typeof path !== "string" ||
    typeof owner !== "string" ||
    typeof mode !== "string" ||
    typeof append !== "boolean" ||
    typeof defer !== "boolean" ||
    bytes === undefined ||
    Object.keys(unknown).length > 0
  ) {
    return undefined;
  }
  const { text, binary } = readable(bytes);
  const format = binary ? "binary" : formatOf(path, text);
  return { path, mode: mode.padStart(4, "0"), owner, append, defer, format, bytes: bytes.length, content: text };
}

/** cloud-init's encodings (cc_write_files.py); `undefined` where the content isn't what the encoding says. */
function contentBytes(content: unknown, encoding: unknown): Buffer | undefined {
  const raw = content instanceof Uint8Array ? Buffer.from(content) : Buffer.from(String(content));
  switch (encoding) {
    case "text/plain":
      return typeof content === "string" || content instanceof Uint8Array ? raw : undefined;
    case "b64":
    case "base64":
      return content === "" ? raw : fromBase64(raw.toString());
    case "gz":
    case "gzip":
      return fromGzip(raw);
    case "gz+b64":
    case "gzip+b64":
    case "gz+base64":
    case "gzip+base64": {
      const packed = fromBase64(raw.toString());
      return packed && fromGzip(packed);
    }
    default:
      return undefined;
  }
}

function readPackage(entry: unknown): string | undefined {
  if (Array.isArray(entry) && entry.every((part) => typeof part === "string")) {
    return entry.join("=");
  }
  return typeof entry === "string" ? entry : undefined;
}

/** A command as one would type it: cloud-init runs a list without a shell, so its words are quoted where needed. */
function readCommand(entry: unknown): string | undefined {
  if (Array.isArray(entry)) {
    return entry.every((word) => typeof word === "string" || typeof word === "number")
      ? entry.map((word) => quoted(String(word))).join(" ")
      : undefined;
  }
  return typeof entry === "string" ? entry.trimEnd() : undefined;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./‹›-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function toYaml(value: unknown): string {
  return stringify(value, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
}
