import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { failure, type Parameters, type Protocol, Refusal, readCall, success } from "./host/cloud/awsProtocols";
import { type Answer, read, send } from "./host/cloud/exchange";
import { type Credentials, parseAuthorization, verifySignature } from "./host/cloud/signature";

/** What AWS answers to one call: a result, or a refusal; or bytes that no AWS would send. */
export type Reply = Parameters | Refusal | { readonly raw: Answer };

export interface Call {
  readonly service: string;
  readonly action: string;
  readonly parameters: Parameters;
}

const autoscaling = {
  kind: "query",
  version: "2011-01-01",
  namespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/",
} as const;

/** By the service's name in signatures. */
const protocols: Readonly<Record<string, Protocol>> = {
  autoscaling,
  logs: { kind: "json", target: "Logs_20140328" },
  ssm: { kind: "json", target: "AmazonSSM" },
};

/** AWS on a loopback port. It verifies the signature of each call. */
export class FakeAws {
  readonly credentials: Credentials = {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalr/XUtnF+EMI=",
    sessionToken: "token/+==",
  };
  readonly region = "eu-central-1";
  readonly calls: Call[] = [];
  private respond: (call: Call) => Reply = () => new Refusal("UnknownOperationException", "nothing is played");
  private readonly server = createServer(async (message, response) => {
    const request = await read(message);
    const { credentials, region } = this;
    const service = parseAuthorization(request.headers.authorization)?.service ?? "";
    const protocol = Object.hasOwn(protocols, service) ? protocols[service] : undefined;
    const call = { service, ...readCall(protocol, request) };
    this.calls.push(call);
    const signature = await verifySignature(request, { credentials, region, service, now: Date.now() });
    const reply = signature === "valid" ? this.respond(call) : new Refusal("InvalidSignatureException", signature, 403);
    await send(response, request.method, answerOf(protocol ?? autoscaling, call.action, reply));
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

  /** Forgets what was, and answers so from now on. */
  play(respond: (call: Call) => Reply): void {
    this.respond = respond;
    this.calls.length = 0;
  }
}

function answerOf(protocol: Protocol, action: string, reply: Reply): Answer {
  if (reply instanceof Refusal) {
    return failure(protocol, reply);
  }
  if ("raw" in reply) {
    return reply.raw as Answer;
  }
  return protocol.kind === "json" ? success(protocol, action, reply) : queryResult(protocol, action, reply);
}

/** The query protocol's answer with a result, lists as `member` elements. */
function queryResult({ namespace }: Protocol & { kind: "query" }, action: string, result: Parameters): Answer {
  const inner = `<${action}Result>${xml(result)}</${action}Result>`;
  return {
    status: 200,
    headers: { "content-type": "text/xml" },
    body: `<${action}Response xmlns="${namespace}">${inner}</${action}Response>`,
  };
}

function xml(value: unknown): string {
  if (Array.isArray(value)) {
    return value.map((item) => `<member>${xml(item)}</member>`).join("");
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => `<${key}>${xml(item)}</${key}>`)
      .join("");
  }
  return String(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
