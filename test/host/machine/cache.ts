import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where what takes long to build is kept between runs: CI_HOSTS_CACHE, or ci-hosts in the user's cache. */
export function cacheDirectory(): string {
  const { CI_HOSTS_CACHE, XDG_CACHE_HOME } = process.env;
  return CI_HOSTS_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "ci-hosts");
}

/**
 * The cached directory that was built from these inputs. Built now if it is not there, under a name of its own, so that
 * a build that was cut off leaves nothing that looks whole.
 */
export async function cached(
  kind: string,
  inputs: readonly (string | Buffer)[],
  build: (directory: string) => Promise<unknown>,
): Promise<string> {
  const hash = createHash("sha256");
  for (const input of inputs) {
    hash.update(`${input.length} `).update(input);
  }
  const directory = join(cacheDirectory(), `${kind}-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(directory)) {
    return directory;
  }
  const unfinished = `${directory}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  try {
    await build(unfinished);
    renameSync(unfinished, directory);
  } catch (error) {
    // Another process may have been first.
    if ((error as NodeJS.ErrnoException).code !== "ENOTEMPTY") {
      throw error;
    }
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return directory;
}
