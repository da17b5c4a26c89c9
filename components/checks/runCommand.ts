import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetCommandInvocationCommand, SendCommandCommand, type SSMClient } from "@aws-sdk/client-ssm";

/** What Systems Manager tells of a command on one instance. */
export interface Invocation {
  /** `StatusDetails`, without spaces: `Success`, `InProgress`, `DeliveryTimedOut`. */
  readonly status: string;
  readonly exitStatus: number;
  readonly output: string;
}

/** Run Command, for the script that prints a host's report. Rejects with errors of the AWS SDK. */
export interface RunCommand {
  /** To up to 50 instances; returns the command's id. */
  send(instanceIds: readonly string[]): Promise<string>;
  invocation(commandId: string, instanceId: string): Promise<Invocation>;
}

/** The least that Systems Manager takes for the delivery, and enough for a script that reads two files, in seconds. */
const deliverySeconds = 60;
const executionSeconds = 60;

export function runCommand(client: SSMClient): RunCommand {
  return {
    async send(instanceIds) {
      const sent = await client.send(
        new SendCommandCommand({
          DocumentName: "AWS-RunShellScript",
          InstanceIds: [...instanceIds],
          Comment: "ci-hosts: prints the boot report",
          TimeoutSeconds: deliverySeconds,
          Parameters: { commands: reportCommands(), executionTimeout: [String(executionSeconds)] },
        }),
      );
      return sent.Command?.CommandId ?? "";
    },
    async invocation(commandId, instanceId) {
      const told = await client.send(new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId }));
      return {
        status: (told.StatusDetails ?? told.Status ?? "").replaceAll(" ", ""),
        exitStatus: told.ResponseCode ?? -1,
        output: told.StandardOutputContent ?? "",
      };
    },
  };
}

/** Whether a command's end is still to come. */
export function isUnderWay({ status }: Invocation): boolean {
  return ["Pending", "InProgress", "Delayed", "Cancelling"].includes(status);
}

/** The same for every host: nothing is put into it. */
export function reportCommands(): string[] {
  const script = readFileSync(join(__dirname, "report.py"), "utf8");
  return ["python3 - <<'CI_HOST_REPORT'", ...script.trimEnd().split("\n"), "CI_HOST_REPORT"];
}
