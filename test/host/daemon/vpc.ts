import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, output } from "../machine/command";

/** How a command ended, and what it said. */
export interface Outcome {
  /** `undefined` when it took too long. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** A place's only card. */
export const card = "eth0";

const patience = 60_000;
let count = 0;

/**
 * A network that leads nowhere, with places on it: each a network namespace with addresses of its own, reached from
 * every other as machines in a VPC reach each other when no security group says otherwise.
 */
export class Vpc {
  /** Below it lies everything that the places write. */
  readonly directory = mkdtempSync(join(tmpdir(), "ci-host-vpc-"));
  private readonly switch = `ci-host-vpc-${process.pid}-${count++}`;
  private readonly places: Place[] = [];

  private constructor() {}

  static async open(): Promise<Vpc> {
    const vpc = new Vpc();
    try {
      await output(["ip", "netns", "add", vpc.switch]);
      await output(["ip", "-netns", vpc.switch, "link", "add", "switch", "type", "bridge"]);
      await output(["ip", "-netns", vpc.switch, "link", "set", "switch", "up"]);
    } catch (error) {
      await vpc.close();
      throw error;
    }
    return vpc;
  }

  /** A place with these addresses, where /etc/hosts has these names, each with its address. */
  async place(role: string, addresses: readonly string[], names: Readonly<Record<string, string>> = {}) {
    const directory = join(this.directory, role);
    const place = new Place(`${this.switch}-${role}`, directory, addresses);
    this.places.push(place);
    mkdirSync(directory);
    const hosts = Object.entries({ localhost: "127.0.0.1", ...names }).map(([name, address]) => `${address} ${name}\n`);
    writeFileSync(place.hosts, hosts.join(""));

    const { namespace } = place;
    const ip = (...args: string[]) => output(["ip", "-netns", namespace, ...args]);
    const port = `port${this.places.length}`;
    await output(["ip", "netns", "add", namespace]);
    await ip("link", "set", "lo", "up");
    await ip("link", "add", card, "type", "veth", "peer", "name", port, "netns", this.switch);
    await output(["ip", "-netns", this.switch, "link", "set", port, "master", "switch", "up"]);
    for (const address of addresses) {
      await ip("address", "add", `${address}/32`, "dev", card);
    }
    await ip("link", "set", card, "up");
    // Whatever the address, it is on this network or nowhere.
    await ip("route", "add", "default", "dev", card);
    return place;
  }

  /** Ends every process that was started in a place, and removes the places and their files. */
  async close(): Promise<void> {
    await Promise.all(this.places.map((place) => place.end()));
    for (const namespace of [...this.places.map((place) => place.namespace), this.switch]) {
      await output(["ip", "netns", "delete", namespace]).catch(() => {}); // It may not have come to be.
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A machine on the network. */
export class Place {
  readonly namespace: string;
  /** Its own, to put files into. */
  readonly directory: string;
  readonly addresses: readonly string[];
  readonly hosts: string;
  private readonly children = new Map<ChildProcess, Promise<unknown>>();

  constructor(namespace: string, directory: string, addresses: readonly string[]) {
    this.namespace = namespace;
    this.directory = directory;
    this.addresses = addresses;
    this.hosts = join(directory, "hosts");
  }

  get address(): string {
    const [first] = this.addresses;
    if (first === undefined) {
      throw new Error(`${this.namespace} has no address`);
    }
    return first;
  }

  /** Runs a command here until its end, however it ends. */
  async run([program, ...args]: Command, { env = {}, input = "" }: RunOptions = {}): Promise<Outcome> {
    const named = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', this.hosts] as const;
    const child = this.spawn([...named, program, ...args], env);
    const slow = setTimeout(() => child.kill("SIGKILL"), patience);
    child.stdin?.on("error", () => {}); // What does not read its input says by its status how it went.
    child.stdin?.end(input);
    const [stdout, stderr, status] = await Promise.all([
      child.stdout?.toArray(),
      child.stderr?.toArray(),
      new Promise<number | undefined>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code) => resolve(code ?? undefined));
      }),
    ]);
    clearTimeout(slow);
    return { status, stdout: Buffer.concat(stdout ?? []).toString(), stderr: Buffer.concat(stderr ?? []).toString() };
  }

  /** What a command prints that has to succeed. */
  async output(command: Command, options: RunOptions = {}): Promise<string> {
    const { status, stdout, stderr } = await this.run(command, options);
    if (status !== 0) {
      throw new Error(`${command.join(" ")} ended with ${status} in ${this.namespace}:\n${stdout}${stderr}`);
    }
    return stdout;
  }

  /** Starts a process here. It ends with the place, and with ours. */
  spawn(command: Command, env: Readonly<Record<string, string>> = {}): ChildProcess {
    const prefix = [`--net=/run/netns/${this.namespace}`, "setpriv", "--pdeathsig", "KILL"];
    const child = spawn("nsenter", [...prefix, ...command], { env: { PATH: process.env.PATH ?? "", ...env } });
    const closed = new Promise((resolve) => child.on("close", resolve).on("error", resolve));
    this.children.set(child, closed);
    void closed.then(() => this.children.delete(child));
    return child;
  }

  async end(): Promise<void> {
    for (const child of this.children.keys()) {
      child.kill("SIGKILL");
    }
    await Promise.all(this.children.values());
  }
}
