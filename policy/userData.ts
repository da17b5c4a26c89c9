import { posix } from "node:path";
import { type HostFile, readCloudConfig } from "../preview/cloudConfigParts";
import { remembered } from "./remembered";
import type { Resource } from "./rule";
import { type Command, readScript } from "./shell";
import { type Document, documentsOf } from "./userDataDocuments";
import { textsAt } from "./values";

/** A text that a machine finds at a path. */
export interface WrittenFile {
  readonly path: string;
  readonly content: string;
}

/** What a machine finds in its user data, in the form that rules ask for. */
export interface HostContent {
  /** The input that holds it. */
  readonly property: string;
  /** Files as they are in the end: of write_files, and those that a script writes in one piece. */
  readonly files: readonly WrittenFile[];
  /** Every entry of write_files, also one that a later one replaces: it stands in the user data all the same. */
  readonly entries: readonly WrittenFile[];
  /** What is run, line by line: scripts, commands of cloud-init, what units start. No comments. */
  readonly commands: readonly { readonly path: string; readonly line: string }[];
  /** The same as a shell takes it apart. */
  readonly invocations: readonly Invocation[];
  readonly packages: readonly string[];
  /** What is in none of these. */
  readonly remainder: string;
  /** Why some of it is not read, as the end of a sentence; empty as a rule. */
  readonly unread: readonly string[];
}

/** A command, and what it stands in. */
export interface Invocation extends Command {
  readonly path: string;
}

/** The machines that are made from a resource: by the input's name, at any depth, so that it holds for every type. */
export const hostContents: (resource: Resource) => readonly HostContent[] = remembered(read);

function read({ inputs }: Resource): HostContent[] {
  return Object.entries(inputs)
    .flatMap(([name, value]) => textsAt(name, value))
    .filter(({ path }) => /(?:^|\.)userData(?:Base64)?$/.test(path))
    .map(({ path, text }) => contentOf(path, text));
}

/** What a machine finds in one document. */
interface Part extends Pick<HostContent, "entries" | "packages" | "remainder" | "unread"> {
  readonly files: readonly FormattedFile[];
  readonly scripts: readonly Script[];
}

type FormattedFile = WrittenFile & Pick<HostFile, "format">;

interface Script {
  readonly path: string;
  readonly text: string;
}

function contentOf(property: string, value: string): HostContent {
  const { documents, unread } = documentsOf(value);
  const parts = documents.map(partOf);
  const scripts = parts.flatMap((part) => [...part.scripts, ...part.files.filter(isRunnable).map(asScript)]);
  const read = scripts.map(({ path, text }) => ({ path, ...readScript(text) }));
  return {
    property,
    files: [...parts.flatMap(({ files }) => files), ...scripts.flatMap(({ text }) => writtenFiles(text))],
    entries: parts.flatMap(({ entries }) => entries),
    commands: scripts.flatMap(({ path, text }) => linesOf(text).map((line) => ({ path, line }))),
    invocations: read.flatMap(({ path, commands }) => commands.map((command) => ({ ...command, path }))),
    packages: parts.flatMap(({ packages }) => packages),
    remainder: parts.map(({ remainder }) => remainder).join("\n"),
    unread: [
      ...unread,
      ...parts.flatMap((part) => part.unread),
      ...read.filter(({ isWhole }) => !isWhole).map(({ path }) => `has commands in ${path} too deep inside of others`),
    ],
  };
}

function partOf({ kind, text }: Document): Part {
  if (kind !== "cloud-config") {
    return {
      entries: [],
      files: [],
      packages: [],
      remainder: text,
      unread: [],
      scripts: [{ path: kind, text }],
    };
  }
  const { files, packages, bootCommands, runCommands, remainder, problems } = readCloudConfig(text);
  return {
    entries: files,
    files: inTheEnd(files),
    packages,
    remainder,
    unread: problems.map((problem) => `has a cloud-config that is not wholly read: ${problem}`),
    scripts: [
      { path: "bootcmd", text: bootCommands.join("\n") },
      { path: "runcmd", text: runCommands.join("\n") },
    ],
  };
}

/** Each path once: cloud-init writes the entries in order, deferred ones last, and only append keeps what is there. */
function inTheEnd(entries: readonly HostFile[]): FormattedFile[] {
  const written = new Map<string, FormattedFile>();
  for (const { append, content, format, ...entry } of [...entries].sort((a, b) => Number(a.defer) - Number(b.defer))) {
    const path = posix.resolve("/", entry.path);
    const before = append ? written.get(path) : undefined;
    written.set(path, { path, content: `${before?.content ?? ""}${content}`, format: before?.format ?? format });
  }
  return [...written.values()];
}

/** Binary files say nothing, and of what is data the shell makes nothing. */
function isRunnable({ format }: FormattedFile): boolean {
  return format !== "yaml" && format !== "json" && format !== "binary";
}

function asScript({ path, content }: WrittenFile): Script {
  // systemd makes a space of what the shell takes for nothing.
  return { path, text: /\.(?:service|socket|timer|conf)$/.test(path) ? content.replace(/\\\r?\n/g, " ") : content };
}

function linesOf(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, "")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !/^\s*[#;]/.test(line));
}

/** What a script writes by a here-document, or by echo and printf of one quoted text. */
function writtenFiles(script: string): WrittenFile[] {
  const hereDocuments = script.matchAll(/^(.*<<-?\s*(["']?)(\w+)\2.*)\n([\s\S]*?)\n\s*\3\s*$/gm);
  const echoes = script.matchAll(/^(.*\b(?:echo|printf)\s+(?:-\w+\s+)*(["'])()([\s\S]*?)\2\s*(?:>|\|).*)$/gm);
  return [...hereDocuments, ...echoes].flatMap(([, line = "", , , content = ""]) => {
    const path = /(?:>\s*|\btee\s+(?:-\w+\s+)*)["']?(\/[^\s"'>|;]+)/.exec(line.replaceAll(content, ""))?.[1];
    return path === undefined ? [] : [{ path: posix.resolve("/", path), content }];
  });
}
