import type { Clock } from "../checks/clock";
import { Wait } from "../checks/wait";
import type { Api } from "./api";
import { Calls } from "./calls";

/** With what a group is put right once its check is over, however that ended. */
export interface Aftermath {
  readonly api: Api;
  readonly groupName: string;
  /** Goes on after an interruption. */
  readonly clock: Clock;
  readonly tell: (line: string) => void;
}

/** Calls that are tried for so many seconds, whatever time is left to the check. */
export function callsAfterwards({ groupName: subject, clock, tell }: Aftermath, timeoutSeconds: number): Calls {
  return new Calls(subject, new Wait({ subject, timeoutSeconds, clock, tell }));
}
