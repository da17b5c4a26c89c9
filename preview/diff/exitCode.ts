import type { Review } from "./review";

/** 0 no change, 1 a change that the deployment will refuse, 2 changes, 3 changes that expose or destroy something. */
export function reviewExitCode({ stacks, exposures }: Review): number {
  if (exposures.length > 0) {
    return exposures.some(({ kind }) => kind === "blocked") ? 1 : 3;
  }
  return stacks.every(({ state }) => state === "unchanged") ? 0 : 2;
}
