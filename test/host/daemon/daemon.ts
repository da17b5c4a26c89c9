import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "../machine/command";
import type { Place } from "./vpc";

/** Content of files by their path, which is below /etc. */
export type Files = Readonly<Record<string, string>>;

const patience = 60_000;

/**
 * In namespaces of its own: every mount and every process of the daemon goes with its first process. What it keeps
 * lies in memory, and over the machine's /etc lies a second one, with the daemon's files.
 */
const start = `
mount -t tmpfs tmpfs "$0"
mkdir "$0/changed" "$0/work"
mount -t overlay overlay -o "lowerdir=$1:/etc,upperdir=$0/changed,workdir=$0/work" /etc
shift
"$@"
`;

/** A Docker daemon of its own, in a place, which ends with it. */
export class Daemon {
  readonly socket: string;
  private words = "";
  private readonly process: ChildProcess;
  private readonly ended: Promise<unknown>;
  private readonly cgroup: string;

  private constructor(place: Place, files: Files, socket: string) {
    this.socket = socket;
    const directory = dirname(socket);
    const [etc, own] = [join(directory, "etc"), join(directory, "own")];
    mkdirSync(own);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content, { mode: path.includes("key") ? 0o400 : 0o444 });
    }
    this.cgroup = `${place.namespace}-${directory.slice(-6)}`;
    const daemon = [
      ...["dockerd", "--data-root", join(own, "data"), "--exec-root", join(own, "exec"), "--pidfile", join(own, "pid")],
      // Below a group of its own, whoever manages the machine's.
      ...["--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", `/${this.cgroup}`],
    ];
    const namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;
    this.process = place.spawn([...namespaces, "sh", "-ec", start, own, etc, ...daemon]);
    this.ended = new Promise((resolve) => this.process.on("close", resolve));
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.words += chunk;
      });
    }
  }

  /** A daemon that serves, with these files in its /etc, of which daemon.json must name the socket. */
  static async start(place: Place, filesWith: (socket: string) => Files): Promise<Daemon> {
    const socket = join(mkdtempSync(join(place.directory, "daemon-")), "docker.sock");
    const daemon = new Daemon(place, filesWith(socket), socket);
    try {
      // Docker says so for each of its listeners, when everything is in place.
      await daemon.heard(/API listen on [^"]*docker\.sock/, 0, patience);
    } catch (error) {
      await daemon.stop();
      throw error;
    }
    return daemon;
  }

  private get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** How much it has said. */
  get spoken(): number {
    return this.words.length;
  }

  /** What it has said since then. */
  since(spoken: number): string {
    return this.words.slice(spoken);
  }

  /** Waits until it has said this. */
  async heard(what: RegExp, since: number, milliseconds: number): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (!what.test(this.since(since))) {
      if (Date.now() > deadline || !this.isRunning) {
        throw new Error(`the daemon did not say ${what}, but:\n${this.since(since).slice(-4000)}`);
      }
      await sleep(20);
    }
  }

  /** The command line of a client at its socket. */
  client(...args: string[]): Command {
    return ["docker", "--host", `unix://${this.socket}`, ...args];
  }

  /** Ends it, its containers and all that it mounted. */
  async stop(): Promise<void> {
    // Its first process takes all others along; who started it is left to see to its end.
    const [first] = this.isRunning ? childrenOf(this.process.pid) : [];
    if (first === undefined) {
      this.process.kill("SIGKILL");
    } else {
      process.kill(first, "SIGKILL");
    }
    await this.ended;
    for (const group of [cgroups, ...directoriesIn(cgroups)].map((parent) => join(parent, this.cgroup))) {
      if (existsSync(group)) {
        removeGroup(group);
      }
    }
  }
}

const cgroups = "/sys/fs/cgroup";

function directoriesIn(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(directory, name));
}

/** With the groups of containers that ran until the end. */
function removeGroup(group: string): void {
  directoriesIn(group).forEach(removeGroup);
  rmdirSync(group);
}

function childrenOf(pid: number | undefined): number[] {
  return (readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").match(/\d+/g) ?? []).map(Number);
}
