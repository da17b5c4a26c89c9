import { CommonExitCode, type Ending } from "./ending";

/** Runs a check: progress, and how it ended, go to stderr; to stdout goes what it found out alone. */
export function runProgram(check: () => Promise<Ending>): void {
  // Until it is known how it ended: where nothing is left to wait for, Node ends, too.
  process.exitCode = CommonExitCode.Unexpected;
  check()
    .catch(
      (error): Ending => ({
        exitCode: CommonExitCode.Unexpected,
        message: `fault of the check itself: ${error?.stack}`,
      }),
    )
    .then(({ exitCode, message, report }) => {
      tell(message);
      if (report !== undefined) {
        process.stdout.write(`${report}\n`);
      }
      process.exitCode = exitCode;
    });
}

export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
