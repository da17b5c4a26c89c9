import type { BootReport } from "../checks/bootReport";
import type { Api } from "./api";
import type { Calls } from "./calls";
import type { Group } from "./group";
import { History } from "./history";
import { HostReports } from "./hostReports";
import { LogReports } from "./logReports";
import type { Standing } from "./standing";
import type { RolloutOptions } from "./variables";

/** A report in the log group is awaited for so long after a host came into service, before the host itself is asked. */
const lateMs = 60_000;
/** Events of so long ago are looked for; hosts that are older are asked themselves. */
const eventsMs = 24 * 3600_000;

/** Finds out what hosts report, from where it costs least. */
export class Reports {
  readonly history = new History();
  private readonly api: Api;
  private readonly calls: Calls;
  private readonly options: RolloutOptions;
  private readonly hosts: HostReports;
  private logs: LogReports | undefined;

  constructor(api: Api, calls: Calls, options: RolloutOptions) {
    this.api = api;
    this.calls = calls;
    this.options = options;
    this.hosts = new HostReports(api, calls, options.release);
  }

  get troubles() {
    return this.hosts.troubles;
  }

  get stages() {
    return this.hosts.stages;
  }

  /** Asks for what is not known yet, as far as a round gets. */
  async complete({ createdAt }: Group, standing: Standing, now: number): Promise<void> {
    const { history, hosts, calls } = this;
    const learn = (reports: readonly BootReport[]) => history.learn(reports);
    const { unproven, pending, abandoned } = standing;
    const unknown = unproven.filter(({ report }) => report === undefined).map(({ host }) => host);
    if (unknown.length > 0 || pending.length > 0 || abandoned.some(({ report }) => report === undefined)) {
      const { release } = this.options;
      this.logs ??= new LogReports(this.api, calls, release, Math.max(createdAt, now - eventsMs));
      await this.logs.read(now, learn);
    }
    await hosts.hear(now, learn);
    const late = unknown.filter((host) => !history.reportOf(host.id) && history.millisecondsIn(host, now) >= lateMs);
    await hosts.ask(
      late.map(({ id }) => id),
      now,
    );
    const [slowest] = pending;
    if (slowest && slowest.milliseconds >= lateMs) {
      await hosts.askForStage(slowest.host.id, now);
    }
  }
}
