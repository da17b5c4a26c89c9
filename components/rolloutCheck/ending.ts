import { CommonExitCode } from "../checks/ending";

/** How a check of a rollout ends, by the exit code of its program. They are contract: a pipeline may act on them. */
export const ExitCode = {
  ...CommonExitCode,
  /** There is no such group, or it is being deleted. */
  GroupNotFound: 30,
  RefreshFailed: 31,
  RefreshCancelled: 32,
  /** The refresh goes back to the release before. */
  RollingBack: 33,
  RolledBack: 34,
  RollbackFailed: 35,
  /** Several hosts of the release gave up, and none came into service. */
  AllAbandoned: 36,
  /** EC2 starts no more instances: no capacity, a quota. */
  LaunchFails: 37,
  /** A host boots until the time is up. */
  HostsPending: 38,
  /** Hosts of another release are in service, and nothing replaces them. */
  MixedReleases: 39,
  /** A host is in service, and nobody knows with what. */
  NoReport: 40,
  /** A host has the right template, and reports another release. */
  OtherRelease: 41,
  /** A host is in service and not well: its last boot failed, or its group calls it unhealthy. */
  HostFailed: 42,
  /** Processes of the group are suspended that a rollout needs. */
  ProcessSuspended: 43,
  /** The group has fewer hosts than it should, and none is on its way. */
  TooFewHosts: 44,
  RefreshUnderWay: 45,
  /** The group's maximum is 0. */
  CanaryImpossible: 46,
  /** Somebody set the desired capacity to 0 while the canary was checked. */
  CanaryWithdrawn: 47,
  /** The release is proven, but the canary still runs. */
  CanaryLeft: 48,
  /** By a signal. */
  Interrupted: 49,
  /** All was well when the time was up, but not for long enough. */
  Unconfirmed: 50,
} as const;
