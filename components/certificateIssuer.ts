import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { KeyCurve } from "./certificateDefaults";

/** How long certificates last, and when they are renewed. */
export interface Lifetime {
  readonly validityHours: number;
  readonly earlyRenewalHours: number;
}

/** A CA: its certificate, and the key that signs others. */
export interface Authority {
  /** As users name it, `1`. */
  readonly authority: string;
  readonly certificate: tls.SelfSignedCert;
  readonly key: tls.PrivateKey;
}

/** What a certificate is for. */
export interface Subject {
  /** Names that a server answers to; a client has none. */
  readonly dnsNames?: string[];
  readonly ipAddresses?: pulumi.Input<string[]>;
  readonly use: "server_auth" | "client_auth";
}

/** A certificate that a CA signed, and its key. */
export interface Issued {
  readonly certificate: tls.LocallySignedCert;
  readonly key: tls.PrivateKey;
}

/**
 * A CA that signs nothing but certificates for servers and clients. Python from 3.13 on and OpenSSL's strict mode
 * insist on its key usage and on the key identifiers. Renewed it keeps its key and its name, so that certificates from
 * before and after it verify with either.
 */
export function createAuthority(
  name: string,
  authority: string,
  ecdsaCurve: KeyCurve,
  { validityHours, earlyRenewalHours }: Lifetime,
  child: pulumi.CustomResourceOptions,
): Authority {
  const key = new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve }, child);
  const certificate = new tls.SelfSignedCert(
    name,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: name },
      isCaCertificate: true,
      maxPathLength: 0,
      allowedUses: ["cert_signing", "crl_signing"],
      setSubjectKeyId: true,
      setAuthorityKeyId: true,
      validityPeriodHours: validityHours,
      earlyRenewalHours,
    },
    child,
  );
  return { authority, certificate, key };
}

/**
 * A certificate of `issuer`. Go takes one without extended key usage for any use, so it has exactly one; with keys
 * on a curve TLS encrypts nothing by them, so the key only signs. Its authority key identifier is the CA's own. Renewed
 * it keeps its key, but another CA signs another: whoever has read a key has it under no CA but the one that it got out
 * under.
 */
export function issueCertificate(
  name: string,
  issuer: Authority,
  ecdsaCurve: KeyCurve,
  { use, ...names }: Subject,
  { validityHours, earlyRenewalHours }: Lifetime,
  child: pulumi.CustomResourceOptions,
): Issued {
  const key = new tls.PrivateKey(`${name}-key-${issuer.authority}`, { algorithm: "ECDSA", ecdsaCurve }, child);
  const request = new tls.CertRequest(
    `${name}-request`,
    { privateKeyPem: key.privateKeyPem, subject: { commonName: name }, ...names },
    child,
  );
  const certificate = new tls.LocallySignedCert(
    name,
    {
      certRequestPem: request.certRequestPem,
      caCertPem: issuer.certificate.certPem,
      caPrivateKeyPem: issuer.key.privateKeyPem,
      allowedUses: ["digital_signature", use],
      setSubjectKeyId: true,
      validityPeriodHours: validityHours,
      earlyRenewalHours,
    },
    child,
  );
  return { certificate, key };
}
