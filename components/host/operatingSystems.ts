/** What a host can run: what sysbox has packages for, since upstream ships .deb files alone. */
export const OperatingSystem = { Ubuntu2404: "ubuntu-24.04", Debian12: "debian-12" } as const;
export type OperatingSystem = (typeof OperatingSystem)[keyof typeof OperatingSystem];

/** What the rest of a host depends on in its operating system. */
export interface OperatingSystemFacts {
  /** As Docker's repository calls it. */
  readonly distribution: "ubuntu" | "debian";
  readonly release: string;
  readonly codename: string;
  /** The oldest kernel that the release has shipped. */
  readonly kernel: string;
  readonly docker: DistributionDocker;
}

/** Docker as the distribution packages it. */
export interface DistributionDocker {
  /** The version of the day of the release. */
  readonly version: string;
  /** Whether newer versions of Docker reach the release after its day. */
  readonly moves: boolean;
  readonly packages: readonly string[];
  /** How Compose is called: Debian 12 has it as a program of its own. */
  readonly compose: readonly string[];
}

/** From packages.ubuntu.com and packages.debian.org. */
export const operatingSystems: Readonly<Record<OperatingSystem, OperatingSystemFacts>> = {
  [OperatingSystem.Ubuntu2404]: {
    distribution: "ubuntu",
    release: "24.04",
    codename: "noble",
    kernel: "6.8",
    docker: {
      version: "24.0.7",
      moves: true,
      packages: ["containerd", "docker-buildx", "docker-compose-v2", "docker.io", "runc"],
      compose: ["docker", "compose"],
    },
  },
  [OperatingSystem.Debian12]: {
    distribution: "debian",
    release: "12",
    codename: "bookworm",
    kernel: "6.1",
    docker: {
      version: "20.10.24",
      moves: false,
      packages: ["containerd", "docker-compose", "docker.io", "runc"],
      compose: ["docker-compose"],
    },
  },
};
