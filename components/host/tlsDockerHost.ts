import { audit } from "./audit";
import { boot, scriptDirectory } from "./boot";
import { type CloudConfig, merge } from "./cloudConfig";
import type { ContainerAddresses } from "./containerAddresses";
import { DataVolume, dataVolume, dockerDirectories } from "./dataVolume";
import { dockerKeySettings } from "./dockerKey";
import { dockerRepository, type PackageMirrors, packageMirrors, withoutUpgrades } from "./packages";
import { type DockerChoice, DockerSource, dockerPackages, dockerUrl, isEngine } from "./releases";
import { imdsFirewall } from "./services";
import type { Settings } from "./settings";
import { unitFile } from "./systemdUnit";
import { tlsDaemonConfig } from "./tlsDaemonConfig";
import { TlsOperatingSystem, tlsOperatingSystems } from "./tlsOperatingSystems";
import { everyMinutes, type Kept, type UpkeepOptions, upkeep, upkeepScripts, upkeepSettings } from "./upkeep";

/** What a host is made of that serves Docker over mutual TLS. Values, all of them. */
export interface TlsDockerHostOptions extends ContainerAddresses, PackageMirrors, UpkeepOptions {
  /** Amazon Linux 2023 needs no mirror: its packages come through the gateway endpoint of S3. */
  readonly operatingSystem: TlsOperatingSystem;
  /** The name by which clients know the daemon; its certificate must have it. */
  readonly hostname: string;
  /** The secret with the daemon's certificates. */
  readonly serverSecretArn: string;
  /** For Debian and Ubuntu. Defaults to the distribution's Docker. */
  readonly docker?: DockerChoice | undefined;
  /** `auto`, `root` or a device such as /dev/nvme1n1. Defaults to `auto`, the one disk that is empty. */
  readonly dataVolume?: string | undefined;
  /** How often the host looks for new certificates, in minutes. Defaults to 15. */
  readonly rotationMinutes?: number | undefined;
  /** How long somebody waits for the host, in seconds; its boot ends three minutes before. Defaults to 1080. */
  readonly launchTimeoutSeconds?: number | undefined;
  /** How long a host that gave up stays up for those who want to look at it, in seconds. Defaults to 0. */
  readonly debugTimeoutSeconds?: number | undefined;
  /** What the host is, by the id of its release; its boot report repeats it. */
  readonly releaseId?: string | undefined;
  /** Where the host writes its logs. */
  readonly logGroupName?: string | undefined;
  /** Base URL that stands in for all of AWS's endpoints. */
  readonly awsEndpointUrl?: string | undefined;
}

const certificateScripts = ["bundle.py", "certificates.sh", "daemon.sh", "daemon-serves.sh", "rotate-certificates.sh"];

/** Everything that cloud-init puts on a host for Docker over TLS. Must have no `tlsDockerHostProblems`. */
export function tlsDockerHost(options: TlsDockerHostOptions): CloudConfig {
  const { operatingSystem, launchTimeoutSeconds, debugTimeoutSeconds, rotationMinutes = 15 } = options;
  const ownVolume = options.dataVolume !== DataVolume.Root;
  const { packageManager, sshUnits } = tlsOperatingSystems[operatingSystem];

  return merge(
    operatingSystem === TlsOperatingSystem.AmazonLinux2023 ? {} : aptSources(options, operatingSystem),
    { write_files: [{ path: "/etc/docker/daemon.json", permissions: "0644", content: tlsDaemonConfig(options) }] },
    dockerUnit(),
    ownVolume ? dataVolume(dockerDirectories) : {},
    imdsFirewall(),
    audit(),
    // Session Manager is the way in.
    { runcmd: [["systemctl", "mask", "--now", ...sshUnits]] },
    quietResolver(),
    upkeep(),
    {
      write_files: everyMinutes(
        rotationMinutes,
        "ci-host-certificates",
        "Take over new certificates of the Docker daemon",
        "rotate-certificates.sh",
      ),
    },
    boot({
      stages: [
        "network",
        ...(ownVolume ? ["storage"] : []),
        "packages",
        "firewall",
        "certificates",
        "docker",
        "probe-daemon",
        "in-service",
      ],
      scripts: ["imds-firewall.sh", ...upkeepScripts, ...certificateScripts],
      settings: settingsOf(options),
      packageManager,
      terse: true,
      servingUnits: ["docker.socket", "docker.service"],
      launchTimeoutSeconds,
      debugTimeoutSeconds,
    }),
  );
}

function aptSources(options: TlsDockerHostOptions, operatingSystem: AptSystem): CloudConfig {
  const { docker = {} } = options;
  const packages = enginePackages(docker, operatingSystem).map((name) => name.replace(/=.*/, ""));
  return merge(
    packageMirrors(options),
    withoutUpgrades(packages),
    isPackaged(docker) ? {} : dockerRepository(docker.mirror ?? dockerUrl, operatingSystem),
  );
}

type AptSystem = Exclude<TlsOperatingSystem, "amazon-linux-2023">;

function isPackaged({ source = DockerSource.Distribution }: DockerChoice): boolean {
  return source === DockerSource.Distribution;
}

/** The engine alone: clients bring Compose and buildx themselves. */
function enginePackages(docker: DockerChoice, operatingSystem: AptSystem): string[] {
  const choice = isPackaged(docker) ? { ...docker, source: DockerSource.Distribution } : docker;
  return dockerPackages(choice, operatingSystem).filter(isEngine);
}

/** docker.service as daemon.json needs it, and not before the boot has good certificates. */
function dockerUnit(): CloudConfig {
  const unit = unitFile("docker.service.d/10-ci-host.conf", {
    // In memory: after a reboot the boot decides again. A package that is installed cannot start Docker before.
    Unit: { ConditionPathExists: "/run/ci-host/may-serve" },
    // Neither -H, which daemon.json's hosts replaces, nor what Amazon Linux adds from /etc/sysconfig/docker. systemd finds
    // the program: Debian has it in /usr/sbin, all others in /usr/bin.
    Service: { ExecStart: ["", "dockerd --containerd=/run/containerd/containerd.sock"] },
  });
  return { write_files: [unit] };
}

/** Keeps systemd's resolver from answering the neighbourhood on TCP port 5355. */
function quietResolver(): CloudConfig {
  const content = "[Resolve]\nLLMNR=no\nMulticastDNS=no\n";
  return {
    write_files: [{ path: "/etc/systemd/resolved.conf.d/60-ci-host.conf", permissions: "0644", content }],
    runcmd: [["systemctl", "try-restart", "systemd-resolved.service"]],
  };
}

function settingsOf(options: TlsDockerHostOptions): Settings {
  const { operatingSystem, docker = {}, dataVolume: volume = DataVolume.Auto } = options;
  const { basePackages } = tlsOperatingSystems[operatingSystem];
  const amazon = operatingSystem === TlsOperatingSystem.AmazonLinux2023;
  const repository = !amazon && !isPackaged(docker);
  return {
    AWS_ENDPOINT_URL: options.awsEndpointUrl,
    BASE_PACKAGES: [...basePackages, ...(repository ? ["gpg"] : [])].join(" "),
    DOCKER_HOSTNAME: options.hostname,
    DOCKER_PACKAGES: (amazon ? ["docker"] : enginePackages(docker, operatingSystem)).join(" "),
    LOG_GROUP: options.logGroupName,
    RELEASE: options.releaseId,
    SERVER_SECRET_ARN: options.serverSecretArn,
    ...(repository && dockerKeySettings(docker.mirror ?? dockerUrl, operatingSystem)),
    ...(volume !== DataVolume.Root && { DATA_DIRECTORIES: dockerDirectories.join(" "), DATA_VOLUME: volume }),
    ...upkeepSettings(options, kept),
  };
}

const kept: Kept = {
  units: ["containerd.service", "docker.service"],
  check: [`${scriptDirectory}/daemon-serves.sh`],
  growingDirectories: dockerDirectories,
  furtherUnits: ["ci-host-certificates.timer"],
};
