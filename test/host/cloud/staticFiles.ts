import { realpathSync, statSync } from "node:fs";
import { extname, join, sep } from "node:path";
import type { Answer, Incoming } from "./exchange";

const contentTypes: Readonly<Record<string, string>> = {
  ".asc": "text/plain",
  ".deb": "application/vnd.debian.binary-package",
  ".gz": "application/gzip",
  ".json": "application/json",
  ".xz": "application/x-xz",
};

/** A file of a directory, and of nothing outside of it. Directories have no listing. */
export function staticFile(directory: string, { method, path }: Incoming): Answer {
  if (method !== "GET" && method !== "HEAD") {
    return { status: 405, headers: { allow: "GET, HEAD" } };
  }
  const file = fileInside(directory, path);
  if (file === undefined) {
    return { status: 404 };
  }
  const type = contentTypes[extname(file)] ?? "application/octet-stream";
  return { status: 200, headers: { "content-type": type }, body: { file } };
}

function fileInside(directory: string, path: string): string | undefined {
  try {
    const file = realpathSync(join(directory, decodeURIComponent(path)));
    return file.startsWith(realpathSync(directory) + sep) && statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined; // no such file, or no such path
  }
}
