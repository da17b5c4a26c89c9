import { randomBytes } from "node:crypto";
import type { Answer, Handled, Incoming } from "./exchange";
import { type MetadataTree, textAt } from "./metadata";

const ttlHeader = "x-aws-ec2-metadata-token-ttl-seconds";

/** The instance metadata service, version 2 alone. */
export class Imds {
  /** What is under meta-data/. */
  metadata: MetadataTree;
  userData: Uint8Array | string | null;
  private readonly identity: string;
  private readonly now: () => number;
  /** When each token expires. */
  private readonly tokens = new Map<string, number>();

  constructor(metadata: MetadataTree, userData: Uint8Array | string | null, identity: string, now = Date.now) {
    this.metadata = metadata;
    this.userData = userData;
    this.identity = identity;
    this.now = now;
  }

  readonly handle = (request: Incoming): Handled => ({ kind: "imds", answer: this.answer(request) });

  private answer(request: Incoming): Answer {
    const { method, path, headers } = request;
    if (method === "PUT" && path === "/latest/api/token") {
      return this.token(request);
    }
    if (method !== "GET" && method !== "HEAD") {
      return text(405);
    }
    const expiry = this.tokens.get(headers["x-aws-ec2-metadata-token"] ?? "");
    if (expiry === undefined || expiry <= this.now()) {
      return text(401);
    }
    const body = this.valueAt(path);
    return body === undefined ? text(404) : text(200, body);
  }

  private token({ headers }: Incoming): Answer {
    if (headers["x-forwarded-for"] !== undefined) {
      return text(403);
    }
    const ttl = headers[ttlHeader] ?? "";
    if (!/^\d{1,5}$/.test(ttl) || Number(ttl) < 1 || Number(ttl) > 21_600) {
      return text(400);
    }
    const token = randomBytes(40).toString("base64");
    this.tokens.set(token, this.now() + Number(ttl) * 1000);
    return text(200, token, { [ttlHeader]: ttl });
  }

  private valueAt(path: string): string | Uint8Array | undefined {
    const [, rest] = /^\/(?:latest|\d{4}-\d\d-\d\d)\/(.*)$/.exec(path) ?? [];
    if (rest === undefined) {
      return undefined;
    }
    if (rest === "user-data") {
      return this.userData ?? undefined;
    }
    return textAt(
      { "meta-data": this.metadata, dynamic: { "instance-identity": { document: this.identity } } },
      decodeURIComponent(rest),
    );
  }
}

function text(status: number, body: string | Uint8Array = "", headers: Record<string, string> = {}): Answer {
  return { status, headers: { server: "EC2ws", "content-type": "text/plain", ...headers }, body };
}
