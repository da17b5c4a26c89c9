import { readAnswer } from "./answer";
import { fromFault, gone } from "./apiFault";
import { type Ending, ExitCode, type Obstacle } from "./ending";
import { faultOf } from "./fault";
import { plain } from "./plain";
import type { CheckOptions } from "./variables";
import { unreadable, verdict } from "./verdict";

/** What Systems Manager tells of a command on one instance. */
export interface Invocation {
  /** `StatusDetails`, without spaces: `Success`, `InProgress`, `DeliveryTimedOut`. */
  readonly status: string;
  readonly exitStatus: number;
  readonly output: string;
}

/** Run Command, for one instance and the script that prints its report. Rejects with errors of the AWS SDK. */
export interface RunCommand {
  /** Returns the command's id. */
  send(): Promise<string>;
  invocation(commandId: string): Promise<Invocation>;
}

/** Time in milliseconds. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** Between two questions to a host, in seconds. */
const questionPause = 10;
const progressSeconds = 30;
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
  const wait = new Wait(options, clock, tell);
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
async function ask(instanceId: string, ssm: RunCommand, wait: Wait, options: CheckOptions): Promise<Step> {
  const { command } = wait;
  if (command === undefined) {
    wait.asked += 1;
    return attempt("ssm:SendCommand", instanceId, wait, async () => {
      wait.sent(await ssm.send());
      return { obstacle: underWay(instanceId), pauseSeconds: 1 };
    });
  }
  return attempt("ssm:GetCommandInvocation", instanceId, wait, async () => {
    const invocation = await ssm.invocation(command.id);
    if (["Pending", "InProgress", "Delayed", "Cancelling"].includes(invocation.status)) {
      return stillUnderWay(instanceId, wait);
    }
    wait.command = undefined;
    return paced(ofInvocation(invocation, options, wait));
  });
}

async function attempt(action: string, instanceId: string, wait: Wait, call: () => Promise<Step>): Promise<Step> {
  try {
    return await call();
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

function ofInvocation(invocation: Invocation, options: CheckOptions, wait: Wait): Ending | Obstacle {
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

/** No obstacle of its own: what was in the way before is still that, as far as anyone knows. */
const underWayKey = "under way";

function underWay(instanceId: string): Obstacle {
  return { ...timedOut(instanceId, "no answer"), key: underWayKey, sentence: "waits for the host's agent" };
}

function stillUnderWay(instanceId: string, wait: Wait): Step {
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

/** How long it has been, for what, and how long it may be. */
class Wait {
  command: { readonly id: string; readonly since: number } | undefined;
  /** What is known of a host that has answered. */
  lastSeen: string | undefined;
  asked = 0;
  private readonly started: number;
  private toldAt: number | undefined;
  private toldKey: string | undefined;
  private throttles = 0;
  private met: { readonly obstacle: Obstacle; readonly since: number } | undefined;
  private readonly options: CheckOptions;
  private readonly clock: Clock;
  private readonly tell: (line: string) => void;

  constructor(options: CheckOptions, clock: Clock, tell: (line: string) => void) {
    this.options = options;
    this.clock = clock;
    this.tell = tell;
    this.started = clock.now();
  }

  sent(id: string): void {
    this.command = { id, since: this.clock.now() };
  }

  commandSeconds(): number {
    return (this.clock.now() - (this.command?.since ?? this.started)) / 1000;
  }

  /** Longer with each throttling in a row, up to half a minute. */
  backOff(): number {
    this.throttles += 1;
    return Math.min(30, 2 ** this.throttles);
  }

  /** Waits; returns how the check ends if it can't wait any longer. */
  async for(obstacle: Obstacle, pauseSeconds: number): Promise<Ending | undefined> {
    this.meet(obstacle);
    const { obstacle: real, since } = this.met ?? { obstacle, since: this.started };
    if (obstacle.key !== "throttled") {
      this.throttles = 0;
    }
    this.progress(real);
    const now = this.clock.now();
    const left = this.started + this.options.timeoutSeconds * 1000 - now;
    const patience = since + (real.patienceSeconds ?? Number.POSITIVE_INFINITY) * 1000 - now;
    if (left <= 0 || patience <= 0) {
      return { ...real.ending, message: `${real.ending.message}\n  Waited ${clockTime(now - this.started)}` };
    }
    await this.clock.sleep(Math.min(pauseSeconds * 1000, left));
    return undefined;
  }

  private meet(obstacle: Obstacle): void {
    if (obstacle.key !== underWayKey && this.met?.obstacle.key !== obstacle.key) {
      this.met = { obstacle, since: this.clock.now() };
    }
  }

  private progress(obstacle: Obstacle): void {
    const now = this.clock.now();
    const due = this.toldAt === undefined || now - this.toldAt >= progressSeconds * 1000;
    if (due || obstacle.key !== this.toldKey) {
      const asked = `asked ${this.asked === 1 ? "once" : `${this.asked} times`}`;
      this.tell(`[${clockTime(now - this.started)}] ${this.options.instanceId}: ${obstacle.sentence} (${asked})`);
      this.toldAt = now;
      this.toldKey = obstacle.key;
    }
  }
}

/** `1:05` */
function clockTime(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
