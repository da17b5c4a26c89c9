import { type Clock, clockTime } from "./clock";
import type { Ending, Obstacle } from "./ending";

const progressSeconds = 30;

export interface WaitOptions {
  /** What the check is about: an instance, a group. */
  readonly subject: string;
  readonly timeoutSeconds: number;
  readonly clock: Clock;
  /** Gets a line of progress whenever there is news, and every 30 seconds. */
  readonly tell: (line: string) => void;
}

/** How long it has been, for what, and how long it may be. */
export class Wait {
  private readonly started: number;
  private readonly options: WaitOptions;
  private toldAt: number | undefined;
  private toldNews: string | undefined;
  private throttles = 0;
  private met: { readonly obstacle: Obstacle; readonly since: number; readonly at: number } | undefined;

  constructor(options: WaitOptions) {
    this.options = options;
    this.started = options.clock.now();
  }

  /** Longer with each throttling in a row, up to half a minute; in seconds. */
  backOff(): number {
    this.throttles += 1;
    return Math.min(30, 2 ** this.throttles);
  }

  /** AWS has answered: the next throttling is the first in a row. */
  answered(): void {
    this.throttles = 0;
  }

  elapsed(): number {
    return this.options.clock.now() - this.started;
  }

  say(sentence: string): void {
    const { subject, tell } = this.options;
    tell(`[${clockTime(this.elapsed())}] ${subject}: ${sentence}`);
  }

  /** Waits; returns how the check ends if it can't wait any longer. */
  async for(obstacle: Obstacle, pauseSeconds: number): Promise<Ending | undefined> {
    const { obstacle: real, since } = this.meet(obstacle);
    this.progress(real);
    const now = this.options.clock.now();
    const left = this.started + this.options.timeoutSeconds * 1000 - now;
    const patience = since + (real.patienceSeconds ?? Number.POSITIVE_INFINITY) * 1000 - now;
    if (left <= 0 || patience <= 0) {
      return { ...real.ending, message: `${real.ending.message}\n  Waited ${clockTime(this.elapsed())}` };
    }
    await this.options.clock.sleep(Math.min(pauseSeconds * 1000, left));
    return undefined;
  }

  /** Ends each line of progress. */
  protected note(): string {
    return "";
  }

  /** What is in the way, since when. */
  private meet(obstacle: Obstacle) {
    const now = this.options.clock.now();
    const { hidesSeconds } = obstacle;
    if (hidesSeconds !== undefined && (!this.met || now - this.met.at < hidesSeconds * 1000)) {
      return this.met ?? { obstacle, since: this.started };
    }
    const since = this.met?.obstacle.key === obstacle.key ? this.met.since : now;
    this.met = { obstacle, since, at: now };
    return this.met;
  }

  private progress({ key, news = key, sentence }: Obstacle): void {
    const now = this.options.clock.now();
    const due = this.toldAt === undefined || now - this.toldAt >= progressSeconds * 1000;
    if (due || news !== this.toldNews) {
      this.say(`${sentence}${this.note()}`);
      this.toldAt = now;
      this.toldNews = news;
    }
  }
}
