import { scriptDirectory } from "./boot";
import type { CloudConfig, WriteFile } from "./cloudConfig";
import type { Settings } from "./settings";
import { unitFile } from "./systemdUnit";

/** How a host is looked after once it is in service. */
export interface UpkeepOptions {
  /** How many health checks in a row must fail for the host to be replaced. Defaults to 3. */
  readonly unhealthyThreshold?: number | undefined;
  /** How full a data disk, or its inodes, must be for unused data to be removed, in percent. Defaults to 75. */
  readonly garbageCollectionPercent?: number | undefined;
}

/** The scripts behind the units, and what those call. */
export const upkeepScripts = ["disk-usage.sh", "drain.sh", "garbage.sh", "health.sh"];

/** The units that watch a host, keep room on its disks and end it gently. The boot starts them, as its last stage. */
export function upkeep(): CloudConfig {
  return {
    write_files: [
      ...everyMinutes(1, "ci-host-health", "Check that this host can do a job's work", "health.sh"),
      ...everyMinutes(10, "ci-host-garbage", "Remove what nothing uses when the disks fill up", "garbage.sh"),
      unitFile("ci-host-drain.service", {
        Unit: { Description: "Let the jobs finish when this host is to be terminated" },
        Service: { Type: "exec", ExecStart: `${scriptDirectory}/drain.sh`, Restart: "on-failure", RestartSec: "5" },
      }),
    ],
  };
}

/** What the scripts read. */
export function upkeepSettings({ unhealthyThreshold = 3, garbageCollectionPercent = 75 }: UpkeepOptions): Settings {
  return {
    GARBAGE_COLLECTION_PERCENT: String(garbageCollectionPercent),
    UNHEALTHY_THRESHOLD: String(unhealthyThreshold),
  };
}

function everyMinutes(minutes: number, name: string, description: string, script: string): WriteFile[] {
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
