import type { Architecture } from "./architecture";
import { boot, type LifecycleHook } from "./boot";
import { type CloudConfig, merge } from "./cloudConfig";
import { type SysboxDaemonOptions, sysboxDaemonConfig } from "./daemonConfig";
import { DataVolume, dataVolume, dockerDirectories } from "./dataVolume";
import { dockerKeySettings } from "./dockerKey";
import { type OperatingSystem, operatingSystems } from "./operatingSystems";
import { dockerRepository, type PackageMirrors, packageMirrors, withoutUpgrades } from "./packages";
import { type ProbeOptions, probeImageOf } from "./probe";
import {
  type DockerChoice,
  DockerSource,
  dockerPackages,
  dockerUrl,
  type SysboxChoice,
  sysboxDownload,
} from "./releases";
import { boundToSysbox, imdsFirewall, sysboxRestarts, workloadService } from "./services";
import type { Settings } from "./settings";
import {
  drain,
  drainScripts,
  drainUnit,
  type Kept,
  type UpkeepOptions,
  upkeep,
  upkeepScripts,
  upkeepSettings,
} from "./upkeep";

/** What a sysbox host is made of. Values, all of them: what only the running machine knows, it asks AWS. */
export interface SysboxHostOptions extends SysboxDaemonOptions, PackageMirrors, ProbeOptions, UpkeepOptions {
  readonly operatingSystem: OperatingSystem;
  readonly architecture: Architecture;
  /** Defaults to Docker 29.7.2 from Docker's repository. */
  readonly docker?: DockerChoice | undefined;
  /** Defaults to sysbox 0.7.1. */
  readonly sysbox?: SysboxChoice | undefined;
  /** `auto`, `root` or a device such as /dev/nvme1n1. Defaults to `auto`, the one disk that is empty. */
  readonly dataVolume?: string | undefined;
  /** The compose file of what runs on the host, checked already. Without one nothing runs. */
  readonly compose?: string | undefined;
  /** Secrets that the host reads at boot: name of a file in /run/ci-host/secrets, to the secret's ARN. */
  readonly secretArns?: Readonly<Record<string, string>> | undefined;
  /** The hook that holds a new host back until it says that it is ready. Without one the host tells nobody. */
  readonly launchingHook?: LifecycleHook | undefined;
  /** The hook that holds the end of a host back until its jobs are over. */
  readonly terminatingHook?: LifecycleHook | undefined;
  /** How long a host that gave up stays up for those who want to look at it, in seconds. Defaults to 0. */
  readonly debugTimeoutSeconds?: number | undefined;
  /** Where the host writes its logs. */
  readonly logGroupName?: string | undefined;
  /** Base URL that stands in for all of AWS's endpoints. */
  readonly awsEndpointUrl?: string | undefined;
}

/** What the stages call and images may lack. Without AppArmor's parser no container outside of sysbox starts. */
const basePackages = ["apparmor", "ca-certificates", "curl", "iptables"];

/** What grows: Docker's images, sysbox's containers. */
const growingDirectories = [...dockerDirectories, "/var/lib/sysbox"];

/** What lies on the data volume, what the workload keeps among it. */
const dataDirectories = ["/srv/ci", ...growingDirectories];

/** Everything that cloud-init puts on a sysbox host. Must have no `sysboxHostProblems`. */
export function sysboxHost(options: SysboxHostOptions): CloudConfig {
  const { operatingSystem, docker = {}, compose, launchingHook, debugTimeoutSeconds } = options;
  const packages = dockerPackages(docker, operatingSystem);
  const ownVolume = options.dataVolume !== DataVolume.Root;

  return merge(
    packageMirrors(options),
    withoutUpgrades([...packages.map(nameOf), "sysbox-ce"]),
    docker.source === DockerSource.Distribution ? {} : dockerRepository(docker.mirror ?? dockerUrl, operatingSystem),
    { write_files: [{ path: "/etc/docker/daemon.json", permissions: "0644", content: sysboxDaemonConfig(options) }] },
    sysboxRestarts(),
    ownVolume ? dataVolume(dataDirectories) : {},
    imdsFirewall(),
    compose === undefined ? {} : workloadService(compose, drainSeconds(options) + 30, boundToSysbox),
    upkeep(),
    drain(),
    boot({
      stages: [
        "network",
        ...(ownVolume ? ["storage"] : []),
        "packages",
        "docker",
        "sysbox",
        "firewall",
        ...(compose === undefined ? [] : ["workload"]),
        "probe",
        "in-service",
      ],
      scripts: [
        ...["imds-firewall.sh", "probe-job.sh", ...upkeepScripts, ...drainScripts],
        ...(compose === undefined ? [] : ["compose.sh", "stop-workload.sh"]),
      ],
      settings: settingsOf(options, packages),
      launchingHook,
      debugTimeoutSeconds,
    }),
  );
}

function settingsOf(options: SysboxHostOptions, packages: readonly string[]): Settings {
  const { docker = {}, sysbox = {}, secretArns = {}, dataVolume: volume = DataVolume.Auto } = options;
  const facts = operatingSystems[options.operatingSystem];
  const packaged = docker.source === DockerSource.Distribution;
  const download = sysboxDownload(sysbox, options.architecture);
  return {
    AWS_ENDPOINT_URL: options.awsEndpointUrl,
    // gpg reads the key of Docker's repository.
    BASE_PACKAGES: [...basePackages, ...(packaged ? [] : ["gpg"])].join(" "),
    ...upkeepSettings(options, keptOf(options)),
    DRAIN_TIMEOUT_SECONDS: String(drainSeconds(options)),
    LOG_GROUP: options.logGroupName,
    PROBE_IMAGE: probeImageOf(options, docker, options.operatingSystem),
    SYSBOX_SHA256: download.sha256,
    SYSBOX_URL: download.url,
    TERMINATING_HOOK: options.terminatingHook?.name,
    DOCKER_PACKAGES: packages.join(" "),
    ...(!packaged && dockerKeySettings(docker.mirror ?? dockerUrl, options.operatingSystem)),
    ...(volume !== DataVolume.Root && { DATA_DIRECTORIES: dataDirectories.join(" "), DATA_VOLUME: volume }),
    ...(options.compose !== undefined && {
      COMPOSE: (packaged ? facts.docker.compose : ["docker", "compose"]).join(" "),
      SECRETS: words(secretArns),
    }),
  };
}

function keptOf({ compose }: SysboxHostOptions): Kept {
  const workload = compose === undefined ? [] : ["ci-workload.service"];
  return {
    units: ["sysbox-mgr.service", "sysbox-fs.service", "sysbox.service", ...workload],
    // The container that the probe has made.
    check: ["docker", "start", "--attach", "ci-host-health"],
    growingDirectories,
    orphansDirectory: "/var/lib/sysbox",
    furtherUnits: [drainUnit],
  };
}

/** Two minutes where nobody else says: the notice that EC2 gives before it takes a spot instance. */
function drainSeconds({ terminatingHook }: SysboxHostOptions): number {
  return terminatingHook?.timeoutSeconds ?? 120;
}

/** `name=value` for each entry, in the order of the alphabet. */
function words(entries: Readonly<Record<string, string>>): string | undefined {
  const list = Object.entries(entries).map(([name, value]) => `${name}=${value}`);
  return list.length > 0 ? list.sort().join(" ") : undefined;
}

/** `docker-ce` of `docker-ce=5:29.7.2-1~ubuntu.24.04~noble` */
function nameOf(aptPackage: string): string {
  return aptPackage.replace(/=.*/, "");
}
