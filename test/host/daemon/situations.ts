import {
  deviatingClients,
  deviatingServers,
  type Identity,
  type Issued,
  leaf,
  namedInSubjectAlone,
} from "../../issued";
import type { ClientName } from "./clients";
import { bundle } from "./scene";
import { type Refusal, refusals } from "./verdicts";

/** What a client brings, and what comes of it. */
export interface ClientSituation {
  readonly verdict: "answered" | Refusal;
  /** Where it is another one for some client. */
  readonly but?: Partial<Record<ClientName, Refusal>>;
}

/** Go's clients keep a certificate back when the daemon names no CA that has the name of its issuer. */
const keptBack = { "docker CLI": refusals.noCertificate };

export const clientSituations = {
  "its own certificate": { verdict: "answered" },
  // All clients are equal: a certificate says who may come, not what one may do.
  "the certificate of another client": { verdict: "answered" },
  "the host's own certificate for clients": { verdict: "answered" },
  "no certificate": { verdict: refusals.noCertificate },
  "a certificate of another CA with the same name": { verdict: refusals.unknownAuthority },
  "a certificate that another client issued": { verdict: refusals.unknownAuthority, but: keptBack },
  "a self-signed certificate": { verdict: refusals.unknownAuthority, but: keptBack },
  "an expired certificate": { verdict: refusals.expired },
  "a certificate that is not yet valid": { verdict: refusals.notYetValid },
  "a certificate for servers": { verdict: refusals.use },
} satisfies Record<string, ClientSituation>;

/** What clients bring in each of these. */
export async function clientIdentities(
  good: Issued,
): Promise<Record<keyof typeof clientSituations, Identity | undefined>> {
  const wrong = await deviatingClients(good);
  return {
    "its own certificate": bundle(good, "runner-a"),
    "the certificate of another client": bundle(good, "runner-b"),
    "the host's own certificate for clients": { cert: good.server.clientCert, key: good.server.clientKey },
    "no certificate": undefined,
    "a certificate of another CA with the same name": wrong.otherAuthority,
    "a certificate that another client issued": await leaf({
      issuer: bundle(good, "runner-b"),
      commonName: "runner-a",
    }),
    "a self-signed certificate": wrong.selfSigned,
    "an expired certificate": wrong.expired,
    "a certificate that is not yet valid": wrong.notYetValid,
    "a certificate for servers": wrong.serverUse,
  };
}

/** What a server shows, and what those say to it who verify with Go, and with OpenSSL. */
export interface ServerSituation {
  readonly go: "answered" | RegExp;
  readonly openssl: "answered" | RegExp;
  /** Where it is another one for some client. */
  readonly but?: Partial<Record<ClientName, RegExp>>;
}

export const serverSituations = {
  "the right certificate": { go: "answered", openssl: "answered" },
  "a certificate for another name": {
    go: /x509: certificate is valid for another\.ci\.internal, not docker\.ci\.internal/,
    openssl: /hostname mismatch/i,
    but: { curl: /no alternative certificate subject name matches/, Node: /Hostname\/IP does not match/ },
  },
  "a certificate with its name in the subject alone": {
    go: /x509: certificate (relies on legacy Common Name field|is not valid for any names)/,
    // OpenSSL takes the subject where there is no alternative name. Who shows such a one got it from our CA.
    openssl: "answered",
    but: { "Python, strict": /Hostname mismatch/ },
  },
  "an expired certificate": {
    go: /x509: certificate has expired or is not yet valid: current time \S+ is after/,
    openssl: /certificate has expired/,
  },
  "a certificate that is not yet valid": {
    go: /x509: certificate has expired or is not yet valid: current time \S+ is before/,
    openssl: /certificate is not yet valid/,
  },
  "a certificate for clients": {
    go: /x509: certificate specifies an incompatible key usage/,
    openssl: /uns(upported|uitable) certificate purpose/,
  },
  "a certificate of another CA with the same name": {
    go: /x509: certificate signed by unknown authority/,
    openssl: /unable to get (local )?issuer certificate|unable to verify the first certificate/,
  },
  "a self-signed certificate": {
    go: /x509: certificate signed by unknown authority/,
    openssl: /self[- ]signed certificate/,
  },
} satisfies Record<string, ServerSituation>;

/** What servers show in each of these. */
export async function serverIdentities(good: Issued): Promise<Record<keyof typeof serverSituations, Identity>> {
  const wrong = await deviatingServers(good);
  return {
    "the right certificate": good.server,
    "a certificate for another name": wrong.wrongName,
    "a certificate with its name in the subject alone": await namedInSubjectAlone(good),
    "an expired certificate": wrong.expired,
    "a certificate that is not yet valid": wrong.notYetValid,
    "a certificate for clients": wrong.clientUse,
    "a certificate of another CA with the same name": wrong.otherAuthority,
    "a self-signed certificate": wrong.selfSigned,
  };
}
