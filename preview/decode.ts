import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";

/** How a document is written; decides how it is shown, and how two of them are compared. */
export type Format = "binary" | "ini" | "json" | "script" | "text" | "unit" | "yaml";

export type Packing = "base64" | "gzip";

/** What was inside, and the layers that had to be taken off, outermost first. */
export interface Unpacked {
  readonly bytes: Buffer;
  readonly packings: readonly Packing[];
}

/** No user data that EC2 takes unpacks to more than that on purpose; a gzip bomb does. */
const unpackedLimitBytes = 4 * 1024 * 1024;

const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes that the base64 text stands for; `undefined` if it isn't base64. Line breaks are allowed. */
export function fromBase64(text: string): Buffer | undefined {
  const dense = text.replace(/\s+/g, "");
  return dense !== "" && base64Text.test(dense) ? Buffer.from(dense, "base64") : undefined;
}

/** By its first two bytes (RFC 1952, section 2.3.1). */
export function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The bytes that were packed; `undefined` if it isn't gzip, is cut off, or unpacks to more than 4 MiB. */
export function fromGzip(bytes: Buffer): Buffer | undefined {
  if (!isGzip(bytes)) {
    return undefined;
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: unpackedLimitBytes });
  } catch {
    return undefined;
  }
}

/**
 * Takes off what EC2 and cloud-init take off: one layer of base64, then one of gzip. A second layer stays, as it
 * would on the machine.
 */
export function unpack(text: string): Unpacked {
  const decoded = fromBase64(text);
  const packed = decoded ?? Buffer.from(text);
  const unzipped = fromGzip(packed);
  return {
    bytes: unzipped ?? packed,
    packings: [...(decoded ? (["base64"] as const) : []), ...(unzipped ? (["gzip"] as const) : [])],
  };
}

/** The bytes as text; bytes that are no text as a line that names their digest, so that a change is seen. */
export function readable(bytes: Buffer): { readonly text: string; readonly binary: boolean } {
  if (isUtf8(bytes)) {
    return { text: bytes.toString("utf8"), binary: false };
  }
  const digest = createHash("sha256").update(bytes).digest("hex");
  return { text: `${bytes.length} bytes, sha256 ${digest}`, binary: true };
}

const formatOfExtension: Readonly<Record<string, Format>> = {
  cfg: "ini",
  ini: "ini",
  json: "json",
  mount: "unit",
  path: "unit",
  service: "unit",
  sh: "script",
  slice: "unit",
  socket: "unit",
  target: "unit",
  timer: "unit",
  yaml: "yaml",
  yml: "yaml",
};

/** What a text is, by its first characters, then by its path. */
export function formatOf(path: string, text: string): Format {
  if (text.startsWith("#!")) {
    return "script";
  }
  if (/\/systemd\/.*\.conf$/.test(path)) {
    return "unit";
  }
  const extension = /\.([a-z]+)$/.exec(path)?.[1] ?? "";
  return formatOfExtension[extension] ?? (isJson(text) ? "json" : "text");
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) {
    return false;
  }
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
