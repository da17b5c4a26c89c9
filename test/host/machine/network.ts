import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, output } from "./command";

/** The machine's address and its card's, which the instance metadata has to agree with. */
export const guestAddress = "10.80.0.10";
export const macAddress = "02:00:0a:50:00:0a";

/** The one other address of the subnet, which every name stands for. */
export const gatewayAddress = "10.80.0.1";

/** Where the instance metadata service is. */
export const metadataAddress = "169.254.169.254";

const device = "tap0";
let count = 0;

/**
 * The subnet of one machine: a network namespace with no way out. Servers that stand in for the outside run inside of it
 * and listen on {@link gatewayAddress}, for every name in DNS is that address, and on {@link metadataAddress}.
 */
export class Network {
  readonly namespace = `ci-host-${process.pid}-${count++}`;
  /** The tap device that the machine's card is connected to. */
  readonly device = device;
  private readonly directory = mkdtempSync(join(tmpdir(), "ci-host-network-"));
  private readonly children = new Set<ChildProcess>();

  private constructor() {}

  static async open(): Promise<Network> {
    const network = new Network();
    try {
      await network.build();
    } catch (error) {
      await network.close();
      throw error;
    }
    return network;
  }

  /** The command, inside of the namespace. It replaces `ip`, so that the process is the command's, and ends with ours. */
  inside(command: Command): Command {
    return ["ip", "netns", "exec", this.namespace, "setpriv", "--pdeathsig", "KILL", ...command];
  }

  /** Starts a process inside of the namespace. The network's end is the process's. */
  spawn(command: Command, options: SpawnOptions = {}): ChildProcess {
    const [program, ...args] = this.inside(command);
    const child = spawn(program, args, options);
    this.children.add(child);
    child.on("error", () => this.children.delete(child));
    child.on("exit", () => this.children.delete(child));
    return child;
  }

  /** Ends every process that was started here, and removes the namespace with all that is in it. */
  async close(): Promise<void> {
    const ends = [...this.children].map((child) => new Promise((resolve) => child.on("exit", resolve)));
    for (const child of this.children) {
      child.kill("SIGKILL");
    }
    await Promise.all(ends);
    await output(["ip", "netns", "delete", this.namespace]).catch(() => {}); // It may not have come to be.
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async build(): Promise<void> {
    const ip = (...args: string[]) => output(["ip", "-netns", this.namespace, ...args]);
    await output(["ip", "netns", "add", this.namespace]);
    await ip("link", "set", "lo", "up");
    await ip("tuntap", "add", "dev", device, "mode", "tap");
    await ip("address", "add", `${gatewayAddress}/24`, "dev", device);
    await ip("address", "add", `${metadataAddress}/32`, "dev", device);
    await ip("link", "set", device, "up");
    await this.serveNames();
  }

  /** DHCP and DNS, as a VPC has them. Resolves once dnsmasq listens. */
  private async serveNames(): Promise<void> {
    const dnsmasq = this.spawn(
      [
        "dnsmasq",
        "--no-daemon",
        "--conf-file=/dev/null",
        "--pid-file=",
        "--no-hosts",
        "--no-resolv",
        "--no-ping",
        `--interface=${device}`,
        "--bind-interfaces",
        `--address=/#/${gatewayAddress}`,
        `--dhcp-range=${guestAddress},static`,
        `--dhcp-host=${macAddress},${guestAddress},infinite`,
        `--dhcp-leasefile=${join(this.directory, "leases")}`,
        `--dhcp-option=option:router,${gatewayAddress}`,
        `--dhcp-option=option:dns-server,${gatewayAddress}`,
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    await new Promise<void>((resolve, reject) => {
      let words = "";
      dnsmasq.on("error", reject);
      dnsmasq.on("exit", (status) => reject(new Error(`dnsmasq ended with ${status}:\n${words}`)));
      dnsmasq.stderr?.on("data", (chunk: Buffer) => {
        words = `${words}${chunk}`.slice(-4000);
        if (words.includes("DHCP, ")) {
          resolve();
        }
      });
    });
  }
}
