import { scriptDirectory } from "./boot";
import type { CloudConfig, Command, WriteFile } from "./cloudConfig";
import type { Settings } from "./settings";
import { unitFile } from "./systemdUnit";

/** How a host is looked after once it is in service. */
export interface UpkeepOptions {
  /** How many health checks in a row must fail for the host to be replaced. Defaults to 3. */
  readonly unhealthyThreshold?: number | undefined;
  /** How full a data disk, or its inodes, must be for unused data to be removed, in percent. Defaults to 75. */
  readonly garbageCollectionPercent?: number | undefined;
}

/** What of a kind of host is looked after. */
export interface Kept {
  /** Units that must run while the host is in service; the health check starts them again. */
  readonly units: readonly string[];
  /** A command that succeeds while the host can do its work. */
  readonly check: Command;
  /** Directories whose disks fill up. */
  readonly growingDirectories: readonly string[];
  /** Where a runtime may leave directories of containers behind that are gone. None by default. */
  readonly orphansDirectory?: string | undefined;
  /** Units that the boot starts besides those of {@link upkeep}. */
  readonly furtherUnits?: readonly string[];
}

/** The scripts behind the units, and what those call. */
export const upkeepScripts = ["disk-usage.sh", "garbage.sh", "health.sh", "idle-containers.sh"];

/** The units that watch a host and keep room on its disks. The boot starts them, as its last stage. */
export function upkeep(): CloudConfig {
  return {
    write_files: [
      ...everyMinutes(1, "ci-host-health", "Check that this host can do a job's work", "health.sh"),
      ...everyMinutes(10, "ci-host-garbage", "Remove what nothing uses when the disks fill up", "garbage.sh"),
    ],
  };
}

export const drainScripts = ["drain.sh"];
export const drainUnit = "ci-host-drain.service";

/** The unit that ends a host gently. The boot starts it, as its last stage. */
export function drain(): CloudConfig {
  return {
    write_files: [
      unitFile(drainUnit, {
        Unit: { Description: "Let the jobs finish when this host is to be terminated" },
        Service: { Type: "exec", ExecStart: `${scriptDirectory}/drain.sh`, Restart: "on-failure", RestartSec: "5" },
      }),
    ],
  };
}

/** What the scripts read. */
export function upkeepSettings(options: UpkeepOptions, kept: Kept): Settings {
  const { unhealthyThreshold = 3, garbageCollectionPercent = 75 } = options;
  return {
    GARBAGE_COLLECTION_PERCENT: String(garbageCollectionPercent),
    GROWING_DIRECTORIES: kept.growingDirectories.join(" "),
    HEALTH_CHECK: kept.check.join(" "),
    HEALTH_UNITS: kept.units.join(" "),
    ORPHANS_DIRECTORY: kept.orphansDirectory,
    UNHEALTHY_THRESHOLD: String(unhealthyThreshold),
    UPKEEP_UNITS: ["ci-host-health.timer", "ci-host-garbage.timer", ...(kept.furtherUnits ?? [])].join(" "),
  };
}

/** A script that systemd runs at intervals, from when its timer is started. */
export function everyMinutes(minutes: number, name: string, description: string, script: string): WriteFile[] {
  return [
    unitFile(`${name}.service`, {
      Unit: { Description: description },
      Service: { Type: "oneshot", ExecStart: `${scriptDirectory}/${script}` },
    }),
    unitFile(`${name}.timer`, {
      Unit: { Description: `${description}, at intervals` },
      Timer: { OnActiveSec: `${minutes}min`, OnUnitInactiveSec: `${minutes}min`, AccuracySec: "5s" },
    }),
  ];
}
