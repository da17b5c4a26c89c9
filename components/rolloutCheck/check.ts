import type { Clock } from "../checks/clock";
import { CommonExitCode, type Ending, type Obstacle } from "../checks/ending";
import { Wait } from "../checks/wait";
import type { Api } from "./api";
import { Calls, Stopped } from "./calls";
import { Canary } from "./canary";
import type { Group } from "./group";
import { canaryStarts, hostsLeave, noGroup, unconfirmed } from "./obstacles";
import { proven, unproven } from "./proof";
import { Reports } from "./reports";
import { isComplete, type Standing, standingOf } from "./standing";
import type { RolloutOptions } from "./variables";
import { obstacleIn } from "./verdict";
import { WayBack } from "./wayBack";

/** Between two rounds, in seconds. */
const roundPause = 15;
/** All must be well in so many rounds in a row. */
const roundsToProve = 2;

/**
 * Looks at a group until all its hosts are in service with the release, or it is clear that they won't be, or the time
 * is up. `tell` gets a line of progress whenever there is news, and every 30 seconds. The reason of `interruption` is the
 * name of a signal, or says what else happened.
 */
export async function checkRollout(
  options: RolloutOptions,
  api: Api,
  clock: Clock,
  tell: (line: string) => void,
  interruption?: AbortSignal,
): Promise<Ending> {
  const rollout = new Rollout(options, api, clock, tell, interruption);
  const ending = await rollout.run().catch((error): Ending => {
    if (error instanceof Stopped) {
      return error.ending;
    }
    return { exitCode: CommonExitCode.Unexpected, message: `fault of the check itself: ${error?.stack}` };
  });
  return rollout.end(ending);
}

class Rollout {
  private readonly options: RolloutOptions;
  private readonly api: Api;
  private readonly clock: Clock;
  private readonly wait: Wait;
  private readonly calls: Calls;
  private readonly canary: Canary;
  private readonly wayBack: WayBack;
  private readonly reports: Reports;
  private readonly began: number;
  /** Launches that were over when it began. */
  private earlier: ReadonlySet<string> | undefined;
  private desired: number | undefined;
  private roundsWell = 0;
  private standing: Standing | undefined;

  constructor(
    options: RolloutOptions,
    api: Api,
    clock: Clock,
    tell: (line: string) => void,
    interruption: AbortSignal | undefined,
  ) {
    const { groupName, timeoutSeconds } = options;
    const interruptible: Clock = {
      now: () => clock.now(),
      sleep: (milliseconds) => clock.sleep(milliseconds, interruption),
    };
    this.options = options;
    this.api = api;
    this.clock = interruptible;
    this.began = clock.now();
    this.wait = new Wait({ subject: groupName, timeoutSeconds, clock: interruptible, tell });
    this.calls = new Calls(groupName, this.wait, interruption);
    const aftermath = { api, groupName, clock, tell };
    this.canary = new Canary(aftermath);
    this.wayBack = new WayBack(aftermath);
    this.reports = new Reports(api, this.calls, options);
  }

  async run(): Promise<Ending> {
    for (;;) {
      this.calls.beginRound();
      const step = await this.calls.within(() => this.round());
      if (step === undefined) {
        await this.clock.sleep(roundPause * 1000);
        continue;
      }
      const ended = "exitCode" in step ? step : await this.wait.for(step, roundPause);
      if (ended) {
        return ended;
      }
    }
  }

  async end(ending: Ending): Promise<Ending> {
    return this.canary.end(await this.wayBack.end(ending, this.standing), this.standing?.proven[0]?.id);
  }

  private async round(): Promise<Ending | Obstacle> {
    const { roundsWell } = this;
    // Until this one is known to be well, too.
    this.roundsWell = 0;
    const group = await this.calls.require("autoscaling:DescribeAutoScalingGroups", () => this.api.group());
    if (group === undefined || group.deleting) {
      return noGroup(group, this.options);
    }
    this.sayDesired(group);
    if (group.desired > 0) {
      return this.judge(await this.look(group), roundsWell);
    }
    if (!this.options.canary) {
      return unproven(this.options);
    }
    const leaving = group.hosts.filter(({ state, isProtected }) => state === "InService" && !isProtected);
    if (leaving.length > 0 && !this.canary.isOpen) {
      return hostsLeave(leaving.length, this.options);
    }
    await this.canary.start(group, this.calls);
    return canaryStarts(this.options);
  }

  /** All that there is to know at the moment. */
  private async look(group: Group): Promise<Standing> {
    const { api, calls, reports } = this;
    const refresh = await calls.require("autoscaling:DescribeInstanceRefreshes", () => api.refresh());
    const launches = await calls.require("autoscaling:DescribeScalingActivities", () => api.launches());
    this.earlier ??= new Set(launches.filter(({ isOver }) => isOver).map(({ id }) => id));
    const now = this.clock.now();
    reports.history.see(group, now);
    const { history, troubles, stages } = reports;
    const { hindrances } = calls;
    const { began, earlier } = this;
    const findings = { group, refresh, launches, history, troubles, stages, earlier, hindrances, began, now };
    await calls.within(() => reports.complete(group, standingOf(findings, this.options), now));
    return standingOf(findings, this.options);
  }

  private judge(standing: Standing, roundsWell: number): Ending | Obstacle {
    this.standing = standing;
    for (const id of this.reports.history.prove(standing.proven)) {
      this.wait.say(`${id} was in service with the release, and is not any more`);
    }
    if (!isComplete(standing)) {
      return obstacleIn(standing, this.options);
    }
    this.roundsWell = roundsWell + 1;
    return this.roundsWell >= roundsToProve ? this.proven(standing) : unconfirmed(standing, this.options);
  }

  private proven(standing: Standing): Ending {
    const canary = this.canary.isOpen;
    const waitedSeconds = this.wait.elapsed() / 1000;
    const reports = standing.proven.flatMap(({ id }) => this.reports.history.reportOf(id) ?? []);
    return proven(standing, reports, this.options, { now: this.clock.now(), waitedSeconds, canary });
  }

  private sayDesired(group: Group): void {
    const { desired } = group;
    const said = this.canary.watch(group);
    if (said) {
      this.wait.say(said);
    }
    if (this.desired !== undefined && this.desired !== desired && !this.canary.isOpen) {
      this.wait.say(`the desired capacity is ${desired} by now, it was ${this.desired}`);
    }
    this.desired = desired;
  }
}
