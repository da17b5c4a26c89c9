/** How a check ends, by the exit code of its program. They are contract: a pipeline may act on them. */
export const ExitCode = {
  Succeeded: 0,
  /** A fault of the program itself. */
  Unexpected: 1,
  /** What the program was told makes no sense. */
  BadOptions: 2,
  NoRegion: 3,
  /** The host gave its boot up. */
  BootFailed: 10,
  /** Systems Manager did not get to know the instance in time. */
  NotManaged: 11,
  /** The instance was there and is not any more. */
  Gone: 12,
  AccessDenied: 13,
  CredentialsExpired: 14,
  NoCredentials: 15,
  /** Throttled until the time was up. */
  Throttled: 16,
  /** The host's agent was there and ran no command to its end. */
  CommandTimedOut: 17,
  ReportUnreadable: 18,
  OtherSchema: 19,
  /** There was no report but that of another instance or of an earlier boot. */
  StaleReport: 20,
  /** The host is in service, with another certificate than the one that is awaited. */
  VersionNotServed: 21,
  /** The boot went on until the time was up. */
  StillBooting: 22,
  /** Systems Manager could not be reached. */
  Unreachable: 23,
  /** Systems Manager refused a call for another reason. */
  Refused: 24,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** How a check ended. */
export interface Ending {
  readonly exitCode: ExitCode;
  /** What happened, and where one looks next; the first line says it all. */
  readonly message: string;
  /** The host's report in JSON, once it is in service. */
  readonly report?: string;
}

/** What stands between now and the host in service. */
export interface Obstacle {
  /** Equal for obstacles that are one and the same to whoever waits. */
  readonly key: string;
  /** Continues the sentence "…: ". */
  readonly sentence: string;
  /** How the check ends if this is what it is up against when time runs out, or patience. */
  readonly ending: Ending;
  /** How long to wait for it to go, in seconds. As long as there is time if not given. */
  readonly patienceSeconds?: number;
}
