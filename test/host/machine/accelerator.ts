import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** How long firmware may take to say its name, in milliseconds. */
const patience = 5_000;

let accelerator: "kvm" | "tcg,thread=multi" | undefined;

/** What QEMU runs a machine with: KVM where it runs one, else an emulated processor. A device file alone proves nothing. */
export function qemuAccelerator(): "kvm" | "tcg,thread=multi" {
  accelerator ??= existsSync("/dev/kvm") && startsFirmware() ? "kvm" : "tcg,thread=multi";
  return accelerator;
}

/**
 * The processor of a machine: all that this one's has under KVM. Emulated, instructions for vectors and strings are slower
 * than the plain ones that programs and the kernel take without them: SHA-256 by a sixth, ChaCha20 by half, and the
 * kernel's copies byte by byte.
 */
export function qemuProcessor(): "max" | "qemu64" {
  return qemuAccelerator() === "kvm" ? "max" : "qemu64";
}

/**
 * What the kernel of an emulated machine is told besides, for the emulator's sake. It translates code for the address that
 * it runs at: where each process has addresses of its own, every program is translated anew each time that it starts. And
 * its processors share a clock, which the kernel does not believe of them, and would ask a slow device for the time.
 */
export function kernelOptions(): readonly string[] {
  return qemuAccelerator() === "kvm" ? [] : ["norandmaps", "tsc=reliable"];
}

/** Whether a machine with nothing in it comes as far as its firmware's first words, which go to a port for debugging. */
function startsFirmware(): boolean {
  const { stdout } = spawnSync(
    "qemu-system-x86_64",
    [
      ...["-no-user-config", "-nodefaults", "-display", "none", "-machine", "q35", "-cpu", "max", "-m", "64"],
      ...["-accel", "kvm", "-chardev", "stdio,id=words", "-device", "isa-debugcon,iobase=0x402,chardev=words"],
    ],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: patience, killSignal: "SIGKILL" },
  );
  return stdout?.includes("SeaBIOS") ?? false;
}
