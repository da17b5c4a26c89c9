import type { Architecture } from "./architecture";
import { type CiHostOptions, ciHost } from "./ciHost";
import type { CloudConfig } from "./cloudConfig";
import { type SysboxDaemonOptions, sysboxDaemonConfig } from "./daemonConfig";
import { dockerDirectories } from "./dataVolume";
import { type ProbeOptions, probeImageOf } from "./probe";
import { dockerPackages, isEngine, type SysboxChoice, sysboxDownload } from "./releases";
import { boundToSysbox, sysboxRestarts } from "./services";

/** What a sysbox host is made of. */
export interface SysboxHostOptions extends CiHostOptions, SysboxDaemonOptions, ProbeOptions {
  readonly architecture: Architecture;
  /** Defaults to sysbox 0.7.1. */
  readonly sysbox?: SysboxChoice | undefined;
}

/** Everything that cloud-init puts on a sysbox host. Must have no `sysboxHostProblems`. */
export function sysboxHost(options: SysboxHostOptions): CloudConfig {
  const { operatingSystem, docker = {}, sysbox = {} } = options;
  const download = sysboxDownload(sysbox, options.architecture);
  const packages = dockerPackages(docker, operatingSystem);
  return ciHost(options, {
    daemonConfig: sysboxDaemonConfig(options),
    heldPackages: ["sysbox-ce"],
    files: sysboxRestarts(),
    stages: { afterDocker: ["sysbox"], probe: "probe" },
    settings: {
      DOCKER_PACKAGES: packages.filter(isEngine).join(" "),
      // Installed with sysbox, while Docker pulls the image of the probe already.
      DOCKER_TOOLS: packages.filter((name) => !isEngine(name)).join(" "),
      PROBE_IMAGE: probeImageOf(options, docker, operatingSystem),
      SYSBOX_SHA256: download.sha256,
      SYSBOX_URL: download.url,
    },
    bonds: boundToSysbox,
    kept: {
      units: ["sysbox-mgr.service", "sysbox-fs.service", "sysbox.service"],
      growingDirectories: [...dockerDirectories, "/var/lib/sysbox"],
      orphansDirectory: "/var/lib/sysbox",
    },
  });
}
