import { readAnswer } from "../checks/answer";
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

/** Asks hosts for their boot reports, through Run Command. */
export class HostReports {
  readonly troubles = new Map<string, Trouble>();
  /** The stage that a host's boot is in, as far as it was asked. */
  readonly stages = new Map<string, string>();
  private readonly api: Api;
  private readonly calls: Calls;
  private readonly release: string;
  private readonly commands = new Map<string, { readonly id: string; readonly since: number }>();
  private readonly askedAt = new Map<string, number>();
  private batch = hostsPerCommand;

  constructor(api: Api, calls: Calls, release: string) {
    this.api = api;
    this.calls = calls;
    this.release = release;
  }

  /** Sends a command to those hosts that are due, as many as one command takes. */
  async ask(instanceIds: readonly string[], now: number): Promise<void> {
    const failed = await this.send(instanceIds, this.batch, now);
    if (failed?.fault.kind === "not-managed") {
      // One of them is not known to Systems Manager, which does not say which: half of them the next time.
      this.batch = Math.max(1, Math.floor(this.batch / 2));
    } else if (failed) {
      throw this.calls.stopped(failed.fault);
    } else {
      this.batch = Math.min(hostsPerCommand, this.batch * 2);
    }
  }

  /** The same for one whose answer is nice to have. */
  async askForStage(instanceId: string, now: number): Promise<void> {
    await this.send([instanceId], 1, now);
  }

  /** The reports of hosts that have answered. */
  async answers(now: number): Promise<BootReport[]> {
    const reports: BootReport[] = [];
    for (const [instanceId, command] of [...this.commands].slice(0, answersPerRound)) {
      if (!this.calls.canAsk) {
        break;
      }
      const told = await this.calls.attempt("ssm:GetCommandInvocation", () =>
        this.api.invocation(command.id, instanceId),
      );
      // A host may be gone, or its command not there yet.
      if (told instanceof Failed && !["no-invocation", "not-managed"].includes(told.fault.kind)) {
        throw this.calls.stopped(told.fault);
      }
      this.commands.delete(instanceId);
      if (!(told instanceof Failed) && !isUnderWay(told)) {
        reports.push(...this.understand(instanceId, told));
      } else if (now - command.since < patienceMs) {
        // Behind the others, which are asked first in the next round.
        this.commands.set(instanceId, command);
      } else {
        this.troubles.set(instanceId, { kind: "silent", what: "did not answer: its agent does not run commands" });
      }
    }
    return reports;
  }

  private async send(instanceIds: readonly string[], limit: number, now: number): Promise<Failed | undefined> {
    const due = instanceIds.filter(
      (id) => !this.commands.has(id) && now - (this.askedAt.get(id) ?? Number.NEGATIVE_INFINITY) >= againMs,
    );
    const asked = due.slice(0, limit);
    // Whoever answers has to be listened to: no more at a time than two rounds can hear.
    if (asked.length === 0 || this.commands.size > answersPerRound || !this.calls.canAsk) {
      return undefined;
    }
    const sent = await this.calls.attempt("ssm:SendCommand", () => this.api.send(asked));
    if (sent instanceof Failed && sent.fault.kind === "not-managed" && asked.length > 1) {
      return sent;
    }
    for (const id of asked) {
      this.askedAt.set(id, now);
      if (!(sent instanceof Failed)) {
        this.commands.set(id, { id: sent, since: now });
      } else if (sent.fault.kind === "not-managed") {
        this.troubles.set(id, { kind: "silent", what: "is not known to Systems Manager" });
      }
    }
    return sent instanceof Failed && sent.fault.kind !== "not-managed" ? sent : undefined;
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
    return [boot];
  }
}
