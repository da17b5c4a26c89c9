import { readAnswer } from "../checks/answer";
import type { Clock } from "../checks/clock";
import type { Ending, Obstacle } from "../checks/ending";
import { faultOf } from "../checks/fault";
import { plain } from "../checks/plain";
import { type Invocation, isUnderWay, type RunCommand } from "../checks/runCommand";
import { Wait } from "../checks/wait";
import { fromFault, gone } from "./apiFault";
import { ExitCode } from "./ending";
import type { CheckOptions } from "./variables";
import { unreadable, verdict } from "./verdict";

/** Between two questions to a host, in seconds. */
const questionPause = 10;
/** A command that Systems Manager has not brought to an end by itself by then is given up, in seconds. */
const commandPatience = 180;

/**
 * Asks a host for its boot report until it is in service, or its boot failed, or the time is up. `tell` gets a line of
 * progress whenever there is news, and every 30 seconds.
 */
export async function checkHost(
  options: CheckOptions,
  ssm: RunCommand,
  clock: Clock,
  tell: (line: string) => void,
): Promise<Ending> {
  const wait = new HostWait(options, clock, tell);
  for (;;) {
    const step = await ask(options.instanceId, ssm, wait, options);
    if ("exitCode" in step) {
      return step;
    }
    const ended = await wait.for(step.obstacle, step.pauseSeconds);
    if (ended) {
      return ended;
    }
  }
}

type Step = Ending | { readonly obstacle: Obstacle; readonly pauseSeconds: number };

/** One call to AWS, and what it means. */
async function ask(instanceId: string, ssm: RunCommand, wait: HostWait, options: CheckOptions): Promise<Step> {
  const { command } = wait;
  if (command === undefined) {
    wait.asked += 1;
    return attempt("ssm:SendCommand", instanceId, wait, async () => {
      wait.sent(await ssm.send([instanceId]));
      return { obstacle: underWay(instanceId), pauseSeconds: 1 };
    });
  }
  return attempt("ssm:GetCommandInvocation", instanceId, wait, async () => {
    const invocation = await ssm.invocation(command.id, instanceId);
    if (isUnderWay(invocation)) {
      return stillUnderWay(instanceId, wait);
    }
    wait.command = undefined;
    return paced(ofInvocation(invocation, options, wait));
  });
}

async function attempt(action: string, instanceId: string, wait: HostWait, call: () => Promise<Step>): Promise<Step> {
  try {
    const step = await call();
    wait.answered();
    return step;
  } catch (error) {
    const fault = faultOf(action, error);
    if (fault.kind === "no-invocation") {
      return stillUnderWay(instanceId, wait);
    }
    const met = fromFault(instanceId, fault, wait.lastSeen);
    if ("exitCode" in met) {
      return met;
    }
    return fault.kind === "throttled" ? { obstacle: met, pauseSeconds: wait.backOff() } : paced(met);
  }
}

function paced(met: Ending | Obstacle): Step {
  return "exitCode" in met ? met : { obstacle: met, pauseSeconds: questionPause };
}

function ofInvocation(invocation: Invocation, options: CheckOptions, wait: HostWait): Ending | Obstacle {
  const { instanceId } = options;
  switch (invocation.status) {
    case "Success": {
      const met = verdict(readAnswer(invocation.output), options);
      wait.lastSeen = "exitCode" in met ? wait.lastSeen : `it was last seen so: ${met.sentence}`;
      return met;
    }
    case "Failed":
      wait.lastSeen ??= "it had answered before";
      return unreadable(instanceId, `the script that prints it ended with ${invocation.exitStatus}`);
    case "Undeliverable":
    case "Terminated":
      return gone(instanceId, wait.lastSeen ?? "it had never answered");
    default:
      return timedOut(instanceId, plain(invocation.status, 40));
  }
}

function underWay(instanceId: string): Obstacle {
  const sentence = "waits for the host's agent";
  return { ...timedOut(instanceId, "no answer"), key: "under way", sentence, hidesSeconds: Number.POSITIVE_INFINITY };
}

function stillUnderWay(instanceId: string, wait: HostWait): Step {
  if (wait.commandSeconds() < commandPatience) {
    return { obstacle: underWay(instanceId), pauseSeconds: Math.min(5, 1 + Math.floor(wait.commandSeconds() / 3)) };
  }
  wait.command = undefined;
  return { obstacle: timedOut(instanceId, "no answer"), pauseSeconds: questionPause };
}

function timedOut(instanceId: string, status: string): Obstacle {
  return {
    key: "timed out",
    sentence: `the host's agent did not run the command (${status})`,
    ending: {
      exitCode: ExitCode.CommandTimedOut,
      message: `${instanceId}: the host's agent did not run the command that prints its report (${status})\n  The host hangs, or its agent has lost its way to Systems Manager`,
    },
  };
}

/** How long it has been, for what, and what is known of the host. */
class HostWait extends Wait {
  command: { readonly id: string; readonly since: number } | undefined;
  /** What is known of a host that has answered. */
  lastSeen: string | undefined;
  asked = 0;

  constructor({ instanceId, timeoutSeconds }: CheckOptions, clock: Clock, tell: (line: string) => void) {
    super({ subject: instanceId, timeoutSeconds, clock, tell });
  }

  sent(id: string): void {
    this.command = { id, since: this.elapsed() };
  }

  commandSeconds(): number {
    return (this.elapsed() - (this.command?.since ?? 0)) / 1000;
  }

  protected override note(): string {
    return ` (asked ${this.asked === 1 ? "once" : `${this.asked} times`})`;
  }
}
