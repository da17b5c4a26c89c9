import { gzipSync } from "node:zlib";
import type { Resource } from "../../policy/rule";
import type { Value } from "../../preview/manifest";

/** What breaks a rule, spelling by spelling, where the finding stands (`name: path`); and what nearly does. */
export interface Fixtures {
  readonly breaks: readonly (readonly [spelling: string, at: string, ...resources: Resource[]])[];
  readonly passes: readonly (readonly [spelling: string, ...resources: Resource[]])[];
}

type Inputs = Readonly<Record<string, Value>>;

/** A resource as a manifest has it; `from` says which resources an input comes from. */
export function resource(
  type: string,
  name: string,
  inputs: Inputs = {},
  from: Readonly<Record<string, readonly Resource[]>> = {},
  secretInputs: readonly string[] = [],
): Resource {
  const urn = `urn:pulumi:stack::project::${type}::${name}`;
  const links = Object.entries(from).map(([input, sources]) => [input, sources.map((source) => source.urn)]);
  return { urn, type, name, source: "", inputs, secretInputs, propertyDependencies: Object.fromEntries(links) };
}

export const instanceType = "aws:ec2/instance:Instance";
export const templateType = "aws:ec2/launchTemplate:LaunchTemplate";

/** A machine with this user data. */
export function host(userData: string, inputs: Inputs = {}): Resource {
  return resource(instanceType, "host", { userData, ...inputs });
}

/** User data that writes one file. */
export function writes(path: string, content: string): string {
  return `#cloud-config\n${JSON.stringify({ write_files: [{ path, content }] })}`;
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

export function gzipped(text: string): string {
  return gzipSync(text).toString("base64");
}

/** User data in several parts, each with its header. */
export function mime(...parts: string[]): string {
  const body = parts.map((part) => `--=a=\n${part}\n`).join("");
  return `Content-Type: multipart/mixed; boundary="=a="\nMIME-Version: 1.0\n\n${body}--=a=--\n`;
}

/** The same for several entries of write_files. */
export function writesAll(...files: readonly object[]): string {
  return `#cloud-config\n${JSON.stringify({ write_files: files })}`;
}
