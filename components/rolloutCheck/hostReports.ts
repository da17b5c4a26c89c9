import { isOfEarlierBoot, readAnswer } from "../checks/answer";
import type { BootReport } from "../checks/bootReport";
import { plain } from "../checks/plain";
import { type Invocation, isUnderWay } from "../checks/runCommand";
import type { Api } from "./api";
import { type Calls, Failed } from "./calls";

/** What a host that was asked itself has instead of a report of its own boot with the release. */
export interface Trouble {
  readonly kind: "silent" | "other-release" | "other-schema" | "unreadable";
  /** Continues the sentence "the host …". */
  readonly what: string;
}

/** As many as one command takes. */
const hostsPerCommand = 50;
const answersPerRound = 20;
/** Until a host is asked again, and until its agent is not waited for any longer. */
const againMs = 60_000;
const patienceMs = 180_000;

interface Command {
  readonly id: string;
  readonly since: number;
  /** Whether it counts that the host may be asked at all. */
  readonly isNeeded: boolean;
}

/** Asks hosts for their boot reports, through Run Command. */
export class HostReports {
  readonly troubles = new Map<string, Trouble>();
  /** The stage that a host's boot is in, as far as it was asked. */
  readonly stages = new Map<string, string>();
  private readonly api: Api;
  private readonly calls: Calls;
  private readonly release: string;
  private readonly commands = new Map<string, Command>();
  private readonly askedAt = new Map<string, number>();
  /** Hosts that Systems Manager did not know when it was asked for each of them alone. */
  private readonly strangers = new Set<string>();
  private batch = hostsPerCommand;

  constructor(api: Api, calls: Calls, release: string) {
    this.api = api;
    this.calls = calls;
    this.release = release;
  }

  /** Sends a command to those hosts that are due, as many as one command takes. */
  async ask(instanceIds: readonly string[], now: number): Promise<void> {
    const due = this.due(instanceIds, now);
    const known = due.filter((id) => !this.strangers.has(id));
    // One that is not known fails the command for all.
    const asked = known.length > 0 ? known.slice(0, this.batch) : due.slice(0, 1);
    const failed = await this.send(asked, now, true);
    if (asked.length === 0 || failed?.isPassing) {
      return;
    }
    if (failed === undefined) {
      this.batch = Math.min(hostsPerCommand, this.batch * 2);
    } else if (failed.fault.kind !== "not-managed") {
      throw this.calls.stopped(failed.fault);
    } else {
      // Systems Manager does not say which of them it does not know: half of them the next time.
      this.batch = Math.max(1, Math.floor(asked.length / 2));
    }
  }

  /** The same for one whose answer is nice to have. */
  async askForStage(instanceId: string, now: number): Promise<void> {
    await this.send(this.due([instanceId], now), now, false);
  }

  /** Tells `learn` the reports of hosts that have answered. */
  async hear(now: number, learn: (reports: readonly BootReport[]) => void): Promise<void> {
    for (const [instanceId, command] of [...this.commands].slice(0, answersPerRound)) {
      const told = await this.calls.ask("ssm:GetCommandInvocation", () => this.api.invocation(command.id, instanceId));
      if (told instanceof Failed && told.isPassing) {
        return;
      }
      this.commands.delete(instanceId);
      if (told instanceof Failed && !["no-invocation", "not-managed"].includes(told.fault.kind)) {
        if (command.isNeeded) {
          throw this.calls.stopped(told.fault);
        }
        continue;
      }
      // A host may be gone, or its command not there yet.
      if (!(told instanceof Failed) && !isUnderWay(told)) {
        learn(this.understand(instanceId, told));
      } else if (now - command.since < patienceMs) {
        // Behind the others, which are asked first in the next round.
        this.commands.set(instanceId, command);
      } else {
        this.troubles.set(instanceId, { kind: "silent", what: "did not answer: its agent does not run commands" });
      }
    }
  }

  private due(instanceIds: readonly string[], now: number): string[] {
    // Whoever answers has to be listened to: no more at a time than some rounds can hear.
    if (this.commands.size > answersPerRound) {
      return [];
    }
    const isDue = (id: string) => now - (this.askedAt.get(id) ?? Number.NEGATIVE_INFINITY) >= againMs;
    return instanceIds.filter((id) => !this.commands.has(id) && isDue(id));
  }

  private async send(asked: readonly string[], now: number, isNeeded: boolean): Promise<Failed | undefined> {
    if (asked.length === 0) {
      return undefined;
    }
    const sent = await this.calls.ask("ssm:SendCommand", () => this.api.send(asked));
    const [only, ...others] = asked;
    if (!(sent instanceof Failed)) {
      for (const id of asked) {
        this.strangers.delete(id);
        this.askedAt.set(id, now);
        this.commands.set(id, { id: sent, since: now, isNeeded });
      }
      return undefined;
    }
    if (only !== undefined && others.length === 0 && !sent.isPassing) {
      this.askedAt.set(only, now);
      if (sent.fault.kind === "not-managed") {
        this.strangers.add(only);
        this.troubles.set(only, { kind: "silent", what: "is not known to Systems Manager" });
      }
    }
    return sent;
  }

  private understand(instanceId: string, invocation: Invocation): BootReport[] {
    if (invocation.status !== "Success") {
      this.troubles.set(instanceId, {
        kind: invocation.status === "Failed" ? "unreadable" : "silent",
        what:
          invocation.status === "Failed"
            ? `cannot print its report: the script ended with ${invocation.exitStatus}`
            : `did not answer: its agent did not run the command (${plain(invocation.status, 40)})`,
      });
      return [];
    }
    const answer = readAnswer(invocation.output);
    const trouble = (kind: Trouble["kind"], what: string): BootReport[] => {
      this.troubles.set(instanceId, { kind, what });
      return [];
    };
    switch (answer.kind) {
      case "none":
        return trouble("silent", "has no report: its boot has not begun");
      case "other-schema":
        return trouble("other-schema", `has a report of schema ${answer.schema}, this library reads another`);
      case "unreadable":
        return trouble("unreadable", `has a report that cannot be read: ${answer.why}`);
      case "report":
        break;
      default: {
        const never: never = answer;
        throw new Error(`no such answer: ${JSON.stringify(never)}`);
      }
    }
    const { boot } = answer;
    if (boot.instance !== instanceId) {
      return trouble("silent", `has the report of ${boot.instance}, whose disk or image it got`);
    }
    if (boot.release !== this.release) {
      return trouble("other-release", `reports release ${boot.release ?? "none"}`);
    }
    if (boot.result === "running") {
      this.stages.set(instanceId, boot.stage ?? "unknown");
      return trouble("silent", `boots again, stage ${boot.stage ?? "unknown"}`);
    }
    if (boot.result === "succeeded" && isOfEarlierBoot(answer)) {
      return trouble("silent", `has a report of ${boot.writtenAt}, from before its last start`);
    }
    return [boot];
  }
}
