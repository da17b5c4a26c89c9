import type { Architecture } from "./architecture";
import { type OperatingSystem, operatingSystems } from "./operatingSystems";

/** Where Docker comes from: Docker's own apt repository, or the packages of the distribution. */
export const DockerSource = { Docker: "docker", Distribution: "distribution" } as const;
export type DockerSource = (typeof DockerSource)[keyof typeof DockerSource];

/** Which Docker a host gets. */
export interface DockerChoice {
  /** Defaults to Docker's own repository. */
  readonly source?: DockerSource | undefined;
  /** Version of Docker Engine, exact. Defaults to 29.7.2; the distribution's own where that is the source. */
  readonly version?: string | undefined;
  /** Versions of what goes with the engine, exact. Needed for a version of Docker that the catalogue lacks. */
  readonly containerdVersion?: string | undefined;
  readonly buildxVersion?: string | undefined;
  readonly composeVersion?: string | undefined;
  /** Stands in for https://download.docker.com, key and packages alike; the key must still be Docker's. */
  readonly mirror?: string | undefined;
}

/** Which sysbox a host gets. */
export interface SysboxChoice {
  /** Defaults to 0.7.1. */
  readonly version?: string | undefined;
  /** Where to download the package, for a mirror or a version that the catalogue lacks. Goes with `sha256`. */
  readonly url?: string | undefined;
  /** SHA-256 of what `url` serves, in hexadecimal. Goes with `url`. */
  readonly sha256?: string | undefined;
}

/** Docker's own server of packages. */
export const dockerUrl = "https://download.docker.com";

/** A file to download, and what it must be. */
export interface Download {
  readonly url: string;
  readonly sha256: string;
}

/** sysbox and Docker as reported to work together, on kernels 6.8 and 7.0: nestybox/sysbox#1018. */
export const defaultSysboxVersion = "0.7.1";
export const defaultDockerVersion = "29.7.2";

/** SHA-256 of sysbox-ce_<version>.linux_<architecture>.deb, from coder/envbox#163 and coder/envbox#177. */
export const sysboxChecksums: Readonly<Record<string, Readonly<Record<Architecture, string>>>> = {
  "0.6.7": {
    amd64: "b7ac389e5a19592cadf16e0ca30e40919516128f6e1b7f99e1cb4ff64554172e",
    arm64: "16d80123ba53058cf90f5a68686e297621ea97942602682e34b3352783908f91",
  },
  "0.7.0": {
    amd64: "eeff273671467b8fa351ab3d40709759462dc03d9f7b50a1b207b37982ce40a9",
    arm64: "eae9c0e91ddd39bd1826d6a7a313a73d42a8449ef5113e9d6d118b559cb809ba",
  },
  "0.7.1": {
    amd64: "9d6d5484f980d0a17f86c492c1262015c2afb66280bdb97215b79fde6a0261c5",
    arm64: "04ca894ae0b53f0fa54eaacc173ce40363c9a95ea5450f773716a84ef650a69b",
  },
};

/** What was in Docker's repository beside a version of the engine: versions that one `apt-get install` took together. */
export const dockerCompanions: Readonly<Record<string, { containerd: string; buildx: string; compose: string }>> = {
  "29.7.2": { containerd: "2.3.3", buildx: "0.36.1", compose: "5.5.0" },
};

/** The package of sysbox that a choice names. Must have no `releaseProblems`. */
export function sysboxDownload(choice: SysboxChoice, architecture: Architecture): Download {
  const { version = defaultSysboxVersion, url, sha256 } = choice;
  if (url !== undefined && sha256 !== undefined) {
    return { url, sha256 };
  }
  const known = sysboxChecksums[version];
  if (known === undefined) {
    throw new Error(`sysbox ${version} is not in the catalogue`);
  }
  const file = `sysbox-ce_${version}.linux_${architecture}.deb`;
  return {
    url: `https://github.com/nestybox/sysbox/releases/download/v${version}/${file}`,
    sha256: known[architecture],
  };
}

/** The same choice with every version said that is ours to choose. Must have no `releaseProblems`. */
export function exactDocker(choice: DockerChoice): DockerChoice {
  if (choice.source === DockerSource.Distribution) {
    return { source: DockerSource.Distribution };
  }
  const { version = defaultDockerVersion, mirror } = choice;
  const known = dockerCompanions[version];
  return {
    source: DockerSource.Docker,
    version,
    containerdVersion: choice.containerdVersion ?? known?.containerd,
    buildxVersion: choice.buildxVersion ?? known?.buildx,
    composeVersion: choice.composeVersion ?? known?.compose,
    ...(mirror !== undefined && { mirror }),
  };
}

/** The same choice with its version, and its package's address and checksum. Must have no `releaseProblems`. */
export function exactSysbox(choice: SysboxChoice, architecture: Architecture): SysboxChoice {
  return { version: choice.version ?? defaultSysboxVersion, ...sysboxDownload(choice, architecture) };
}

/** The version of Docker that a choice comes to; the distribution's own as of the day of its release. */
export function dockerVersionOf({ source, version }: DockerChoice, operatingSystem: OperatingSystem): string {
  const packaged = operatingSystems[operatingSystem].docker.version;
  return source === DockerSource.Distribution ? packaged : (version ?? defaultDockerVersion);
}

/** Packages as apt takes them, `name=version` where the version is ours to choose. Must have no `releaseProblems`. */
export function dockerPackages(choice: DockerChoice, operatingSystem: OperatingSystem): string[] {
  const { distribution, release, codename, docker } = operatingSystems[operatingSystem];
  if (choice.source === DockerSource.Distribution) {
    return [...docker.packages];
  }
  const { version, containerdVersion, buildxVersion, composeVersion } = exactDocker(choice);
  // Docker's packages carry the release they are for, 5:29.7.2-1~ubuntu.24.04~noble; only the engine has an epoch.
  const build = `-1~${distribution}.${release}~${codename}`;
  return [
    `docker-ce=5:${version}${build}`,
    `docker-ce-cli=5:${version}${build}`,
    `containerd.io=${containerdVersion}${build}`,
    `docker-buildx-plugin=${buildxVersion}${build}`,
    `docker-compose-plugin=${composeVersion}${build}`,
  ];
}

/** Whether a package is Docker's daemon or what runs it, and not a plugin of its command. */
export function isEngine(aptPackage: string): boolean {
  return !/compose|buildx/.test(aptPackage);
}
