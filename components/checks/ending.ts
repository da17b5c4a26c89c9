/** Endings that every check knows, by the exit code of its program. They are contract: a pipeline may act on them. */
export const CommonExitCode = {
  Succeeded: 0,
  /** A fault of the program itself. */
  Unexpected: 1,
  /** What the program was told makes no sense. */
  BadOptions: 2,
  NoRegion: 3,
  AccessDenied: 13,
  CredentialsExpired: 14,
  NoCredentials: 15,
  /** Throttled until the time was up. */
  Throttled: 16,
  ReportUnreadable: 18,
  OtherSchema: 19,
  /** AWS could not be reached. */
  Unreachable: 23,
  /** AWS refused a call for another reason. */
  Refused: 24,
} as const;

/** How a check ended. */
export interface Ending {
  readonly exitCode: number;
  /** What happened, and where one looks next; the first line says it all. */
  readonly message: string;
  /** What the check found out, in JSON, if it succeeded. */
  readonly report?: string;
}

/** What stands between now and success. */
export interface Obstacle {
  /** Equal for obstacles that are one and the same to whoever waits. */
  readonly key: string;
  /** Continues the sentence "…: ". */
  readonly sentence: string;
  /** What makes it worth a line of progress when it changes; the key if not given. */
  readonly news?: string;
  /** How the check ends if this is what it is up against when time runs out, or patience. */
  readonly ending: Ending;
  /** How long to wait for it to go, in seconds. As long as there is time if not given. */
  readonly patienceSeconds?: number;
  /**
   * For one that hides what is in the way: for so long, in seconds, what was met last still is, as far as anyone knows.
   */
  readonly hidesSeconds?: number;
}
