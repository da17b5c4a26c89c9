import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

/** Of a file its bytes, of a directory its files with their paths and whether they can be run. Never throws. */
export function contentHash(path: string): string {
  try {
    const hash = createHash("sha256");
    add(path, "", hash, new Set());
    return hash.digest("hex");
  } catch (error) {
    return `unreadable (${(error as NodeJS.ErrnoException).code ?? "error"})`;
  }
}

/** A directory that is within itself, by a link, counts once. */
function add(path: string, name: string, hash: Hash, around: ReadonlySet<string>): void {
  const status = statSync(path);
  const place = realpathSync(path);
  if (status.isDirectory()) {
    hash.update(`${JSON.stringify(name)} directory\n`);
    for (const entry of around.has(place) ? [] : readdirSync(path).sort()) {
      add(join(path, entry), join(name, entry), hash, new Set([...around, place]));
    }
    return;
  }
  const isRunnable = (status.mode & 0o111) !== 0;
  hash.update(`${JSON.stringify(name)} ${status.size} ${name !== "" && isRunnable ? "runs" : ""}\n`);
  if (status.isFile()) {
    addBytes(path, hash);
  }
}

function addBytes(path: string, hash: Hash): void {
  const file = openSync(path, "r");
  const piece = Buffer.alloc(1024 * 1024);
  try {
    for (let length = readSync(file, piece); length > 0; length = readSync(file, piece)) {
      hash.update(piece.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}
