import { mimeArchive } from "../preview/mime";
import { decodeUserData, type UserData } from "../preview/userData";
import type { Resource } from "./rule";

/** What a machine finds in its user data, in the form that rules ask for. */
export interface HostContent {
  /** The input that holds it. */
  readonly property: string;
  /** Files of write_files, and those that a script writes in one piece. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
  /** What is run, line by line: scripts, commands of cloud-init, what units start. No comments. */
  readonly commands: readonly { readonly path: string; readonly line: string }[];
  readonly packages: readonly string[];
  /** What is in none of these. */
  readonly remainder: string;
}

/** Many rules ask for the same, and taking it apart takes its time. */
const known = new WeakMap<Resource, HostContent[]>();

/** The machines that are made from a resource: by the input's name, so that it holds for every type. */
export function hostContents(resource: Resource): readonly HostContent[] {
  const contents = known.get(resource) ?? read(resource);
  known.set(resource, contents);
  return contents;
}

function read({ inputs }: Resource): HostContent[] {
  return ["userData", "userDataBase64"].flatMap((property) => {
    const value = inputs[property];
    return typeof value === "string" ? documents(value).map((document) => contentOf(property, document)) : [];
  });
}

/** Cloud-init also takes several documents in a MIME message, and one that Jinja fills in. */
function documents(value: string): UserData[] {
  const whole = decodeUserData(value, "optional");
  if (whole.kind !== "text") {
    return [whole];
  }
  const parts = mimeArchive(whole.remainder)?.parts;
  if (parts !== undefined) {
    return parts.flatMap(({ content }) => documents(content.trim()));
  }
  const plain = whole.remainder.replace(/^## template: *jinja.*\n/, "");
  return [plain === whole.remainder ? whole : decodeUserData(plain, "optional")];
}

function contentOf(property: string, userData: UserData): HostContent {
  const { kind, files, packages, bootCommands, runCommands, remainder } = userData;
  const scripts = [
    { path: "bootcmd", text: bootCommands.join("\n") },
    { path: "runcmd", text: runCommands.join("\n") },
    { path: kind, text: kind === "cloud-config" ? "" : remainder },
    ...files
      .filter(({ format }) => format !== "yaml" && format !== "json" && format !== "binary")
      .map(({ path, content }) => ({ path, text: content })),
  ];
  return {
    property,
    files: [...files, ...scripts.flatMap(({ text }) => writtenFiles(text))],
    commands: scripts.flatMap(({ path, text }) => linesOf(text).map((line) => ({ path, line }))),
    packages,
    remainder,
  };
}

function linesOf(text: string): string[] {
  return text
    .replace(/\\\r?\n\s*/g, " ")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !/^\s*[#;]/.test(line));
}

/** What a script writes by a here-document, or by echo and printf of one quoted text. */
function writtenFiles(script: string): { path: string; content: string }[] {
  const hereDocuments = script.matchAll(/^(.*<<-?\s*(["']?)(\w+)\2.*)\n([\s\S]*?)\n\s*\3\s*$/gm);
  const echoes = script.matchAll(/^(.*\b(?:echo|printf)\s+(?:-\w+\s+)*(["'])()([\s\S]*?)\2\s*(?:>|\|).*)$/gm);
  return [...hereDocuments, ...echoes].flatMap(([, line = "", , , content = ""]) => {
    const path = /(?:>\s*|\btee\s+(?:-\w+\s+)*)["']?(\/[^\s"'>|;]+)/.exec(line.replaceAll(content, ""))?.[1];
    return path === undefined ? [] : [{ path, content }];
  });
}
