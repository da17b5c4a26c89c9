import { gzipSync } from "node:zlib";
import { Document, Scalar, type Tags, visit } from "yaml";

/** A cloud-config document, in cloud-init's spelling: the value is the document. Only the keys that hosts use. */
export interface CloudConfig {
  readonly apt?: AptMirrors;
  readonly packages?: readonly string[];
  readonly write_files?: readonly WriteFile[];
  readonly runcmd?: readonly Command[];
}

/** The archives that replace the distribution's own. */
export interface AptMirrors {
  readonly primary: readonly AptMirror[];
  readonly security: readonly AptMirror[];
}

interface AptMirror {
  readonly arches: readonly string[];
  readonly uri: string;
}

export interface WriteFile {
  readonly path: `/${string}`;
  readonly content: string;
  /** In octal, as text: cloud-init refuses a number. */
  readonly permissions: `0${number}`;
}

/** A program and its arguments; no shell reads it. */
export type Command = readonly [program: string, ...args: string[]];

/** What EC2 takes as user data, before base64: "Instance user data" in the EC2 user guide. */
export const userDataLimitBytes = 16 * 1024;

/**
 * One document of several parts: files and commands in the order given, packages sorted and each once. Throws when two
 * parts write the same file or name different archives.
 */
export function merge(...parts: readonly CloudConfig[]): CloudConfig {
  const files = parts.flatMap((part) => part.write_files ?? []);
  const packages = [...new Set(parts.flatMap((part) => part.packages ?? []))].sort();
  const commands = parts.flatMap((part) => part.runcmd ?? []);
  const archives = parts.flatMap((part) => part.apt ?? []);

  const paths = files.map((file) => file.path);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) {
    throw new Error(`two parts of a cloud-config write ${twice}: one would overwrite the other`);
  }
  const [apt, ...others] = archives;
  if (others.length > 0) {
    throw new Error("two parts of a cloud-config set apt: one would overwrite the other");
  }
  return {
    ...(apt && { apt }),
    ...(packages.length > 0 && { packages }),
    ...(files.length > 0 && { write_files: files }),
    ...(commands.length > 0 && { runcmd: commands }),
  };
}

/** Characters that YAML 1.1 takes for a line break, strips or forbids, wherever they stand unescaped. */
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/**
 * One-line strings that YAML 1.1 reads as something else, and the library's own 1.1 mode leaves bare; and a first line of
 * spaces alone, which the library writes as a block without saying how far that is indented.
 */
const misread = /^(?:=|<<)$|[\t\r]|^ +\n/;

/**
 * The document as text. cloud-init reads YAML 1.1, in which a bare `yes` is a boolean and 12:30 is the number 750:
 * each string comes back from there as it went in.
 */
export function render(config: CloudConfig): string {
  // As a tag of YAML 1.1 `<<` would be written bare wherever it stands.
  const customTags = (tags: Tags) => tags.filter((tag) => typeof tag === "string" || !tag.tag.endsWith(":merge"));
  const document = new Document(config, { version: "1.1", aliasDuplicateObjects: false, customTags });
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === "string" && (misread.test(scalar.value) || scalar.value.search(unprintable) >= 0)) {
        scalar.type = Scalar.QUOTE_DOUBLE;
      }
    },
  });
  // Only strings in double quotes hold such a character by now, and there an escape means the same.
  const body = document
    .toString({ lineWidth: 0, directives: false, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER })
    .replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `#cloud-config\n${body}`;
}

/**
 * User data as EC2 takes it: the document in base64, compressed when that is what makes it fit. Throws when even that
 * is over {@link userDataLimitBytes}.
 */
export function userData(config: CloudConfig): string {
  const { plain, data } = packed(config);
  if (data.length > userDataLimitBytes) {
    throw new Error(
      `user data is ${plain.length} bytes, ${data.length} compressed, and EC2 takes ${userDataLimitBytes}: ` +
        "let the host download what is large, or put it into its image",
    );
  }
  return data.toString("base64");
}

/** How much of {@link userDataLimitBytes} the document takes. */
export function userDataBytes(config: CloudConfig): number {
  return packed(config).data.length;
}

function packed(config: CloudConfig): { plain: Buffer; data: Buffer } {
  const plain = Buffer.from(render(config));
  return { plain, data: plain.length <= userDataLimitBytes ? plain : gzip(plain) };
}

/** The same bytes on every machine: a changed byte of user data replaces the fleet. */
function gzip(plain: Buffer): Buffer {
  const packed = gzipSync(plain, { level: 9 });
  // RFC 1952: bytes 4 to 7 are the time of the compression, byte 9 the operating system, 255 for unknown.
  packed.writeUInt32LE(0, 4);
  packed.writeUInt8(255, 9);
  return packed;
}
