import * as assert from "node:assert/strict";
import { isAnswered } from "./clients";
import type { Attempt, Scene } from "./scene";
import type { Outcome } from "./vpc";

/** Why a client was turned away: in the words that the daemon has for it, and in those that the client hears. */
export interface Refusal {
  readonly daemon: RegExp;
  readonly client: RegExp;
}

// Since 1.21 Go says by its alert what is wrong; before, it is a bad certificate whatever is wrong.
const unknownAuthority = /bad certificate|unknown ca\b|unknown certificate authority/i;
const outOfDate = /bad certificate|expired certificate|certificate expired/i;

export const refusals = {
  noCertificate: { daemon: /client didn't provide a certificate/, client: /certificate required|bad certificate/i },
  unknownAuthority: { daemon: /x509: certificate signed by unknown authority/, client: unknownAuthority },
  expired: {
    daemon: /x509: certificate has expired or is not yet valid: current time \S+ is after/,
    client: outOfDate,
  },
  notYetValid: {
    daemon: /x509: certificate has expired or is not yet valid: current time \S+ is before/,
    client: outOfDate,
  },
  use: { daemon: /x509: certificate specifies an incompatible key usage/, client: /bad certificate/i },
  version: { daemon: /client offered only unsupported versions/, client: /alert protocol version/ },
  cipher: { daemon: /no cipher suite supported by both client and server/, client: /alert handshake failure/ },
} satisfies Record<string, Refusal>;

/**
 * In TLS 1.3 a client is done before the daemon has looked at its certificate. When it writes its request meanwhile, the
 * alert is lost with the connection; each has its own words for that. Why it was closed is in the daemon's.
 */
const lostConnection =
  /connection reset|broken pipe|errno=104|errno=32|EOF occurred|unexpected eof|not connected|ECONNRESET|EPIPE/;

/** The client got what it asked for. */
export function answered(outcome: Outcome): void {
  assert.ok(isAnswered(outcome) && outcome.status === 0, said(outcome));
}

/** The daemon turned the client away for this reason, and the client was told. */
export async function turnedAway(scene: Scene, { outcome, spoken }: Attempt, reason: Refusal): Promise<void> {
  assert.ok(!isAnswered(outcome), said(outcome));
  assert.match(said(outcome), new RegExp(`${reason.client.source}|${lostConnection.source}`, "i"));
  const line = new RegExp(`TLS handshake error from ${scene.ci.address}:\\d+: .*${reason.daemon.source}`);
  await scene.daemon.heard(line, spoken, 5000);
}

/** The client refused what it was shown, for this reason. */
export function refused(outcome: Outcome, reason: RegExp): void {
  assert.ok(!isAnswered(outcome) && outcome.status !== 0 && outcome.status !== undefined, said(outcome));
  assert.match(said(outcome), reason);
}

/** All of it, for people. */
export function said({ status, stdout, stderr }: Outcome): string {
  return `status ${status}\n${stdout}${stderr}`;
}
