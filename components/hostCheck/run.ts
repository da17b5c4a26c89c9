import { SSMClient } from "@aws-sdk/client-ssm";
import { systemClock } from "../checks/clock";
import type { Ending } from "../checks/ending";
import { clientSettings } from "../checks/endpoint";
import { runProgram, tell } from "../checks/program";
import { runCommand } from "../checks/runCommand";
import { checkHost } from "./check";
import { readOptions } from "./options";

async function main(): Promise<Ending> {
  const options = readOptions(process.env);
  if ("exitCode" in options) {
    return options;
  }
  const client = new SSMClient(clientSettings(options));
  try {
    return await checkHost(options, runCommand(client), systemClock, tell);
  } finally {
    client.destroy();
  }
}

runProgram(main);
