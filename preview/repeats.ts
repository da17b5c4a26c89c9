import type { HostFile } from "./cloudConfigParts";
import type { HostPlan } from "./hostPlan";
import type { UserData } from "./userData";

/** What stood before, byte for byte, to the place where it stood. */
export type Repeats = ReadonlyMap<HostFile | UserData, string>;

interface StackPlans {
  readonly stack: string;
  readonly plans: readonly HostPlan[];
}

/**
 * User data that stood before in another plan, and files that did, with the same path, mode, owner and content. The
 * place is the stack, or the machine where it is of the same stack.
 */
export function repeats(stacks: readonly StackPlans[]): Repeats {
  const first = new Map<string, { readonly stack: string; readonly machine: string }>();
  const found = new Map<HostFile | UserData, string>();
  for (const { stack, plans } of stacks) {
    for (const { name: machine, userData } of plans) {
      for (const item of [userData, ...userData.files]) {
        const key = JSON.stringify(item);
        const place = first.get(key);
        if (place === undefined) {
          first.set(key, { stack, machine });
        } else {
          found.set(item, place.stack === stack ? place.machine : place.stack);
        }
      }
    }
  }
  return found;
}
