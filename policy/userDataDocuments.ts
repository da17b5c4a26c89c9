import { parse } from "yaml";
import { fromBase64, fromGzip, isGzip, readable } from "../preview/decode";
import { mimeArchive, mimePart } from "../preview/mime";
import { isUnknown } from "./values";

/** A document that cloud-init finds in user data, however it is packed. */
export interface Document {
  readonly kind: "cloud-config" | "script" | "text";
  readonly text: string;
}

/** All of them, and why what else is there is not read. */
export interface Documents {
  readonly documents: readonly Document[];
  readonly unread: readonly string[];
}

/** What cloud-init makes of user data (cloudinit/user_data.py), by the types and first characters that it goes by. */
export function documentsOf(value: string): Documents {
  return isUnknown(value) ? nothing : documentsInBytes(fromBase64(value) ?? Buffer.from(value), "");
}

const nothing: Documents = { documents: [], unread: [] };

function documentsInBytes(bytes: Buffer, type: string): Documents {
  if (isGzip(bytes)) {
    const unpacked = fromGzip(bytes);
    return unpacked === undefined
      ? { documents: [], unread: ["holds gzip that is broken, or unpacks to more than 4 MiB"] }
      : documentsInBytes(unpacked, "");
  }
  const { text, binary } = readable(bytes);
  return binary
    ? { documents: [{ kind: "text", text }], unread: ["holds bytes that are neither text nor gzip"] }
    : documentsInText(text, type);
}

function documentsInText(text: string, type: string): Documents {
  const parts = mimeArchive(text)?.parts;
  if (parts !== undefined) {
    return all(parts.map((part) => documentsInBytes(part.bytes, part.contentType)));
  }
  // cloud-init looks for the field this far, and takes what has it for a message.
  if (type === "" && /^mime-version:/im.test(text.slice(0, 4096)) && /^[\w-]+:/.test(text)) {
    const part = mimePart(text, "");
    return documentsInBytes(part.bytes, part.contentType);
  }
  const packed = fromBase64(text);
  if (packed !== undefined && packed.length > 12) {
    return documentsInBytes(packed, type);
  }
  const known = openTypes.test(type) ? typeByStart(text) : type;
  return (readers[known] ?? unknownType(known))(text);
}

function all(several: readonly Documents[]): Documents {
  return {
    documents: several.flatMap(({ documents }) => documents),
    unread: several.flatMap(({ unread }) => unread),
  };
}

/** Types that say nothing: what the part begins with decides. */
const openTypes =
  /^(?:|text\/plain|text\/x-not-multipart|application\/octet-stream|application\/(?:x-)?(?:g?zip|gzipped|gunzip|compress|compressed|gzip-compressed))$/;

/** The longest first, as each may begin another one. */
const typesByStart: readonly (readonly [start: string, type: string])[] = [
  ["#cloud-config-archive", "text/cloud-config-archive"],
  ["#cloud-config-jsonp", "text/cloud-config-jsonp"],
  ["## template: jinja", "text/jinja2"],
  ["## template:jinja", "text/jinja2"],
  ["#cloud-boothook", "text/cloud-boothook"],
  ["#include-once", "text/x-include-once-url"],
  ["#cloud-config", "text/cloud-config"],
  ["#part-handler", "text/part-handler"],
  ["#upstart-job", "text/upstart-job"],
  ["#include", "text/x-include-url"],
  ["#!", "text/x-shellscript"],
  // EC2's own agents for Windows
  ["<powershell>", "text/x-shellscript"],
  ["<script>", "text/x-shellscript"],
];

function typeByStart(text: string): string {
  const start = text.trimStart().toLowerCase();
  return typesByStart.find(([characters]) => start.startsWith(characters))?.[1] ?? "";
}

const script = (text: string): Documents => ({ documents: [{ kind: "script", text }], unread: [] });

const readers: Readonly<Record<string, (text: string) => Documents>> = {
  "text/cloud-config": (text) => ({ documents: [{ kind: "cloud-config", text }], unread: [] }),
  "text/cloud-config-archive": archive,
  "text/jinja2": (text) => documentsInText(text.trimStart().replace(/^.*\n?/, ""), ""),
  "text/cloud-boothook": script,
  "text/x-shellscript": script,
  "text/x-shellscript-per-boot": script,
  "text/x-shellscript-per-instance": script,
  "text/x-shellscript-per-once": script,
};

/** What it holds is judged as a text at least. */
function unknownType(type: string): (text: string) => Documents {
  const what = type === "" ? "nothing that tells its type" : `a part of type ${type}`;
  return (text) =>
    text.trim() === "" || isUnknown(text.trim())
      ? nothing
      : { documents: [{ kind: "text", text }], unread: [`holds ${what}, which is not read`] };
}

/** A list of texts, and of mappings that say their type. */
function archive(text: string): Documents {
  const entries = parsed(text);
  if (!Array.isArray(entries)) {
    return { documents: [{ kind: "text", text }], unread: ["holds an archive that is no list in YAML"] };
  }
  return all(
    entries.map((entry: unknown) => {
      const { content, type = "" } = (typeof entry === "string" ? { content: entry } : (entry ?? {})) as ArchiveEntry;
      return typeof content === "string" && typeof type === "string"
        ? documentsInText(content, type.toLowerCase())
        : { documents: [], unread: ["holds an entry of an archive without a text"] };
    }),
  );
}

interface ArchiveEntry {
  readonly content?: unknown;
  readonly type?: unknown;
}

function parsed(text: string): unknown {
  try {
    return parse(text, { version: "1.1", uniqueKeys: false, logLevel: "error" });
  } catch {
    return undefined;
  }
}
