import { type BootReport, readEvent, reportSchema } from "../checks/bootReport";
import type { Api, LogEvent } from "./api";
import { type Calls, Failed } from "./calls";

/** An empty page does not mean that it is the last one: CloudWatch Logs goes through all streams, a stretch per call. */
const pagesPerRound = 5;
/** Events may come later than others that they are older than. */
const overlapMs = 5 * 60_000;

/** The boot reports that hosts of a release have sent to their log group, each read about once. */
export class LogReports {
  private readonly api: Api;
  private readonly calls: Calls;
  private readonly release: string;
  private since: number;
  private newest = 0;
  private token: string | undefined;

  constructor(api: Api, calls: Calls, release: string, since: number) {
    this.api = api;
    this.calls = calls;
    this.release = release;
    this.since = Math.max(0, Math.floor(since));
  }

  /** Tells `learn` what is new, as far as a round gets. */
  async read(now: number, learn: (reports: readonly BootReport[]) => void): Promise<void> {
    const pattern = `{ ($.schema = ${reportSchema}) && ($.release = "${this.release}") }`;
    for (let page = 0; page < pagesPerRound; page += 1) {
      const told = await this.calls.ask("logs:FilterLogEvents", () => this.api.events(pattern, this.since, this.token));
      if (told === undefined) {
        this.calls.hindrances.add("there is no such log group");
        return;
      }
      if (told instanceof Failed) {
        this.giveUp(told);
        return;
      }
      learn(told.events.flatMap((event) => this.reportIn(event, now)));
      this.token = told.token;
      if (told.token === undefined) {
        this.since = Math.max(this.since, Math.floor(this.newest - overlapMs));
        return;
      }
    }
  }

  private reportIn({ stream, message, at }: LogEvent, now: number): BootReport[] {
    // A host's own clock is not to hide the events of others.
    this.newest = Math.max(this.newest, Math.min(at, now));
    const report = readEvent(message);
    return report && report.instance === stream && report.release === this.release ? [report] : [];
  }

  private giveUp({ fault, isPassing }: Failed): void {
    if (isPassing) {
      return;
    }
    if (this.token === undefined) {
      throw this.calls.stopped(fault);
    }
    // The way to the next page is not open for ever. Without it, the next round says whether it was that.
    this.token = undefined;
  }
}
