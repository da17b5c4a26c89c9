import type { Problem } from "./problems";

/** What a number must be. */
export interface Bound {
  readonly min: number;
  readonly max: number;
  /** Where the bounds come from. */
  readonly why: string;
}

/** Bounds that several kinds of hosts have in common. */
export const debugBound: Bound = { min: 0, max: 7200, why: "a host that failed is of no use, and billed" };
export const garbageBound: Bound = { min: 10, max: 90, why: "above 95 % the host counts as unhealthy" };
export const unhealthyBound: Bound = { min: 2, max: 10, why: "one failure can be chance, and jobs fail meanwhile" };
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
    if (bound === undefined || value === undefined || isWithin(value, bound)) {
      return [];
    }
    const { min, max, why } = bound;
    const nearest = Math.min(max, Math.max(min, Math.round(Number(value)) || min));
    const rule = `must be a whole number from ${min} to ${max}: ${why}`;
    return [{ path, value, rule, fix: `the nearest is ${nearest}` }];
  });
}

export function isWithin(value: unknown, { min, max }: Pick<Bound, "min" | "max">): boolean {
  return Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
}
