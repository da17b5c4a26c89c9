import { fromCommonFault } from "../checks/apiFault";
import type { Ending } from "../checks/ending";
import { type CommonFault, type Fault, faultOf } from "../checks/fault";
import type { Wait } from "../checks/wait";
import { ExitCode } from "./ending";

/** Thrown where a check cannot go on. */
export class Stopped extends Error {
  readonly ending: Ending;

  constructor(ending: Ending) {
    super(ending.message);
    this.ending = ending;
  }
}

/** Thrown where a round has made all the calls that it may. */
class RoundOver extends Error {}

/** What AWS answers instead of a result. */
export class Failed {
  readonly fault: Fault;

  constructor(fault: Fault) {
    this.fault = fault;
  }

  /** Whether it may be otherwise a moment later. */
  get isPassing(): boolean {
    return isPassing(this.fault);
  }
}

/** More than a round needs where AWS answers, and so few that nobody else in the account is throttled by it. */
const callsPerRound = 40;

/** How often a round tries what it can do without. */
const fewTries = 3;

/** Between two calls while AWS is not reached, in seconds. */
const unreachablePause = 10;

const needs = [
  "A RolloutCheck needs autoscaling:DescribeAutoScalingGroups, DescribeInstanceRefreshes and DescribeScalingActivities,",
  "  logs:FilterLogEvents, ssm:SendCommand and GetCommandInvocation for hosts whose report is late, for a canary",
  "  autoscaling:SetDesiredCapacity and TerminateInstanceInAutoScalingGroup, and to take a release back",
  "  autoscaling:CancelInstanceRefresh and StartInstanceRefresh with what that launches (docs/rollout.md)",
].join("\n");

/** Calls AWS, patiently, and counts. */
export class Calls {
  /** What could not be asked in this round, and why. */
  readonly hindrances = new Set<string>();
  private left = callsPerRound;
  private readonly groupName: string;
  private readonly wait: Wait;
  private readonly interruption: AbortSignal | undefined;

  constructor(groupName: string, wait: Wait, interruption?: AbortSignal) {
    this.groupName = groupName;
    this.wait = wait;
    this.interruption = interruption;
  }

  beginRound(): void {
    this.left = callsPerRound;
    this.hindrances.clear();
  }

  /** Does as much as the calls of a round are enough for; returns nothing if that is not all. */
  async within<T>(body: () => Promise<T>): Promise<T | undefined> {
    try {
      return await body();
    } catch (error) {
      if (error instanceof RoundOver) {
        return undefined;
      }
      throw error;
    }
  }

  /** Calls until there is an answer, less and less often while AWS throttles. Throws {@link Stopped} if time is up. */
  async attempt<T>(action: string, call: () => Promise<T>, tries = Number.POSITIVE_INFINITY): Promise<T | Failed> {
    for (let count = 1; ; count += 1) {
      this.stopIfInterrupted();
      if (this.left === 0) {
        throw new RoundOver();
      }
      this.left -= 1;
      try {
        const result = await call();
        this.wait.answered();
        return result;
      } catch (error) {
        const fault = faultOf(action, error);
        if (!isPassing(fault) || count >= tries) {
          return new Failed(fault);
        }
        await this.waitOut(fault);
      }
    }
  }

  /** The same, a few times, for what a round can do without. */
  async ask<T>(action: string, call: () => Promise<T>): Promise<T | Failed> {
    const result = await this.attempt(action, call, fewTries);
    if (result instanceof Failed && result.isPassing) {
      this.hindrances.add(`${action} ${result.fault.kind}`);
    }
    return result;
  }

  /** The same, for what the check cannot do without. */
  async require<T>(action: string, call: () => Promise<T>): Promise<T> {
    const result = await this.attempt(action, call);
    if (result instanceof Failed) {
      throw this.stopped(result.fault);
    }
    return result;
  }

  /** How the check ends because of a fault. */
  stopped(fault: Fault): Stopped {
    switch (fault.kind) {
      case "not-managed":
      case "no-invocation":
        return this.stopped({ kind: "refused", action: fault.action, reason: fault.kind });
      default: {
        const met = fromCommonFault(this.groupName, needs, fault);
        return new Stopped("exitCode" in met ? met : met.ending);
      }
    }
  }

  private stopIfInterrupted(): void {
    if (this.interruption?.aborted) {
      const message = `${this.groupName}: the check was interrupted (${this.interruption.reason}); the release is not proven`;
      throw new Stopped({ exitCode: ExitCode.Interrupted, message });
    }
  }

  private async waitOut(fault: CommonFault): Promise<void> {
    const met = fromCommonFault(this.groupName, needs, fault);
    const pause = fault.kind === "throttled" ? this.wait.backOff() : unreachablePause;
    const ended = "exitCode" in met ? met : await this.wait.for(met, pause);
    if (ended) {
      throw new Stopped(ended);
    }
  }
}

function isPassing(fault: Fault): fault is CommonFault & { readonly kind: "throttled" | "unreachable" } {
  return fault.kind === "throttled" || fault.kind === "unreachable";
}
