/** What a stack may do against the threats of CI, by the id that `npm run posture` and docs/posture.md go by. */
export const Mitigation = {
  WorkloadUnprivileged: "workload-unprivileged",
  ReleasesPinned: "releases-pinned",
  MetadataOutOfReach: "metadata-out-of-reach",
  LeastPrivilegeRole: "least-privilege-role",
  PortsClosed: "ports-closed",
  NoCredentialsInClear: "no-credentials-in-clear",
  EncryptedVolumes: "encrypted-volumes",
  FlowLogs: "flow-logs",
  SysboxRuntime: "sysbox-runtime",
  WorkloadUnderSysbox: "workload-under-sysbox",
  WorkloadLimits: "workload-limits",
  ProofBeforeJobs: "proof-before-jobs",
  TlsCertificates: "tls-certificates",
  TlsClientCertificates: "tls-client-certificates",
  TlsVerifiesClients: "tls-verifies-clients",
  TlsClientSettings: "tls-client-settings",
  DedicatedDaemon: "dedicated-daemon",
  DaemonIsolated: "daemon-isolated",
  ReleaseProven: "release-proven",
} as const;
export type Mitigation = (typeof Mitigation)[keyof typeof Mitigation];

/** What every CiNetwork does. */
export const networkMitigations: Mitigation[] = [Mitigation.FlowLogs];

/** What every RolloutCheck does. */
export const rolloutMitigations: Mitigation[] = [Mitigation.ReleaseProven];

/** What every DockerCertificates does. */
export const certificateMitigations: Mitigation[] = [Mitigation.TlsCertificates, Mitigation.TlsClientCertificates];

/** What every TlsDockerHost does, its certificates among it. */
export const dockerHostMitigations: Mitigation[] = [
  ...certificateMitigations,
  Mitigation.MetadataOutOfReach,
  Mitigation.LeastPrivilegeRole,
  Mitigation.PortsClosed,
  Mitigation.NoCredentialsInClear,
  Mitigation.EncryptedVolumes,
  Mitigation.TlsVerifiesClients,
  Mitigation.DedicatedDaemon,
  Mitigation.DaemonIsolated,
];

/** What every CiFleet does. */
const fleetMitigationsOfAll: readonly Mitigation[] = [
  Mitigation.WorkloadUnprivileged,
  Mitigation.ReleasesPinned,
  Mitigation.MetadataOutOfReach,
  Mitigation.LeastPrivilegeRole,
  Mitigation.PortsClosed,
  Mitigation.NoCredentialsInClear,
  Mitigation.EncryptedVolumes,
  Mitigation.ProofBeforeJobs,
];

/** What a CiFleet whose services use a Docker host over TLS does; the rest is that host's. */
export const remoteFleetMitigations: Mitigation[] = [...fleetMitigationsOfAll, Mitigation.TlsClientSettings];

/** What a CiFleet with sysbox does; services under sysbox it has only if the compose file names some. */
export function fleetMitigations(sysboxServices: readonly string[]): Mitigation[] {
  return [
    ...fleetMitigationsOfAll,
    Mitigation.SysboxRuntime,
    ...(sysboxServices.length > 0 ? [Mitigation.WorkloadUnderSysbox] : []),
  ];
}
