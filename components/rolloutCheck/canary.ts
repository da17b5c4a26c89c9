import type { Ending } from "../checks/ending";
import { type Aftermath, callsAfterwards } from "./aftermath";
import { type Calls, Failed, Stopped } from "./calls";
import { byHand } from "./causes";
import { ExitCode } from "./ending";
import type { Group } from "./group";

/** How long it is tried to take the canary away, in seconds, whatever time is left to the check. */
const endSeconds = 90;

/** One host, for the time of the check, in a group that wants none. */
export class Canary {
  /** Whether the desired capacity may be 1 because of this check, and nobody else wants a host. */
  isOpen = false;
  private wasSeen = false;
  private started: number | undefined;
  /** Hosts that were there before it. */
  private hostsBefore: ReadonlySet<string> = new Set();
  private readonly aftermath: Aftermath;

  constructor(aftermath: Aftermath) {
    this.aftermath = aftermath;
  }

  /** For a group whose desired capacity is 0: makes it 1, if that was not done before. */
  async start({ max, hosts }: Group, calls: Calls): Promise<void> {
    if (max === 0) {
      throw new Stopped({
        exitCode: ExitCode.CanaryImpossible,
        message: `${this.aftermath.groupName}: the group wants no host and may have none (its maximum is 0), so no canary can prove the release\n  Give the fleet a maxSize of 1 or more, or the RolloutCheck canary: false, which leaves the release unproven`,
      });
    }
    if (this.started !== undefined) {
      // AWS may show the capacity of before for a while.
      if (this.wasSeen || this.aftermath.clock.now() - this.started > 60_000) {
        throw new Stopped({
          exitCode: ExitCode.CanaryWithdrawn,
          message: `${this.aftermath.groupName}: somebody set the desired capacity back to 0 before the canary had proven the release\n  Repeat the deployment`,
        });
      }
      return;
    }
    this.hostsBefore = new Set(hosts.map(({ id }) => id));
    const done = await calls.attempt("autoscaling:SetDesiredCapacity", () => {
      this.started ??= this.aftermath.clock.now();
      this.isOpen = true;
      return this.aftermath.api.setDesired(1);
    });
    if (done instanceof Failed) {
      // Nobody knows what became of a call that came before the credentials expired.
      this.isOpen = done.fault.kind === "expired";
      throw calls.stopped(done.fault);
    }
  }

  /** Returns what there is to say of the capacity: hosts that others ask for are none of the check's business. */
  watch(group: Group): string | undefined {
    this.wasSeen ||= group.desired > 0;
    if (!this.isOpen || !isWanted(group)) {
      return undefined;
    }
    this.isOpen = false;
    return "somebody wants hosts of the group: the canary stays, and its capacity is left alone";
  }

  /** Takes the canary away, whichever way the check ended: `hostId` if it is in service. */
  async end(ending: Ending, hostId: string | undefined): Promise<Ending> {
    if (!this.isOpen) {
      return ending;
    }
    const { groupName: subject } = this.aftermath;
    const calls = callsAfterwards(this.aftermath, endSeconds);
    try {
      return { ...ending, message: `${ending.message}\n  ${await this.takeAway(calls, hostId)}` };
    } catch (error) {
      const { message } = error as Error;
      const lines = [
        `${subject}: THE CANARY MAY STILL RUN, the desired capacity could not be put back to 0. By hand:`,
        `  ${byHand("set-desired-capacity", subject, " --desired-capacity 0")}`,
        `  ${message}`,
      ];
      // A release that is proven at the price of a host that runs for nobody is not what was asked for.
      return ending.exitCode === ExitCode.Succeeded
        ? { exitCode: ExitCode.CanaryLeft, message: [...lines, ending.message].join("\n") }
        : { ...ending, message: [ending.message, ...lines].join("\n") };
    }
  }

  private async takeAway(calls: Calls, hostId: string | undefined): Promise<string> {
    const group = await calls.require("autoscaling:DescribeAutoScalingGroups", () => this.aftermath.api.group());
    if (group === undefined || (group.desired === 0 && this.wasSeen)) {
      return "The desired capacity is 0";
    }
    if (isWanted(group)) {
      return `Somebody wants ${group.desired} by now: the canary stays, and the capacity is left alone`;
    }
    if (hostId !== undefined && !this.hostsBefore.has(hostId)) {
      const action = "autoscaling:TerminateInstanceInAutoScalingGroup";
      const done = await calls.attempt(action, () => this.aftermath.api.terminate(hostId));
      if (!(done instanceof Failed)) {
        return `The canary ${hostId} is terminated, and the desired capacity 0 again`;
      }
    }
    await calls.require("autoscaling:SetDesiredCapacity", () => this.aftermath.api.setDesired(0));
    return "The canary is taken away, and the desired capacity 0 again";
  }
}

/** Whether others than a check want hosts of a group. */
function isWanted({ desired, min }: Group): boolean {
  return desired > 1 || min > 0;
}
