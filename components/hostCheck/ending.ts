import { CommonExitCode } from "../checks/ending";

/** How a check of a host ends, by the exit code of its program. They are contract: a pipeline may act on them. */
export const ExitCode = {
  ...CommonExitCode,
  /** The host gave its boot up. */
  BootFailed: 10,
  /** Systems Manager did not get to know the instance in time. */
  NotManaged: 11,
  /** The instance was there and is not any more. */
  Gone: 12,
  /** The host's agent was there and ran no command to its end. */
  CommandTimedOut: 17,
  /** There was no report but that of another instance or of an earlier boot. */
  StaleReport: 20,
  /** The host is in service, with another certificate than the one that is awaited. */
  VersionNotServed: 21,
  /** The boot went on until the time was up. */
  StillBooting: 22,
} as const;
