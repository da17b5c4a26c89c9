import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";

/** Time in milliseconds of the Unix epoch. */
export interface Clock {
  now(): number;
  /** Returns sooner when `until` is aborted. */
  sleep(milliseconds: number, until?: AbortSignal): Promise<void>;
}

/** Goes on evenly, whatever happens to the machine's date. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  async sleep(milliseconds, until) {
    await setTimeout(milliseconds, undefined, until && { signal: until }).catch(() => undefined);
  },
};

/** `1:05` */
export function clockTime(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
