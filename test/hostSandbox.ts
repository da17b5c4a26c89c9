import * as assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CloudConfig } from "../components/host/cloudConfig";
import { type SysboxHostOptions, sysboxHost } from "../components/host/sysboxHost";

/** A command that fails. */
export interface Fault {
  /** A shell pattern for the command and its arguments, such as `apt-get *update`. */
  readonly command: string;
  /** How often. Defaults to always. */
  readonly times?: number;
  /** What it exits with. Defaults to 1; 0 for a command that lies. */
  readonly status?: number;
  /** What it says. Defaults to nothing. */
  readonly output?: string;
}

/** What the stand-in for sysbox's server serves. */
const sysboxPackage = "the package of sysbox";

export const sandboxOptions: SysboxHostOptions = {
  operatingSystem: "ubuntu-24.04",
  architecture: "amd64",
  vpcCidr: "10.64.0.0/16",
  sysbox: {
    url: "https://mirror.example.com/sysbox-ce.deb",
    sha256: createHash("sha256").update(sysboxPackage).digest("hex"),
  },
  compose: "services: { runner: { image: runner } }\n",
  secretArns: { token: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:token" },
  launchingHook: { name: "launch", timeoutSeconds: 900 },
  terminatingHook: { name: "terminate", timeoutSeconds: 300 },
  logGroupName: "logs",
};

const standIns = join(__dirname, "hostCommands");

/** Stand-ins that note their call and do nothing. */
const silentStandIns = ["apt-mark", "dpkg", "journalctl", "resize2fs", "sleep", "systemd-run", "udevadm"];

/** What the scripts may use of this machine; nothing else is in their reach. */
const realCommands =
  "awk bash cat chmod cp date dirname env find grep install ldd ln mkdir mktemp mv python3 readlink realpath rm sha256sum sort sync tar tee timeout touch xargs".split(
    " ",
  );

/** A directory that the host's own scripts take for a host: their files are real, the commands they call are not. */
export class HostSandbox {
  readonly root = mkdtempSync(join(tmpdir(), "ci-host-"));

  constructor(host: SysboxHostOptions | CloudConfig = sandboxOptions) {
    const config = "operatingSystem" in host ? sysboxHost(host) : host;
    for (const { path, content, permissions } of config.write_files ?? []) {
      this.write(path, content, Number.parseInt(permissions, 8));
    }
    this.instance = "i-0123456789abcdef0";
    this.write("/calls", "");
    this.write("/installed", "");
    this.write("/dev/console", "");
    this.write("/proc/1/uid_map", "         0          0 4294967295\n");
    this.write("/proc/4242/uid_map", "         0     165536      65536\n");
    mkdirSync(join(this.root, "faults"));
    mkdirSync(join(this.root, "bin"));
    for (const command of readdirSync(standIns)) {
      symlinkSync(join(standIns, command), join(this.root, "bin", command));
    }
    for (const command of silentStandIns) {
      symlinkSync(join(standIns, "stub.sh"), join(this.root, "bin", command));
    }
    for (const command of realCommands) {
      const directory = ["/usr/bin", "/bin"].find((candidate) => existsSync(join(candidate, command)));
      symlinkSync(join(directory ?? "/usr/bin", command), join(this.root, "bin", command));
    }
  }

  /** The instance that the host is. */
  set instance(id: string) {
    this.write("/var/lib/cloud/data/instance-id", `${id}\n`);
  }

  /** What goes wrong from now on, and nothing else. */
  set faults(faults: readonly Fault[]) {
    rmSync(join(this.root, "faults"), { recursive: true });
    faults.forEach(({ command, times = 1_000_000, status = 1, output = "" }, index) => {
      this.write(`/faults/${index}`, `${command}\n${times}\n${status}\n${output}`);
    });
  }

  /** Runs the bootstrap as systemd would. */
  boot(): SpawnSyncReturns<string> {
    return this.run("boot.sh");
  }

  /** Runs one of the host's scripts. */
  run(script: string): SpawnSyncReturns<string> {
    return spawnSync(join(this.root, "usr/local/lib/ci-host", script), { env: this.environment, encoding: "utf8" });
  }

  get environment(): Record<string, string> {
    return { CI_HOST_ROOT: this.root, PATH: join(this.root, "bin") };
  }

  /** The calls of commands so far that match. */
  calls(pattern: RegExp): string[] {
    return this.lines("/calls").filter((call) => pattern.test(call));
  }

  /** What Auto Scaling has been told. */
  get told(): string[] {
    return this.calls(/^curl .*Action=(?:CompleteLifecycleAction|SetInstanceHealth)/).map((call) =>
      call.replace(/^.*(CONTINUE|ABANDON|Unhealthy).*$/, (_, told) =>
        call.includes("=terminate ") ? `${told} (end)` : told,
      ),
    );
  }

  /** Packages by name. */
  get installed(): string[] {
    return this.lines("/installed").map((line) => line.replace(/=.*/, ""));
  }

  get report(): BootReport {
    return JSON.parse(this.read("/var/lib/ci-host/boot.json"));
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  write(path: string, content: string, mode = 0o644): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), content, { mode });
  }

  /** Changes a file's text; what is replaced must be there. */
  replace(path: string, text: string, replacement: string): void {
    const content = this.read(path);
    assert.ok(content.includes(text), `${path} has no ${text}`);
    this.write(path, content.replaceAll(text, replacement), statSync(join(this.root, path)).mode);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private lines(path: string): string[] {
    return this.read(path).split("\n").filter(Boolean);
  }
}

/** boot.json, as docs/host.md describes it. */
export interface BootReport {
  readonly schema: number;
  readonly result: "running" | "succeeded" | "failed";
  readonly instance: string;
  readonly release: string | null;
  readonly stage: string | null;
  readonly failure: {
    readonly command: string | null;
    readonly exitStatus: number;
    readonly lastLines: string[];
  } | null;
  readonly startedAt: string;
  readonly writtenAt: string;
  readonly stages: readonly { readonly name: string; readonly seconds: number; readonly attempts: number }[];
  readonly probe: readonly string[];
  readonly versions: Readonly<Record<"kernel" | "docker" | "containerd" | "sysbox", string | null>> | null;
  readonly images: readonly { readonly name: string; readonly digests: string[] }[] | null;
}
