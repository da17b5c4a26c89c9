import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { kernelOptions, qemuAccelerator, qemuProcessor } from "./accelerator";
import { output } from "./command";
import { type CommandResult, GuestAgent } from "./guestAgent";
import type { Image } from "./image";
import { macAddress, type Network } from "./network";

/** What a machine is made of. */
export interface MachineOptions {
  readonly image: Image;
  readonly network: Network;
  /** Sizes of empty disks beside the one with the image, in GiB. Defaults to one of 40. They take what is written. */
  readonly dataDisksGib?: readonly number[] | undefined;
  /** Defaults to 3072. */
  readonly memoryMib?: number | undefined;
  /**
   * Whether what the machine has flushed to a disk outlives a power cut, as it does on EC2. It costs the time that this
   * machine's own disk takes. Defaults to false, and then the power cannot be cut.
   */
  readonly durable?: boolean | undefined;
}

/** How long a command may take by default, with the time that an emulated machine takes to boot. */
const runTimeout = 600_000;

/** What a machine of EC2 calls itself: its identifier and serial number are one, and begin with ec2. */
const ec2Identity = "ec2c1057-0000-4000-8000-00000000000a";

const lastLines = 30;

/** A virtual machine as on EC2: NVMe disks, one network card, a serial console. Emulated without KVM. */
export class Machine {
  private readonly options: MachineOptions;
  private readonly directory = mkdtempSync(join(tmpdir(), "ci-host-machine-"));
  private agent: GuestAgent | undefined;
  private qemu: ChildProcess | undefined;
  private end: Promise<void> = Promise.resolve();
  private words = "";

  private constructor(options: MachineOptions) {
    this.options = options;
  }

  /** A new machine, with its power on. The image is not written to. */
  static async start(options: MachineOptions): Promise<Machine> {
    const machine = new Machine(options);
    try {
      await machine.makeDisks();
      machine.powerOn();
    } catch (error) {
      await machine.close();
      throw error;
    }
    return machine;
  }

  /** Boots the machine again, with the same disks. Its console goes on where it was. */
  powerOn(): void {
    if (!this.isOff) {
      throw new Error("the machine is on already");
    }
    const qemu = this.options.network.spawn(["qemu-system-x86_64", ...this.qemuArguments()], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const agent = new GuestAgent(this.file("agent"));
    this.agent = agent;
    this.qemu = qemu;
    this.words = "";
    qemu.stderr?.on("data", (chunk: Buffer) => {
      this.words = `${this.words}${chunk}`.slice(-4000);
    });
    this.end = new Promise((resolve) => {
      qemu.on("error", () => resolve());
      qemu.on("exit", () => resolve());
    });
    this.end.then(() => {
      agent.close();
      this.qemu = undefined;
    });
  }

  /** Ends the machine between two instructions. What it had not flushed to its disks may be lost. */
  async powerCut(): Promise<void> {
    if (!this.options.durable) {
      throw new Error("the power of a machine can be cut only if its disks are durable");
    }
    await this.kill();
  }

  get isOff(): boolean {
    return this.qemu === undefined;
  }

  /** Resolves once the machine is off, whether it went by itself or not. */
  get exited(): Promise<void> {
    return this.end;
  }

  /** All that the machine has written to its serial console since it was new. */
  console(): string {
    const file = this.file("console");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** What matches in the console's text, now or later. */
  async waitForConsole(pattern: RegExp, milliseconds: number): Promise<RegExpExecArray> {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const wasOff = this.isOff;
      const match = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")).exec(this.console());
      if (match) {
        return match;
      }
      if (wasOff) {
        throw this.problem(`the machine went off, and its console has no ${pattern}`);
      }
      if (Date.now() > deadline) {
        throw this.problem(`the console has no ${pattern} after ${milliseconds} ms`);
      }
      await sleep(200);
    }
  }

  /** Runs a command as root, once the machine can, and waits for its end. */
  async run(command: readonly string[], milliseconds = runTimeout): Promise<CommandResult> {
    try {
      if (this.agent === undefined || this.isOff) {
        throw new Error("the machine is off");
      }
      return await this.agent.run(command, milliseconds);
    } catch (error) {
      throw this.problem(`${command.join(" ")}: ${(error as Error).message}`);
    }
  }

  /** Ends the machine and removes its disks. */
  async close(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async kill(): Promise<void> {
    this.qemu?.kill("SIGKILL");
    await this.end;
  }

  private file(name: string): string {
    return join(this.directory, name);
  }

  private get disks(): readonly { readonly name: string; readonly gib?: number }[] {
    const { dataDisksGib = [40] } = this.options;
    return [{ name: "root" }, ...dataDisksGib.map((gib, index) => ({ name: `data${index}`, gib }))];
  }

  private async makeDisks(): Promise<void> {
    for (const { name, gib } of this.disks) {
      const content = gib === undefined ? ["-b", this.options.image.disk, "-F", "qcow2"] : [];
      const size = gib === undefined ? [] : [`${gib}G`];
      await output(["qemu-img", "create", "-q", "-f", "qcow2", ...content, this.file(name), ...size]);
    }
  }

  private qemuArguments(): string[] {
    const { image, network, memoryMib = 3072, durable = false } = this.options;
    const cache = durable ? "writeback" : "unsafe";
    return [
      ...["-no-user-config", "-nodefaults", "-display", "none"],
      ...["-machine", "q35", "-cpu", qemuProcessor(), "-smp", "2", "-m", String(memoryMib)],
      ...["-accel", qemuAccelerator()],
      ...["-smbios", "type=0,vendor=Amazon EC2,version=1.0"],
      ...["-smbios", `type=1,manufacturer=Amazon EC2,product=m7i.large,uuid=${ec2Identity},serial=${ec2Identity}`],
      ...["-kernel", image.kernel, "-initrd", image.initrd],
      ...["-append", [`root=${image.root}`, "ro console=tty0 console=ttyS0,115200", ...kernelOptions()].join(" ")],
      ...["-chardev", `file,id=console,path=${this.file("console")},append=on`, "-serial", "chardev:console"],
      ...["-device", "virtio-rng-pci"],
      ...["-netdev", `tap,id=net,ifname=${network.device},script=no,downscript=no`],
      ...["-device", `virtio-net-pci,netdev=net,mac=${macAddress}`],
      ...["-chardev", `socket,id=agent,path=${this.file("agent")},server=on,wait=off`],
      ...["-device", "virtio-serial", "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"],
      ...this.disks.flatMap(({ name }) => [
        ...["-drive", `if=none,id=${name},file=${this.file(name)},format=qcow2,cache=${cache},discard=unmap`],
        ...["-device", `nvme,drive=${name},serial=vol-${name}`],
      ]),
    ];
  }

  private problem(message: string): Error {
    const lines = this.console().trimEnd().split("\n").slice(-lastLines);
    return new Error([message, this.words.trim(), "--- the console's last lines", ...lines].filter(Boolean).join("\n"));
  }
}
