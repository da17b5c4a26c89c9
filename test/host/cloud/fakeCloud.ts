import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, on, once } from "node:events";
import { join } from "node:path";
import type { CloudOptions, CloudRequest, CloudUpdate, FromCloud, Ports, ToCloud } from "./messages";

export interface FakeCloudOptions extends CloudOptions {
  /** The network namespace, as of `ip netns`, that the cloud is in. It must have the addresses. Defaults to the test's. */
  readonly namespace?: string;
}

/** A fake AWS in a process of its own. */
export class FakeCloud {
  /** What was answered so far; it grows. */
  readonly requests: CloudRequest[] = [];
  private readonly child: ChildProcess;
  private readonly news = new EventEmitter();
  private readonly ended: Promise<unknown>;
  private end: Error | undefined;
  private listening: Ports | undefined;
  private updates = 0;

  /** Comes back once everything listens. */
  static async start({ namespace, ...options }: FakeCloudOptions): Promise<FakeCloud> {
    const cloud = new FakeCloud(namespace);
    const ready = once(cloud.news, "ready");
    cloud.tell({ options });
    try {
      await ready;
    } catch (error) {
      await cloud.stop();
      throw error;
    }
    return cloud;
  }

  private constructor(namespace: string | undefined) {
    const node = [process.execPath, "-r", require.resolve("ts-node/register"), join(__dirname, "main.ts")];
    // `ip netns exec` becomes the program that it is given: the channel and the process's id stay what they are.
    const [program = "", ...args] = namespace === undefined ? node : ["ip", "netns", "exec", namespace, ...node];
    this.child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe", "ipc"], serialization: "advanced" });
    let complaint = "";
    this.child.stderr?.setEncoding("utf8").on("data", (text) => {
      complaint += text;
    });
    this.child.on("message", (message: FromCloud) => this.hear(message));
    this.child.on("error", (error) => {
      complaint += error.message;
    });
    // One who waits hears of an end by this event; nobody need be waiting.
    this.news.on("error", () => undefined);
    this.ended = new Promise<void>((resolve) => {
      this.child.on("close", (code, signal) => {
        this.end = new Error(`the fake cloud has ended (${signal ?? code}): ${complaint.trim()}`);
        this.news.emit("error", this.end);
        resolve();
      });
    });
  }

  get ports(): Ports {
    if (!this.listening) {
      throw new Error("the fake cloud does not listen yet");
    }
    return this.listening;
  }

  /** The first request that fits, past or to come. */
  async waitFor(fits: (request: CloudRequest) => boolean, timeoutMs: number, what: string): Promise<CloudRequest> {
    const signal = AbortSignal.timeout(timeoutMs);
    const later = on(this.news, "request", { signal });
    try {
      const past = this.requests.find(fits);
      if (past) {
        return past;
      }
      if (this.end) {
        throw this.end;
      }
      for await (const [request] of later) {
        if (fits(request)) {
          return request;
        }
      }
      throw this.end ?? new Error("no more requests");
    } catch (error) {
      throw signal.aborted ? new Error(`no ${what} within ${timeoutMs} ms; the last requests:\n${this.last()}`) : error;
    } finally {
      await later.return?.();
    }
  }

  /** Changes what the cloud answers from now on. After it, `requests` has all that was answered before. */
  async set(update: CloudUpdate): Promise<void> {
    if (this.end) {
      throw this.end;
    }
    this.updates += 1;
    const updated = once(this.news, `updated ${this.updates}`);
    this.tell({ update, id: this.updates });
    await updated;
  }

  /** Comes back once the process has gone. */
  async stop(): Promise<void> {
    // To disconnect would end it too, but Node emits no close then.
    this.child.kill();
    await this.ended;
  }

  private tell(message: ToCloud): void {
    // A process that has gone is reported by its end.
    this.child.send(message, () => undefined);
  }

  private hear(message: FromCloud): void {
    if ("request" in message) {
      this.requests.push(message.request);
      this.news.emit("request", message.request);
    } else if ("updated" in message) {
      this.news.emit(`updated ${message.updated}`);
    } else {
      this.listening = message.ports;
      this.news.emit("ready");
    }
  }

  private last(): string {
    const lines = this.requests.slice(-15).map((request) => {
      const { kind, method, scheme, host, path, status, service = "", action = "", signature = "" } = request;
      return `  ${kind} ${method} ${scheme}://${host}${path} ${status} ${service} ${action} ${signature}`.trimEnd();
    });
    return lines.join("\n") || "  none";
  }
}
