import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** How a command on the machine ended, and what it printed. */
export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the agent answers. */
interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

interface ExecStatus {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly "out-data"?: string;
  readonly "err-data"?: string;
}

/**
 * QEMU's guest agent, by its socket. An agent that does not answer is asked again: the machine may be booting. It takes
 * one call at a time; each begins with a word that empties the line of what an earlier one left there.
 */
export class GuestAgent {
  private calls: Promise<unknown> = Promise.resolve();
  private syncs = 0;
  private closed = false;
  private readonly path: string;

  /** The agent that listens on the socket at this path. */
  constructor(path: string) {
    this.path = path;
  }

  /** Runs a command as root on the machine, by its search path, and waits for its end. */
  async run(command: readonly string[], milliseconds: number): Promise<CommandResult> {
    const deadline = Date.now() + milliseconds;
    const [path, ...arg] = command;
    const started = await this.call("guest-exec", { path, arg, "capture-output": true }, deadline);
    const { pid } = started as { pid: number };
    for (;;) {
      const status = (await this.call("guest-exec-status", { pid }, deadline)) as ExecStatus;
      if (status.exited) {
        const text = (data = "") => Buffer.from(data, "base64").toString();
        return {
          // As a shell says it.
          status: status.exitcode ?? 128 + (status.signal ?? 0),
          stdout: text(status["out-data"]),
          stderr: text(status["err-data"]),
        };
      }
      await sleep(300);
    }
  }

  /** Gives up on whatever has not been answered: the machine is off. */
  close(): void {
    this.closed = true;
  }

  private call(execute: string, args: object, deadline: number): Promise<unknown> {
    const call = this.calls.then(() => this.converse(execute, args, deadline));
    this.calls = call.catch(() => {});
    return call;
  }

  private async converse(execute: string, args: object, deadline: number): Promise<unknown> {
    for (;;) {
      if (this.closed) {
        throw new Error("the machine is off");
      }
      const left = deadline - Date.now();
      if (left <= 0) {
        throw new Error(`the machine's agent did not answer ${execute} ${JSON.stringify(args)} in time`);
      }
      const line = new Line(connect(this.path));
      try {
        const id = ++this.syncs;
        line.say("guest-sync-delimited", { id });
        while ((await line.hear(Math.min(left, 5000))).return !== id) {}
        line.say(execute, args);
        const answer = await line.hear(left);
        if (answer.error) {
          throw new Refusal(`${execute} ${JSON.stringify(args)}: ${answer.error.desc}`);
        }
        return answer.return;
      } catch (error) {
        // A command that may have been started must not be started again.
        if (error instanceof Refusal || line.spoken > 1) {
          throw error;
        }
        await sleep(300);
      } finally {
        line.close();
      }
    }
  }
}

class Refusal extends Error {}

/** A connection on which each message is a line of JSON. */
class Line {
  spoken = 0;
  private text = "";
  private wake = () => {};
  private failure: Error | undefined;
  private readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
      this.wake();
    });
    const fail = (error?: Error) => {
      this.failure ??= error ?? new Error("the machine's agent hung up");
      this.wake();
    };
    socket.on("error", fail);
    socket.on("close", () => fail());
  }

  say(execute: string, args: object): void {
    this.spoken++;
    this.socket.write(`${JSON.stringify({ execute, arguments: args })}\n`);
  }

  async hear(milliseconds: number): Promise<Answer> {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const end = this.text.indexOf("\n");
      if (end >= 0) {
        const line = this.text.slice(0, end).replaceAll("\xff", "");
        this.text = this.text.slice(end + 1);
        return JSON.parse(line);
      }
      if (this.failure) {
        throw this.failure;
      }
      const left = deadline - Date.now();
      if (left <= 0) {
        throw new Error("the machine's agent is silent");
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }
}
