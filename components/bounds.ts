import type { Problem } from "./problems";

/** What a number must be. */
export interface Bound {
  readonly min: number;
  readonly max: number;
  /** Where the bounds come from. */
  readonly why: string;
}

export const debugBound: Bound = { min: 0, max: 7200, why: "a host that failed is of no use, and billed" };
export const garbageBound: Bound = { min: 10, max: 90, why: "above 95 % the host counts as unhealthy" };
export const rootVolumeBound: Bound = {
  min: 20,
  max: 16384,
  why: "the system, its packages and logs need 20, gp3 ends at 16384",
};

/** Which of the arguments are no whole numbers within their bounds; paths are the arguments' names. */
export function boundProblems<Args>(
  bounds: Readonly<Partial<Record<keyof Args, Bound>>>,
  args: Partial<Args>,
): Problem[] {
  return Object.entries<Bound | undefined>(bounds).flatMap(([path, bound]) => {
    const value = args[path as keyof Args];
    if (bound === undefined || typeof value !== "number" || isWithin(value, bound)) {
      return [];
    }
    const { min, max, why } = bound;
    const nearest = Math.min(max, Math.max(min, Math.round(value) || min));
    const rule = `must be a whole number from ${min} to ${max}: ${why}`;
    return [{ path, value, rule, fix: `the nearest is ${nearest}` }];
  });
}

function isWithin(value: number, { min, max }: Bound): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
