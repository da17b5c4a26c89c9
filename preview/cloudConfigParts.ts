import { parseDocument, stringify } from "yaml";
import { type Format, formatOf, fromBase64, fromGzip, readable } from "./decode";

/** What a cloud-config puts on a machine. */
export interface CloudConfigParts {
  /** Why it is not, or not wholly, what it should be; empty as a rule. */
  readonly problems: readonly string[];
  /** Sorted. */
  readonly packages: readonly string[];
  /** In the order in which they stand there. */
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
    // cloud-init reads YAML 1.1, and takes the last of several keys of one name
    const parsed = parseDocument(text, { version: "1.1", logLevel: "error" });
    const broken = parsed.errors.find(({ code }) => code !== "DUPLICATE_KEY");
    if (broken !== undefined) {
      throw broken;
    }
    const document: unknown = parsed.toJS({ maxAliasCount: aliasLimit }) ?? {};
    const problems = parsed.errors.length > 0 ? ["a key stands there twice, and only the last one counts"] : [];
    return isMapping(document)
      ? cloudConfigParts(document, problems)
      : { ...noParts, problems: ["it is not a mapping"], remainder: text };
  } catch (error) {
    const [reason = ""] = (error as Error).message.split("\n");
    return { ...noParts, problems: [`it does not read as YAML: ${reason}`], remainder: text };
  }
}

/** More than anyone writes; without a limit, few lines unfold to more than fits into memory. */
const aliasLimit = 1000;

function cloudConfigParts(document: Mapping, problems: readonly string[]): CloudConfigParts {
  const files = take(document, "write_files", readFile);
  const packages = take(document, "packages", whole(readPackage));
  const boot = take(document, "bootcmd", whole(readCommand));
  const run = take(document, "runcmd", whole(readCommand));
  const { write_files: _f, packages: _p, bootcmd: _b, runcmd: _r, ...others } = document;
  const unread = { ...packages.unread, ...files.unread, ...boot.unread, ...run.unread };
  const remainder = { ...others, ...unread };
  return {
    problems: [...problems, ...Object.keys(unread).map((key) => `not all of ${key} is what cloud-init documents`)],
    packages: packages.read.sort(),
    files: files.read,
    bootCommands: boot.read,
    runCommands: run.read,
    remainder: Object.keys(remainder).length === 0 ? "" : toYaml(remainder),
  };
}

/** What was read of an entry, and what was not. */
interface Taken<T> {
  readonly read: readonly T[];
  readonly unread: readonly unknown[];
}

/** For entries that are read wholly or not at all. */
function whole<T>(read: (entry: unknown) => T | undefined): (entry: unknown) => Taken<T> {
  return (entry) => {
    const result = read(entry);
    return result === undefined ? { read: [], unread: [entry] } : { read: [result], unread: [] };
  };
}

/** The entries under a key that could be read, and a mapping of that key to what could not: empty as a rule. */
function take<T>(document: Mapping, key: string, read: (entry: unknown) => Taken<T>) {
  const value = document[key];
  if (!Array.isArray(value)) {
    return { read: [], unread: value === undefined || value === null ? {} : { [key]: value } };
  }
  const taken = value.map(read);
  const unread = taken.flatMap((each) => each.unread);
  return { read: taken.flatMap((each) => each.read), unread: unread.length === 0 ? {} : { [key]: unread } };
}

/** A file counts as soon as its path and content are known; keys that cloud-init ignores are shown beside it. */
function readFile(entry: unknown): Taken<HostFile> {
  if (!isMapping(entry)) {
    return { read: [], unread: [entry] };
  }
  const { path, content, encoding, owner, permissions, append, defer, ...unknown } = entry;
  const others = Object.keys(unknown).length;
  const bytes = contentBytes(content ?? "", encoding ?? "text/plain");
  const isKnown = content !== undefined || others === 0;
  if (typeof path !== "string" || bytes === undefined || !isKnown || !isOwner(owner) || !isMode(permissions)) {
    return { read: [], unread: [entry] };
  }
  const { text, binary } = readable(bytes);
  const file = {
    path,
    mode: modeOf(permissions),
    owner: owner ?? "root:root",
    append: isOn(append),
    defer: isOn(defer),
    format: binary ? ("binary" as const) : formatOf(path, text),
    bytes: bytes.length,
    content: text,
  };
  return { read: [file], unread: others === 0 ? [] : [{ path, ...unknown }] };
}

function isOwner(owner: unknown): owner is string | null | undefined {
  return owner === undefined || owner === null || typeof owner === "string";
}

function isMode(permissions: unknown): permissions is string | number | null | undefined {
  return permissions === undefined || permissions === null || ["string", "number"].includes(typeof permissions);
}

function modeOf(permissions: string | number | null | undefined): string {
  const mode = typeof permissions === "number" ? permissions.toString(8) : (permissions ?? "0644");
  return mode.padStart(4, "0");
}

/** As cloud-init does it (util.py, is_true). */
function isOn(value: unknown): boolean {
  return value === true || ["true", "1", "on", "yes"].includes(String(value).toLowerCase().trim());
}

/** A string of symbols alone, ‹…›: only a deployment knows what it stands for. */
const onlySymbols = /^(?:‹[^‹›]*›)+$/;

/** cloud-init's encodings (cc_write_files.py); `undefined` where the content isn't what the encoding says. */
function contentBytes(content: unknown, encoding: unknown): Buffer | undefined {
  const raw = content instanceof Uint8Array ? Buffer.from(content) : Buffer.from(String(content));
  if (onlySymbols.test(raw.toString())) {
    return raw;
  }
  switch (String(encoding).toLowerCase().trim()) {
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
