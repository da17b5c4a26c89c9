import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetCommandInvocationCommand, SendCommandCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { RunCommand } from "./check";

/** Where Systems Manager is. */
export interface Endpoint {
  readonly region: string;
  /** Stands in for AWS's own endpoint, if given. */
  readonly awsEndpointUrl: string | undefined;
}

/** The least that Systems Manager takes for the delivery, and enough for a script that reads two files, in seconds. */
const deliverySeconds = 60;
const executionSeconds = 60;

/** The client tries nothing again: the check has its own patience, and says what it is up against. */
export function ssmClient({ region, awsEndpointUrl }: Endpoint): SSMClient {
  // Which versions of Node the SDK will support is of no interest to one who waits for a host.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  return new SSMClient({
    region,
    ...(awsEndpointUrl === undefined ? {} : { endpoint: awsEndpointUrl }),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
  });
}

export function runCommand(client: SSMClient, instanceId: string): RunCommand {
  return {
    async send() {
      const sent = await client.send(
        new SendCommandCommand({
          DocumentName: "AWS-RunShellScript",
          InstanceIds: [instanceId],
          Comment: "ci-hosts: prints the boot report",
          TimeoutSeconds: deliverySeconds,
          Parameters: { commands: reportCommands(), executionTimeout: [String(executionSeconds)] },
        }),
      );
      return sent.Command?.CommandId ?? "";
    },
    async invocation(commandId) {
      const told = await client.send(new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId }));
      return {
        status: (told.StatusDetails ?? told.Status ?? "").replaceAll(" ", ""),
        exitStatus: told.ResponseCode ?? -1,
        output: told.StandardOutputContent ?? "",
      };
    },
  };
}

/** The same for every host: nothing is put into it. */
export function reportCommands(): string[] {
  const script = readFileSync(join(__dirname, "report.py"), "utf8");
  return ["python3 - <<'CI_HOST_REPORT'", ...script.trimEnd().split("\n"), "CI_HOST_REPORT"];
}
