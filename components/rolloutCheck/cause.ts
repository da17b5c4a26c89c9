import type { Ending } from "../checks/ending";

/** What is in the way, and how the check ends if it does not go. */
export interface Cause extends Ending {
  /** Equal for causes that are one and the same to whoever waits. */
  readonly key: string;
  /** How long to wait for it to go, in seconds. As long as there is time if not given. */
  readonly patienceSeconds?: number;
}

/** AWS may be late to show what has happened, in seconds. */
export const lateSeconds = 30;

/** By hand, with the name of the group. */
export function byHand(command: string, groupName: string, rest = ""): string {
  return `aws autoscaling ${command} --auto-scaling-group-name '${groupName.replaceAll("'", "'\\''")}'${rest}`;
}
