import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { SSMClient } from "@aws-sdk/client-ssm";
import { systemClock } from "../checks/clock";
import type { Ending } from "../checks/ending";
import { clientSettings } from "../checks/endpoint";
import { runProgram, tell } from "../checks/program";
import { createApi } from "./api";
import { checkRollout } from "./check";
import { readOptions } from "./options";

async function main(): Promise<Ending> {
  const options = readOptions(process.env);
  if ("exitCode" in options) {
    return options;
  }
  const settings = clientSettings(options);
  const clients = {
    autoScaling: new AutoScalingClient(settings),
    logs: new CloudWatchLogsClient(settings),
    ssm: new SSMClient(settings),
  };
  const interruption = new AbortController();
  // A deployment that is cancelled takes its canary away first.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => interruption.abort(signal));
  }
  // So does one that is killed.
  process.stderr.on("error", () => interruption.abort("nobody reads what it says"));
  const api = createApi(clients, options.groupName, options.logGroupName);
  try {
    return await checkRollout(options, api, systemClock, tell, interruption.signal);
  } finally {
    for (const client of Object.values(clients)) {
      client.destroy();
    }
  }
}

runProgram(main);
