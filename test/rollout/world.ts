/** What becomes of a host that a group starts. */
export type Fate =
  | "serves"
  /** Gives its boot up. */
  | "fails"
  /** Boots for ever; nobody reaches it. */
  | "hangs"
  /** Boots for ever, in a stage that it tells. */
  | "dawdles"
  /** Serves, and its report gets to no log group. */
  | "logless"
  /** The same, and its agent answers nothing. */
  | "mute"
  /** The same, and Systems Manager does not know it. */
  | "unmanaged"
  /** Serves, and writes events that speak for others. */
  | "forges"
  /** Serves, and its report gets to no log group before it starts again. */
  | "reboots"
  /** Serves, with another host's disk or image. */
  | "borrows"
  /** Serves with another release than its template is of. */
  | "otherwise"
  /** Serves, and says what nobody understands. */
  | "garbles"
  /** Serves, with a report of an older schema. */
  | "outdated";

export interface Scenario {
  readonly desired?: number;
  readonly min?: number;
  readonly max?: number;
  /** Hosts of the release before that are in service at first. */
  readonly old?: number;
  /** Of the release itself. */
  readonly ready?: number;
  /** Status of the newest refresh at first; one goes on if there are old hosts. */
  readonly refresh?: string;
  readonly bootSeconds?: number;
  /** Of the hosts that are started, one by one; all others serve. */
  readonly fates?: readonly Fate[];
  /** What EC2 says instead of starting instances. */
  readonly noCapacity?: string;
  readonly suspended?: readonly string[];
  /** What was before the check began. */
  readonly before?: (world: World) => void;
  /** What others do, after so many seconds. */
  readonly later?: Readonly<Record<number, (world: World) => void>>;
  readonly noGroup?: boolean;
}

export interface WorldHost {
  readonly id: string;
  readonly templateId: string;
  readonly templateVersion: string;
  /** What it really is. */
  readonly release: string;
  readonly fate: Fate;
  readonly launch: Activity | undefined;
  state: string;
  since: number;
  healthy: boolean;
  /** From scale-in. */
  isProtected: boolean;
}

export interface Activity {
  readonly id: string;
  description: string;
  readonly startedAt: number;
  status: string;
  message: string;
}

export interface WorldEvent {
  readonly stream: string;
  readonly message: string;
  /** In milliseconds of the Unix epoch. */
  readonly at: number;
}

export const release = "ami-0123456789abcdef0.0123456789abcdef";
export const oldRelease = "ami-0123456789abcdef0.fedcba9876543210";
export const templateId = "lt-1";
export const templateVersion = "7";
export const beginning = Date.parse("2026-11-28T10:00:00Z");

const startSeconds = 20;
const drainSeconds = 30;

/** A group on AWS, its hosts and what they write; time in seconds from the beginning. */
export class World {
  now = 0;
  desired: number;
  min: number;
  readonly max: number;
  hosts: WorldHost[] = [];
  suspended: string[];
  isGone: boolean;
  noCapacity: string | undefined;
  refresh:
    | {
        status: string;
        reason: string;
        startedAt: number;
        endedAt: number | undefined;
        templateVersion: string | undefined;
      }
    | undefined;
  /** The template's version that the group itself has. */
  groupVersion = templateVersion;
  readonly activities: Activity[] = [];
  readonly events: WorldEvent[] = [];
  private readonly bootSeconds: number;
  private readonly fates: Fate[];
  private readonly later: Readonly<Record<number, (world: World) => void>>;
  private count = 0;

  constructor(scenario: Scenario) {
    const { desired = 2, min = 0, max = 1000, old = 0, ready = 0, bootSeconds = 90, fates = [] } = scenario;
    const status = scenario.refresh ?? (old > 0 ? "InProgress" : "none");
    this.desired = desired;
    this.min = min;
    this.max = max;
    this.bootSeconds = bootSeconds;
    this.fates = [...fates];
    this.later = scenario.later ?? {};
    this.noCapacity = scenario.noCapacity;
    this.suspended = [...(scenario.suspended ?? [])];
    this.isGone = scenario.noGroup ?? false;
    for (let index = 0; index < old; index += 1) {
      this.hosts.push(this.host("6", oldRelease, "serves", "InService"));
    }
    for (let index = 0; index < ready; index += 1) {
      const host = this.host(templateVersion, release, "serves", "InService");
      this.hosts.push(host);
      this.write(host.id, bootReport(host, "succeeded"));
    }
    if (status !== "none") {
      this.refresh = { status: "InProgress", reason: "", startedAt: -5, endedAt: undefined, templateVersion };
      this.endRefresh(status, status === "InProgress" ? "" : "as the scenario has it");
    }
    scenario.before?.(this);
  }

  /** Lets the world go on. */
  advance(seconds: number): void {
    while (this.now < seconds) {
      this.now += 1;
      this.later[this.now]?.(this);
      this.boot();
      this.replace();
      this.scale();
    }
  }

  /** Whether what a check may call proven is so. */
  get isProven(): boolean {
    const inService = this.inService;
    const ofRelease = inService.every(
      (host) =>
        host.release === release &&
        host.templateVersion === templateVersion &&
        host.templateId === templateId &&
        host.healthy,
    );
    const ofGroup = [templateVersion, "$Latest"].includes(this.groupVersion);
    return ofRelease && ofGroup && this.desired >= 1 && inService.length >= this.desired;
  }

  get inService(): WorldHost[] {
    return this.hosts.filter(({ state }) => state === "InService");
  }

  get pending(): WorldHost[] {
    return this.hosts.filter(({ state }) => state.startsWith("Pending"));
  }

  endRefresh(status: string, reason: string): void {
    if (this.refresh) {
      Object.assign(this.refresh, { status, reason, endedAt: undefined });
      this.refresh.endedAt = this.refreshIsUnderWay ? undefined : this.now;
    }
  }

  get refreshIsUnderWay(): boolean {
    const underWay = ["InProgress", "Pending", "RollbackInProgress", "Baking", "Cancelling"];
    return this.refresh !== undefined && underWay.includes(this.refresh.status);
  }

  terminate(id: string): void {
    const host = this.hosts.find((each) => each.id === id);
    if (host && !host.state.startsWith("Terminating")) {
      this.enter(host, "Terminating:Wait");
    }
  }

  private boot(): void {
    for (const host of this.hosts) {
      const seconds = this.now - host.since;
      if (host.state === "Pending" && seconds >= startSeconds) {
        this.enter(host, "Pending:Wait");
      } else if (host.state === "Pending:Wait" && seconds >= this.bootSeconds) {
        this.finish(host);
      } else if (host.state.startsWith("Terminating") && seconds >= drainSeconds) {
        this.hosts = this.hosts.filter((each) => each !== host);
      }
    }
  }

  private finish(host: WorldHost): void {
    const { id, fate, launch } = host;
    if (fate === "hangs" || fate === "dawdles") {
      return;
    }
    if (fate === "fails") {
      this.write(id, bootReport(host, "failed"));
      this.hosts = this.hosts.filter((each) => each !== host);
      settle(launch, "Cancelled", "Instance failed to complete user's Lifecycle Action: it was abandoned");
      return;
    }
    if (fate === "serves") {
      this.write(id, bootReport(host, "succeeded"));
    }
    if (fate === "forges") {
      this.write(id, bootReport(host, "succeeded"));
      for (const other of this.hosts.filter((each) => each !== host)) {
        this.write(id, bootReport(other, "succeeded"));
        this.write(other.id, bootReport(host, "succeeded"));
      }
    }
    if (fate === "garbles") {
      this.write(id, { ...bootReport(host, "succeeded"), result: "fine" });
    }
    this.write(id, { event: "unhealthy", release, schema: 3 });
    this.enter(host, "InService");
    settle(launch, "Successful", "");
  }

  /** A rolling refresh, a quarter of the hosts at a time. */
  private replace(): void {
    if (this.refresh?.status === "Cancelling") {
      this.endRefresh("Cancelled", "by a request");
    }
    if (this.refresh?.status !== "InProgress") {
      return;
    }
    const old = this.inService.filter((host) => host.templateVersion !== this.launchVersion);
    const live = this.inService.length + this.pending.length;
    if (old.length === 0 && this.pending.length === 0 && this.inService.length >= this.desired) {
      this.groupVersion = this.launchVersion;
      this.endRefresh("Successful", "");
    } else if (this.pending.length === 0 && live >= this.desired) {
      for (const { id } of old.slice(0, Math.ceil(this.desired / 4))) {
        this.terminate(id);
      }
    }
  }

  private scale(): void {
    let missing = this.desired - this.inService.length - this.pending.length;
    for (; missing > 0 && !this.suspended.includes("Launch"); missing -= 1) {
      if (this.noCapacity !== undefined) {
        if (this.now % 60 === 1) {
          this.act("Launching a new EC2 instance.  Status Reason: none", "Failed", this.noCapacity);
        }
        return;
      }
      this.launch();
    }
    const dispensable = this.inService.filter(({ isProtected }) => !isProtected);
    for (const { id } of dispensable.slice(0, Math.max(0, -missing))) {
      this.terminate(id);
    }
  }

  private launch(): void {
    const id = this.nextId();
    const launch = this.act(`Launching a new EC2 instance: ${id}`, "InProgress", "");
    const version = this.launchVersion;
    const isOld = version !== templateVersion;
    // Hosts of the release before have always come up.
    const fate = isOld ? "serves" : (this.fates.shift() ?? "serves");
    const made = isOld || fate === "otherwise" ? oldRelease : release;
    this.hosts.push(this.host(version, made, fate, "Pending", id, launch));
  }

  /** What new hosts are started with: while a refresh goes on, what that brings. */
  private get launchVersion(): string {
    const { status, templateVersion: brings } = this.refresh ?? {};
    return (status === "InProgress" && brings) || this.groupVersion;
  }

  act(description: string, status: string, message: string, startedAt = this.now): Activity {
    const activity = { id: `a-${this.activities.length}`, description, startedAt, status, message };
    this.activities.unshift(activity);
    return activity;
  }

  private host(
    version: string,
    made: string,
    fate: Fate,
    state: string,
    id = this.nextId(),
    launch?: Activity,
  ): WorldHost {
    const what = { id, templateId, templateVersion: version, release: made, fate, launch };
    return { ...what, state, since: this.now, healthy: true, isProtected: false };
  }

  private nextId(): string {
    this.count += 1;
    return `i-${this.count.toString(16).padStart(17, "0")}`;
  }

  private enter(host: WorldHost, state: string): void {
    host.state = state;
    host.since = this.now;
  }

  write(stream: string, event: object): void {
    this.events.push({ stream, message: JSON.stringify(event), at: beginning + this.now * 1000 });
  }
}

function settle(launch: Activity | undefined, status: string, message: string): void {
  if (launch) {
    const description = message ? `${launch.description}.  Status Reason: ${message}` : launch.description;
    Object.assign(launch, { description, status, message });
  }
}

/** A boot report as hosts write it. */
export function bootReport(
  { id, release: made }: Pick<WorldHost, "id" | "release">,
  result: "running" | "succeeded" | "failed",
) {
  const lastLines = ["E: no mirror left", "\u001b[31mred", "-----BEGIN PRIVATE KEY-----", "MHcC"];
  return {
    schema: 3,
    result,
    instance: id,
    release: made,
    stage: result === "succeeded" ? null : "docker",
    failure: result === "failed" ? { command: "apt-get install docker", exitStatus: 100, lastLines } : null,
    startedAt: "2026-11-28T10:00:20+00:00",
    writtenAt: "2026-11-28T10:01:54+00:00",
    stages: [{ name: "network", seconds: 1, attempts: 1 }],
    probe: ["uid-0"],
    versions: result === "running" ? null : { kernel: "6.1.1", docker: "28.0.1", containerd: "2.0.1", sysbox: "0.6.7" },
    images: [],
  };
}
