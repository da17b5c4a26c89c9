import { boot, type LifecycleHook } from "./boot";
import { type CloudConfig, merge } from "./cloudConfig";
import type { ContainerAddresses } from "./containerAddresses";
import { DataVolume, dataVolume } from "./dataVolume";
import { dockerKeySettings } from "./dockerKey";
import { type OperatingSystem, operatingSystems } from "./operatingSystems";
import { dockerRepository, type PackageMirrors, packageMirrors, withoutUpgrades } from "./packages";
import { type DockerChoice, DockerSource, dockerPackages, dockerUrl } from "./releases";
import { imdsFirewall, workloadService } from "./services";
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

/** What every CI host is made of. Values, all of them: what only the running machine knows, it asks AWS. */
export interface CiHostOptions extends ContainerAddresses, PackageMirrors, UpkeepOptions {
  readonly operatingSystem: OperatingSystem;
  /** Defaults to Docker 29.7.2 from Docker's repository. */
  readonly docker?: DockerChoice | undefined;
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
  /** What the host is, by the id of its release; its boot report repeats it. */
  readonly releaseId?: string | undefined;
  /** Where the host writes its logs. */
  readonly logGroupName?: string | undefined;
  /** Base URL that stands in for all of AWS's endpoints. */
  readonly awsEndpointUrl?: string | undefined;
}

/** What a CI host has of its own, by the Docker that its services use. */
export interface OwnDocker {
  readonly daemonConfig: string;
  /** Packages that stay in their version besides Docker's. */
  readonly heldPackages?: readonly string[];
  /** What the stages call besides what those of every host call. */
  readonly basePackages?: readonly string[];
  readonly files: CloudConfig;
  /** Stages between those of every host, and the last before a host is in service. */
  readonly stages: {
    readonly afterDocker?: readonly string[];
    readonly beforeWorkload?: readonly string[];
    readonly probe: string;
  };
  readonly scripts?: readonly string[];
  /** Whether scripts go without what they say of themselves, for want of room. Defaults to false. */
  readonly terse?: boolean;
  readonly settings: Settings;
  /** The daemons that the workload needs besides Docker's. */
  readonly bonds?: Parameters<typeof workloadService>[2];
  /** What is looked after besides the workload. */
  readonly kept: Omit<Kept, "check">;
}

/** What the stages call and images may lack. Without AppArmor's parser no container outside of sysbox starts. */
const basePackages = ["apparmor", "ca-certificates", "curl", "iptables"];

/** Everything that cloud-init puts on a CI host. */
export function ciHost(options: CiHostOptions, own: OwnDocker): CloudConfig {
  const { operatingSystem, docker = {}, compose, launchingHook, debugTimeoutSeconds } = options;
  const packages = dockerPackages(docker, operatingSystem);
  const ownVolume = options.dataVolume !== DataVolume.Root;
  const { afterDocker = [], beforeWorkload = [], probe } = own.stages;

  return merge(
    packageMirrors(options),
    withoutUpgrades([...packages.map(nameOf), ...(own.heldPackages ?? [])]),
    docker.source === DockerSource.Distribution ? {} : dockerRepository(docker.mirror ?? dockerUrl, operatingSystem),
    { write_files: [{ path: "/etc/docker/daemon.json", permissions: "0644", content: own.daemonConfig }] },
    own.files,
    ownVolume ? dataVolume(dataDirectories(own)) : {},
    imdsFirewall(),
    compose === undefined ? {} : workloadService(compose, drainSeconds(options) + 30, own.bonds),
    upkeep(),
    drain(),
    boot({
      stages: [
        "network",
        ...(ownVolume ? ["storage"] : []),
        "packages",
        "firewall",
        "docker",
        ...afterDocker,
        ...beforeWorkload,
        ...(compose === undefined ? [] : ["workload"]),
        probe,
        "in-service",
      ],
      scripts: [
        ...["imds-firewall.sh", "probe-checks.sh", "probe-job.sh", ...(own.scripts ?? [])],
        ...[...upkeepScripts, ...drainScripts],
        ...(compose === undefined ? [] : ["compose.sh", "stop-workload.sh"]),
      ],
      settings: { ...settingsOf(options, own, packages), ...own.settings },
      launchingHook,
      debugTimeoutSeconds,
      terse: own.terse ?? false,
    }),
  );
}

function settingsOf(options: CiHostOptions, own: OwnDocker, packages: readonly string[]): Settings {
  const { docker = {}, secretArns = {}, dataVolume: volume = DataVolume.Auto } = options;
  const facts = operatingSystems[options.operatingSystem];
  const packaged = docker.source === DockerSource.Distribution;
  return {
    AWS_ENDPOINT_URL: options.awsEndpointUrl,
    // gpg reads the key of Docker's repository.
    BASE_PACKAGES: [...basePackages, ...(own.basePackages ?? []), ...(packaged ? [] : ["gpg"])].join(" "),
    ...upkeepSettings(options, keptOf(options, own)),
    DRAIN_TIMEOUT_SECONDS: String(drainSeconds(options)),
    LOG_GROUP: options.logGroupName,
    RELEASE: options.releaseId,
    TERMINATING_HOOK: options.terminatingHook?.name,
    DOCKER_PACKAGES: packages.join(" "),
    ...(!packaged && dockerKeySettings(docker.mirror ?? dockerUrl, options.operatingSystem)),
    ...(volume !== DataVolume.Root && { DATA_DIRECTORIES: dataDirectories(own).join(" "), DATA_VOLUME: volume }),
    ...(options.compose !== undefined && {
      COMPOSE: (packaged ? facts.docker.compose : ["docker", "compose"]).join(" "),
      SECRETS: words(secretArns),
    }),
  };
}

function keptOf({ compose }: CiHostOptions, { kept }: OwnDocker): Kept {
  return {
    ...kept,
    units: [...kept.units, ...(compose === undefined ? [] : ["ci-workload.service"])],
    // The container that the probe has made.
    check: ["docker", "start", "--attach", "ci-host-health"],
    furtherUnits: [drainUnit, ...(kept.furtherUnits ?? [])],
  };
}

/** What lies on the data volume: what grows, and what the workload keeps. */
function dataDirectories({ kept }: OwnDocker): string[] {
  return ["/srv/ci", ...kept.growingDirectories];
}

/** Two minutes where nobody else says: the notice that EC2 gives before it takes a spot instance. */
function drainSeconds({ terminatingHook }: CiHostOptions): number {
  return terminatingHook?.timeoutSeconds ?? 120;
}

/** `name=value` for each entry, in the order of the alphabet. */
export function words(entries: Readonly<Record<string, string>>): string | undefined {
  const list = Object.entries(entries).map(([name, value]) => `${name}=${value}`);
  return list.length > 0 ? list.sort().join(" ") : undefined;
}

/** `docker-ce` of `docker-ce=5:29.7.2-1~ubuntu.24.04~noble` */
function nameOf(aptPackage: string): string {
  return aptPackage.replace(/=.*/, "");
}
