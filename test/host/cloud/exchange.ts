import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { CloudRequest } from "./messages";

/** A request, read to its end. */
export interface Incoming {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nothing if absent. */
  readonly body?: string | Uint8Array | { readonly file: string };
}

/** An answer, and what there is to note about it. */
export type Handled = { readonly answer: Answer } & Pick<
  CloudRequest,
  "kind" | "service" | "action" | "parameters" | "signature" | "error"
>;

export type Handler = (request: Incoming) => Handled | Promise<Handled>;

export async function read(message: IncomingMessage): Promise<Incoming> {
  const { method = "", url = "" } = message;
  const [path = "", ...query] = url.split("?");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    headers[name] = String(value);
  }
  const host = (headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  return { method, host, path, query: query.join("?"), headers, body: Buffer.concat(await message.toArray()) };
}

/** Sends the answer; to HEAD, all of it but the body. */
export async function send(response: ServerResponse, method: string, answer: Answer): Promise<void> {
  const { status, headers = {}, body = "" } = answer;
  if (typeof body === "string" || body instanceof Uint8Array) {
    response.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers });
    response.end(method === "HEAD" ? undefined : body);
    return;
  }
  const { size, mtime } = await stat(body.file);
  response.writeHead(status, { "content-length": size, "last-modified": mtime.toUTCString(), ...headers });
  if (method === "HEAD") {
    response.end();
  } else {
    await pipeline(createReadStream(body.file), response);
  }
}
