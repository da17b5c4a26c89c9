import { performance } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { checkHost } from "./check";
import { type Ending, ExitCode } from "./ending";
import { readOptions } from "./options";
import { runCommand, ssmClient } from "./ssm";

const clock = { now: () => performance.now(), sleep: (milliseconds: number) => setTimeout(milliseconds) };

/** Progress, and how it ended, go to stderr; to stdout goes the report alone. */
async function main(): Promise<Ending> {
  const options = readOptions(process.env);
  if ("exitCode" in options) {
    return options;
  }
  const client = ssmClient(options);
  try {
    return await checkHost(options, runCommand(client, options.instanceId), clock, tell);
  } finally {
    client.destroy();
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

main()
  .catch((error): Ending => ({ exitCode: ExitCode.Unexpected, message: `fault of the check itself: ${error?.stack}` }))
  .then(({ exitCode, message, report }) => {
    tell(message);
    if (report !== undefined) {
      process.stdout.write(`${report}\n`);
    }
    process.exitCode = exitCode;
  });
