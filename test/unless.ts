import { spawnSync } from "node:child_process";
import type { Context } from "mocha";

/**
 * Skips what cannot run on this machine, and says why. A CI run has no excuse: with CI=true it fails instead.
 */
export function unless(context: Context, possible: boolean, reason: string): void {
  if (possible) {
    return;
  }
  if (process.env.CI === "true") {
    throw new Error(`cannot run, and CI must not skip: ${reason}`);
  }
  console.warn(`      skipped: ${reason}`);
  context.skip();
}

/** Whether a command is on the path. */
export function isInstalled(command: string): boolean {
  return spawnSync("which", [command]).status === 0;
}
