import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { failure, type Parameters, Refusal, readCall, success } from "./host/cloud/awsProtocols";
import { type Answer, read, send } from "./host/cloud/exchange";
import { type Credentials, verifySignature } from "./host/cloud/signature";

/** What Systems Manager answers to one call: a result, or a refusal; or bytes that no AWS would send. */
export type Reply = Parameters | Refusal | { readonly raw: Answer };

/** What it answers call by call; the last answer stands for all later ones. */
export interface Script {
  readonly send?: readonly Reply[];
  readonly invocation?: readonly Reply[];
}

export interface Call {
  readonly action: string;
  readonly parameters: Parameters;
}

const protocol = { kind: "json", target: "AmazonSSM" } as const;
const sent: Reply = { Command: { CommandId: randomUUID(), Status: "Pending" } };

/** Run Command on a loopback port. It verifies the signature of each call, and refuses what it was given no script for. */
export class FakeSsm {
  readonly credentials: Credentials = {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalr/XUtnF+EMI=",
    sessionToken: "token/+==",
  };
  readonly region = "eu-central-1";
  readonly calls: Call[] = [];
  private script: Script = {};
  private readonly counts = new Map<string, number>();
  private readonly server = createServer(async (message, response) => {
    const request = await read(message);
    const { credentials, region } = this;
    const signature = await verifySignature(request, { credentials, region, service: "ssm", now: Date.now() });
    const call = readCall(protocol, request);
    this.calls.push(call);
    const reply =
      signature === "valid" ? this.reply(call.action) : new Refusal("InvalidSignatureException", signature, 403);
    await send(response, request.method, answerOf(call.action, reply));
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Forgets what was, and plays this from now on. Commands are taken unless the script says otherwise. */
  play(script: Script): void {
    this.script = { send: [sent], ...script };
    this.calls.length = 0;
    this.counts.clear();
  }

  private reply(action: string): Reply {
    const { send: sends = [], invocation = [] } = this.script;
    const replies = { SendCommand: sends, GetCommandInvocation: invocation }[action] ?? [];
    const count = this.counts.get(action) ?? 0;
    this.counts.set(action, count + 1);
    return replies[count] ?? replies.at(-1) ?? new Refusal("UnknownOperationException", `no script for ${action}`);
  }
}

function answerOf(action: string, reply: Reply): Answer {
  if (reply instanceof Refusal) {
    return failure(protocol, reply);
  }
  return "raw" in reply ? (reply.raw as Answer) : success(protocol, action, reply);
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
