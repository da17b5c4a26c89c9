import { randomUUID } from "node:crypto";
import type { Answer, Incoming } from "./exchange";

/** How a service is spoken to. */
export type Protocol =
  | { readonly kind: "query"; readonly version: string; readonly namespace: string }
  | { readonly kind: "json"; readonly target: string };

export type Parameters = Readonly<Record<string, unknown>>;

/** What a request asks for. */
export interface Call {
  /** Empty if it is none that the protocol allows. */
  readonly action: string;
  readonly parameters: Parameters;
}

/** A call that AWS answers with an error. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export function readCall(protocol: Protocol | undefined, { headers, query, body }: Incoming): Call {
  if (protocol?.kind !== "json") {
    const parameters = Object.fromEntries([...new URLSearchParams(query), ...new URLSearchParams(body.toString())]);
    const spoken = parameters.Version === protocol?.version;
    return { action: spoken ? (parameters.Action ?? "") : "", parameters };
  }
  const [target, action = ""] = (headers["x-amz-target"] ?? "").split(".");
  const spoken = target === protocol.target && headers["content-type"] === "application/x-amz-json-1.1";
  return { action: spoken ? action : "", parameters: parseObject(body.toString()) };
}

/** The answer to a call that was done; an action without a result says so with undefined. */
export function success(protocol: Protocol, action: string, result: Parameters | undefined): Answer {
  if (protocol.kind === "json") {
    return json(200, result ?? {});
  }
  const inner = result === undefined ? "" : `<${action}Result/>`;
  return xml(
    200,
    `${action}Response`,
    protocol.namespace,
    `${inner}<ResponseMetadata>${requestId()}</ResponseMetadata>`,
  );
}

export function failure(protocol: Protocol, { code, message, status }: Refusal): Answer {
  if (protocol.kind === "json") {
    return json(status, { __type: code, message });
  }
  const error = `<Error><Type>Sender</Type><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error>`;
  return xml(status, "ErrorResponse", protocol.namespace, error + requestId());
}

function json(status: number, body: Parameters): Answer {
  return { status, headers: { "content-type": "application/x-amz-json-1.1" }, body: JSON.stringify(body) };
}

function xml(status: number, root: string, namespace: string, inner: string): Answer {
  const body = `<${root} xmlns="${namespace}">${inner}</${root}>`;
  return { status, headers: { "content-type": "text/xml" }, body };
}

function requestId(): string {
  return `<RequestId>${randomUUID()}</RequestId>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function parseObject(text: string): Parameters {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
