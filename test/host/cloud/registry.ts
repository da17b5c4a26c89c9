import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Answer, Incoming } from "./exchange";

/** What an index, or an image's manifest, says here. */
interface Manifest {
  readonly mediaType?: string;
  /** Of an index. */
  readonly manifests?: readonly { readonly digest: string; readonly annotations?: Readonly<Record<string, string>> }[];
}

const refName = "org.opencontainers.image.ref.name";

/**
 * A registry (OCI distribution specification, pull alone) of what is in an OCI image layout. An entry of its index that
 * is named 1 is the tag 1 of whatever repository is asked for; one that is named runner:1 is of the repository runner.
 */
export function registryAnswer(layout: string, { method, path }: Incoming): Answer {
  if (method !== "GET" && method !== "HEAD") {
    return registryError(405, "UNSUPPORTED", "The operation is unsupported.");
  }
  if (path === "/v2/") {
    return { status: 200, headers: { ...version, "content-type": "application/json" }, body: "{}" };
  }
  const [, repository = "", kind, reference = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
  if (kind === "manifests") {
    const digest = reference.includes(":") ? reference : digestOfTag(layout, repository, reference);
    const file = digest === undefined ? undefined : blobFile(layout, digest);
    return file === undefined
      ? registryError(404, "MANIFEST_UNKNOWN", `manifest unknown: ${reference}`)
      : manifest(file);
  }
  const file = kind === "blobs" ? blobFile(layout, reference) : undefined;
  if (file === undefined) {
    return registryError(404, "BLOB_UNKNOWN", `blob unknown: ${reference}`);
  }
  const headers = { ...version, "content-type": "application/octet-stream", "docker-content-digest": reference };
  return { status: 200, headers, body: { file } };
}

const version = { "docker-distribution-api-version": "registry/2.0" };

function digestOfTag(layout: string, repository: string, tag: string): string | undefined {
  const index: Manifest = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
  const names = [tag, `${repository}:${tag}`];
  return index.manifests?.find(({ annotations }) => names.includes(annotations?.[refName] ?? ""))?.digest;
}

function blobFile(layout: string, digest: string): string | undefined {
  const [, sum] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
  const file = join(layout, "blobs/sha256", `${sum}`);
  return existsSync(file) ? file : undefined;
}

function manifest(file: string): Answer {
  const body = readFileSync(file);
  const { mediaType, manifests }: Manifest = JSON.parse(body.toString());
  const type = mediaType ?? `application/vnd.oci.image.${manifests ? "index" : "manifest"}.v1+json`;
  const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  return { status: 200, headers: { ...version, "content-type": type, "docker-content-digest": digest }, body };
}

function registryError(status: number, code: string, message: string): Answer {
  const headers = { ...version, "content-type": "application/json" };
  return { status, headers, body: JSON.stringify({ errors: [{ code, message }] }) };
}
