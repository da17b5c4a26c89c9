import { randomUUID } from "node:crypto";
import { FakeAws, type Reply } from "./fakeAws";
import { Refusal } from "./host/cloud/awsProtocols";

/** What Systems Manager answers call by call; the last answer stands for all later ones. */
export interface Script {
  readonly send?: readonly Reply[];
  readonly invocation?: readonly Reply[];
}

const sent: Reply = { Command: { CommandId: randomUUID(), Status: "Pending" } };

/** Run Command. It refuses what it was given no script for. */
export class FakeSsm extends FakeAws {
  /** Forgets what was, and plays this from now on. Commands are taken unless the script says otherwise. */
  playScript({ send = [sent], invocation = [] }: Script): void {
    const counts = new Map<string, number>();
    this.play(({ action }) => {
      const replies = { SendCommand: send, GetCommandInvocation: invocation }[action] ?? [];
      const count = counts.get(action) ?? 0;
      counts.set(action, count + 1);
      return replies[count] ?? replies.at(-1) ?? new Refusal("UnknownOperationException", `no script for ${action}`);
    });
  }
}

/** An invocation in one of the states that Systems Manager knows. */
export function invocation(
  statusDetails: string,
  output = "",
  exitStatus = statusDetails === "Success" ? 0 : -1,
): Reply {
  const status = statusDetails.endsWith("Timed Out") ? "TimedOut" : statusDetails.replaceAll(" ", "");
  return {
    Status: status,
    StatusDetails: statusDetails,
    ResponseCode: exitStatus,
    StandardOutputContent: output,
    StandardErrorContent: "",
  };
}
