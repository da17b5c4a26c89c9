import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CloudConfig, WriteFile } from "./cloudConfig";
import { renderSettings, type Settings } from "./settings";
import { unitFile } from "./systemdUnit";
import { metricsNamespace } from "./telemetry";

/** A hook by which Auto Scaling waits for a host. */
export interface LifecycleHook {
  readonly name: string;
  /** Its heartbeat timeout, in seconds. After that Auto Scaling goes on by itself. */
  readonly timeoutSeconds: number;
}

/** What installs packages on a host. */
export type PackageManager = "apt" | "dnf";

/** How a host comes into service. */
export interface BootOptions {
  /** Names of stages, in order: files in scripts/stages. */
  readonly stages: readonly string[];
  /** Scripts that the stages or units call, beside those that every boot needs: files in scripts. */
  readonly scripts?: readonly string[];
  readonly settings: Settings;
  /** What installs packages: a file in scripts, on the host as packages.sh. Defaults to apt. */
  readonly packageManager?: PackageManager | undefined;
  /** Whether scripts go without the remarks at their heads, too: what they take is what others have room for. */
  readonly terse?: boolean | undefined;
  /** What the boot stops when it gives the host up. Defaults to the workload. */
  readonly servingUnits?: readonly string[] | undefined;
  /** The hook of a launch. Without one nobody waits for the host, and it tells nobody. */
  readonly launchingHook?: LifecycleHook | undefined;
  /** How long somebody waits for the host, in seconds. Defaults to the hook's time, or to 1080 without one. */
  readonly launchTimeoutSeconds?: number | undefined;
  /** How long a host that gave up stays up for those who want to look at it, in seconds. Defaults to 0. */
  readonly debugTimeoutSeconds?: number | undefined;
}

/** Where the scripts are on a host. */
export const scriptDirectory = "/usr/local/lib/ci-host";

/** How long somebody waits for a host where nothing says how long, in seconds. */
const defaultLaunchSeconds = 1080;

/** What of that time passes before the boot's first stage, and what giving up takes, with room for both. */
const reserveSeconds = 180;

const scriptsOfEveryBoot = [
  "aws.sh",
  "boot-report.py",
  "boot.sh",
  "imds.sh",
  "lifecycle.sh",
  "settings.sh",
  "stage.sh",
  "telemetry.sh",
];

/** The bootstrap, what it needs and the unit that runs it at every boot. Its report is /var/lib/ci-host/boot.json. */
export function boot(options: BootOptions): CloudConfig {
  const { stages, scripts = [], settings, launchingHook, debugTimeoutSeconds = 0 } = options;
  const { packageManager = "apt", servingUnits = ["ci-workload.service"], terse = false } = options;
  const files = [...scriptsOfEveryBoot, ...scripts, ...stages.map((stage) => `stages/${stage}.sh`)];
  const { launchTimeoutSeconds = launchingHook?.timeoutSeconds ?? defaultLaunchSeconds } = options;
  const content = renderSettings({
    ...settings,
    BOOT_DEADLINE_SECONDS: String(launchTimeoutSeconds - reserveSeconds),
    DEBUG_TIMEOUT_SECONDS: String(debugTimeoutSeconds),
    LAUNCHING_HOOK: launchingHook?.name,
    METRICS_NAMESPACE: metricsNamespace,
    SERVING_UNITS: servingUnits.join(" "),
    STAGES: stages.join(" "),
  });
  return {
    write_files: [
      { path: "/etc/ci-host/settings", permissions: "0644", content },
      script(`${packageManager}.sh`, terse, "packages.sh"),
      ...files.map((file) => script(file, terse)),
      unitFile("ci-host-boot.service", bootUnit),
    ],
    // cloud-init must not wait: it would be the one that is late, and its own commands have no deadline.
    runcmd: [
      // Lets systemd read all units anew, too.
      ["systemctl", "enable", "ci-host-boot.service"],
      ["systemctl", "start", "--no-block", "ci-host-boot.service"],
    ],
  };
}

function script(file: string, terse: boolean, name = file): WriteFile {
  const content = withoutRemarks(readFileSync(join(__dirname, "scripts", file), "utf8"), terse);
  return { path: `${scriptDirectory}/${name}`, permissions: "0755", content };
}

/** A script without its comments, but for those at its head that say what it does: user data has room for 16 KiB. */
function withoutRemarks(text: string, terse: boolean): string {
  const [head = ""] = (terse ? /^(?:#!.*\n)?/ : /^(?:#.*\n)*/).exec(text) ?? [];
  const remarks = /^[ \t]*#.*\n/gm;
  return head.replace(/^# shellcheck .*\n/gm, "") + text.slice(head.length).replace(remarks, "");
}

const bootUnit = {
  Unit: {
    Description: "Bring this host into service, or give it up",
    Wants: "network-online.target",
    After: "network-online.target",
  },
  Service: {
    Type: "oneshot",
    RemainAfterExit: "yes",
    ExecStart: `${scriptDirectory}/boot.sh`,
    // By default systemd would end the whole boot, as a shutdown does, when the kernel kills one process for its memory.
    OOMPolicy: "continue",
    // How it ended is on the console, too: EC2 shows that of a host that reaches nothing.
    StandardOutput: "journal",
  },
  Install: { WantedBy: "multi-user.target" },
};
