import type { PackageManager } from "./boot";
import { OperatingSystem } from "./operatingSystems";

/** What a host can run that serves Docker over TLS. Amazon Linux's packages can be had without the internet. */
export const TlsOperatingSystem = { AmazonLinux2023: "amazon-linux-2023", ...OperatingSystem } as const;
export type TlsOperatingSystem = (typeof TlsOperatingSystem)[keyof typeof TlsOperatingSystem];

/** What such a host depends on in its operating system. */
export interface TlsOperatingSystemFacts {
  readonly packageManager: PackageManager;
  /** What the stages call and images may lack, and what writes the audit log. */
  readonly basePackages: readonly string[];
  /** Units of OpenSSH's server. */
  readonly sshUnits: readonly string[];
}

const debian: TlsOperatingSystemFacts = {
  packageManager: "apt",
  // Without AppArmor's parser no container starts.
  basePackages: ["apparmor", "auditd", "ca-certificates", "curl", "iproute2", "iptables", "openssl"],
  sshUnits: ["ssh.service", "ssh.socket"],
};

/** Names of packages and units: the AL2023 package list, packages.debian.org and packages.ubuntu.com. */
export const tlsOperatingSystems: Readonly<Record<TlsOperatingSystem, TlsOperatingSystemFacts>> = {
  [TlsOperatingSystem.AmazonLinux2023]: {
    packageManager: "dnf",
    // curl is there as curl-minimal, which conflicts with the package curl.
    basePackages: ["audit", "ca-certificates", "iproute", "iptables-nft", "openssl"],
    sshUnits: ["sshd.service", "sshd.socket"],
  },
  [TlsOperatingSystem.Ubuntu2404]: debian,
  [TlsOperatingSystem.Debian12]: debian,
};
