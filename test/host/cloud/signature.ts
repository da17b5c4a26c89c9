import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Incoming } from "./exchange";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Whose signature is awaited, and for what. */
export interface Expected {
  readonly credentials: Credentials;
  readonly service: string;
  readonly region: string;
  /** Now, in milliseconds of the Unix epoch. */
  readonly now: number;
}

/** What an Authorization header says. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const leewayMs = 5 * 60 * 1000;

export function parseAuthorization(header: string | undefined): Authorization | undefined {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/;
  const parts = form.exec(header ?? "");
  if (!parts) {
    return undefined;
  }
  const [, accessKeyId = "", date = "", region = "", service = "", signedHeaders = "", signature = ""] = parts;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(";"), signature };
}

/** Checks a request's Signature Version 4 by signing the very same request again: "valid", or what is wrong. */
export async function verifySignature(request: Incoming, expected: Expected): Promise<string> {
  const { headers } = request;
  if (headers.authorization === undefined) {
    return "header authorization is missing";
  }
  const authorization = parseAuthorization(headers.authorization);
  if (!authorization) {
    return "header authorization is not of AWS4-HMAC-SHA256";
  }
  return problemOf(request, authorization, expected) ?? (await compare(request, authorization, expected));
}

/** What is wrong with a request, whatever its signature is. */
function problemOf({ headers, body }: Incoming, authorization: Authorization, expected: Expected): string | undefined {
  const { credentials, service, region, now } = expected;
  const signed = authorization.signedHeaders;
  const mustBeSigned = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
  const missing = ["x-amz-date", "x-amz-security-token", ...signed].find((name) => headers[name] === undefined);
  const unsigned = mustBeSigned.find((name) => !signed.includes(name));
  const date = headers["x-amz-date"] ?? "";
  const time = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, "$1-$2-$3:$4:$5"));
  const problems: readonly (readonly [wrong: boolean, reason: string])[] = [
    [authorization.accessKeyId !== credentials.accessKeyId, `unknown access key ${authorization.accessKeyId}`],
    [authorization.service !== service, `is for the service ${authorization.service}, not ${service}`],
    [authorization.region !== region, `is for the region ${authorization.region}, not ${region}`],
    [missing !== undefined, `header ${missing} is missing`],
    [unsigned !== undefined, `header ${unsigned} is not signed`],
    [!(Math.abs(time - now) <= leewayMs), `x-amz-date ${date} is more than 5 minutes off`],
    [!date.startsWith(`${authorization.date}T`), `x-amz-date ${date} is not of the day ${authorization.date}`],
    [headers["x-amz-security-token"] !== credentials.sessionToken, "unknown session token"],
    [
      (headers["x-amz-content-sha256"] ?? sha256(body)) !== sha256(body),
      "x-amz-content-sha256 is not the body's checksum",
    ],
  ];
  return problems.find(([wrong]) => wrong)?.[1];
}

async function compare(request: Incoming, authorization: Authorization, expected: Expected): Promise<string> {
  const { accessKeyId, secretAccessKey } = expected.credentials;
  const signer = new SignatureV4({
    // The token is among the signed headers, as the client sent it.
    credentials: { accessKeyId, secretAccessKey },
    service: authorization.service,
    region: authorization.region,
    sha256: Sha256,
    applyChecksum: false,
  });
  const names = authorization.signedHeaders;
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(request.query)) {
    query[name] = [...(query[name] ?? []), value];
  }
  const again = await signer.sign(
    {
      method: request.method,
      protocol: "https:",
      hostname: request.host,
      path: request.path,
      query,
      headers: Object.fromEntries(names.map((name) => [name, request.headers[name] ?? ""])),
      body: request.body,
    },
    {
      signingDate: `${request.headers["x-amz-date"]}`.replace(/^(....)(..)(.....)(..)/, "$1-$2-$3:$4:"),
      signableHeaders: new Set(names),
    },
  );
  const wanted = parseAuthorization(again.headers.authorization)?.signature ?? "";
  const same = timingSafeEqual(Buffer.from(wanted.padEnd(64)), Buffer.from(authorization.signature));
  return same ? "valid" : "signature mismatch";
}

function sha256(body: Buffer): string {
  return createHash("sha256").update(body).digest("hex");
}

/** Node's own SHA-256, in the shape that the library takes. */
class Sha256 {
  private readonly hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = secret instanceof ArrayBuffer ? Buffer.from(secret) : secret;
    this.hash = key === undefined ? createHash("sha256") : createHmac("sha256", key as string | NodeJS.ArrayBufferView);
  }

  update(data: Uint8Array): void {
    this.hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {
    throw new Error("a signature needs each checksum once");
  }
}
