import type { Ending } from "../checks/ending";
import { type Aftermath, callsAfterwards } from "./aftermath";
import { type Calls, Failed } from "./calls";
import { byHand } from "./causes";
import { ExitCode } from "./ending";
import { isUnderWay, type Standing } from "./standing";
import { hosts } from "./summary";

/** Endings that say that hosts of the release do not come up. */
const failures: readonly number[] = [ExitCode.RefreshFailed, ExitCode.AllAbandoned];

/** How long it is tried to go back, in seconds, whatever time is left to the check. */
const endSeconds = 180;
/** Between two looks at a refresh that is being cancelled, in seconds. */
const lookPause = 5;

/**
 * Takes a group back to the release before, where hosts of the new one do not come up: it would start no others from now
 * on, whoever scales it. AWS's own rollback goes to the version that the group has, and a deployment changes that first.
 */
export class WayBack {
  private readonly aftermath: Aftermath;

  constructor(aftermath: Aftermath) {
    this.aftermath = aftermath;
  }

  /** Begins to go back, if the check ended so that it should and hosts with another version are in service. */
  async end(ending: Ending, standing: Standing | undefined): Promise<Ending> {
    const { former, otherVersion } = standing ?? {};
    if (!failures.includes(ending.exitCode) || otherVersion !== undefined) {
      return ending;
    }
    if (former === undefined) {
      const left = "No host of another release is in service to go back to: the group starts hosts of this one, until";
      return { ...ending, message: `${ending.message}\n  ${left} another is deployed` };
    }
    const { groupName: subject } = this.aftermath;
    const { version, count } = former;
    try {
      await this.begin(callsAfterwards(this.aftermath, endSeconds), version);
      const lines = [
        `  The group goes back to version ${version} of its template, with which it has ${hosts(count)} in service`,
        "  To try this release again: pulumi up --refresh, which sees that the group has another version",
      ];
      return { ...ending, message: [ending.message, ...lines].join("\n") };
    } catch (error) {
      const lines = [
        `${subject}: THE GROUP STILL STARTS HOSTS OF THIS RELEASE, it could not be taken back to version ${version} of its template:`,
        `  ${(error as Error).message}`,
        `  ${byHand("cancel-instance-refresh", subject)}`,
        "  and a deployment of what the hosts can boot with",
      ];
      return { ...ending, message: [ending.message, ...lines].join("\n") };
    }
  }

  private async begin(calls: Calls, version: string): Promise<void> {
    await this.cancel(calls);
    await calls.require("autoscaling:StartInstanceRefresh", () => this.aftermath.api.startRefresh(version));
  }

  /** Ends the refresh that is under way. A group has one at a time, or refuses. */
  private async cancel(calls: Calls): Promise<void> {
    const isOver = async () => {
      calls.beginRound();
      const refresh = await calls.require("autoscaling:DescribeInstanceRefreshes", () => this.aftermath.api.refresh());
      return refresh === undefined || !isUnderWay(refresh);
    };
    if (await isOver()) {
      return;
    }
    const done = await calls.attempt("autoscaling:CancelInstanceRefresh", () => this.aftermath.api.cancelRefresh());
    for (let seconds = 0; seconds < endSeconds && !(await isOver()); seconds += lookPause) {
      if (done instanceof Failed) {
        throw calls.stopped(done.fault);
      }
      await this.aftermath.clock.sleep(lookPause * 1000);
    }
  }
}
