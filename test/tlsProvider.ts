import * as assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import type { Value } from "../preview/manifest";
import * as x509 from "./x509";

type Inputs = Readonly<Record<string, Value>>;
type Outputs = Readonly<Record<string, Value>>;

const hour = 60 * 60 * 1000;

/**
 * Stands in for the provider of @pulumi/tls, with a state of its own: `outputsOf` goes to `record`, and each further
 * run with the same stand-in is one more `pulumi up`. As with the provider, what has the same inputs stays as it is,
 * and a certificate is made anew once it is ready for renewal. Keys and certificates are real.
 */
export class TlsProvider {
  /** What time it is for the provider. Tests move it. */
  now: Date;
  /**
   * Whether `maxPathLength: 0` comes out as a bound. Go's x509 reads a MaxPathLen of 0 as none unless it is told
   * MaxPathLenZero as well, so a provider that only passes it on makes a CA without a bound.
   */
  readonly keepsZeroPathLength: boolean;
  readonly #states = new Map<string, { inputs: Inputs; outputs: Outputs }>();

  constructor({ now = new Date(), keepsZeroPathLength = true } = {}) {
    this.now = now;
    this.keepsZeroPathLength = keepsZeroPathLength;
  }

  /** The option of `record` of the same name. */
  readonly outputsOf = async (type: string, name: string, inputs: Inputs): Promise<Outputs | undefined> => {
    const create = this.#creators[type];
    if (create === undefined) {
      return undefined;
    }
    const key = `${type}::${name}`;
    const state = this.#states.get(key);
    const kept = state !== undefined && this.#isKept(type, state.inputs, inputs, state.outputs);
    const outputs = kept ? state.outputs : await create(inputs);
    this.#states.set(key, { inputs, outputs });
    return outputs;
  };

  /** What a resource of this type and name was given, and what became of it, secrets and all. */
  stateOf(type: string, name: string): { inputs: Inputs; outputs: Outputs } {
    const state = this.#states.get(`${type}::${name}`);
    assert.ok(state !== undefined, `there is no ${name} (${type})`);
    return state;
  }

  /** Deletes what a program no longer has: `{ type, name }` of all that it has. */
  keepOnly(resources: readonly { readonly type: string; readonly name: string }[]): void {
    const kept = new Set(resources.map(({ type, name }) => `${type}::${name}`));
    for (const key of this.#states.keys()) {
      if (!kept.has(key)) {
        this.#states.delete(key);
      }
    }
  }

  #isKept(type: string, before: Inputs, inputs: Inputs, outputs: Outputs): boolean {
    // The time of early renewal is the one input of which a change makes nothing new.
    const lasting = ({ earlyRenewalHours: _, ...others }: Inputs) => JSON.stringify(others);
    return lasting(before) === lasting(inputs) && !(isCertificate(type) && this.#isReady(inputs, outputs));
  }

  /** As modifyPlanIfCertificateReadyForRenewal in hashicorp/terraform-provider-tls, internal/provider/common_cert.go. */
  #isReady({ earlyRenewalHours }: Inputs, { validityEndTime }: Outputs): boolean {
    return Date.parse(String(validityEndTime)) - Number(earlyRenewalHours ?? 0) * hour <= this.now.getTime();
  }

  readonly #creators: Readonly<Record<string, (inputs: Inputs) => Promise<Outputs>>> = {
    "tls:index/privateKey:PrivateKey": async (inputs) => {
      assert.equal(inputs.algorithm, "ECDSA", "only keys on a curve are implemented");
      return newKey(String(inputs.ecdsaCurve ?? "P224"));
    },

    "tls:index/certRequest:CertRequest": async (inputs) => {
      const keys = await keyPair(String(inputs.privateKeyPem));
      const request = await x509.Pkcs10CertificateRequestGenerator.create({
        name: nameOf(inputs.subject),
        keys,
        signingAlgorithm: signedBy(keys.privateKey),
        extensions: alternativeNames(inputs),
      });
      return { certRequestPem: ended(request.toString("pem")), keyAlgorithm: "ECDSA" };
    },

    "tls:index/selfSignedCert:SelfSignedCert": async (inputs) => {
      const keys = await keyPair(String(inputs.privateKeyPem));
      const name = nameOf(inputs.subject);
      const publicKey = await x509.PublicKey.create(keys.publicKey);
      const authority = inputs.setAuthorityKeyId === true ? publicKey : undefined;
      return {
        ...(await this.#certificate(inputs, {
          subject: name,
          issuer: name,
          publicKey,
          authority,
          signingKey: keys.privateKey,
          names: alternativeNames(inputs),
        })),
        keyAlgorithm: "ECDSA",
      };
    },

    "tls:index/locallySignedCert:LocallySignedCert": async (inputs) => {
      const request = new x509.Pkcs10CertificateRequest(String(inputs.certRequestPem));
      assert.ok(await request.verify(), "the certificate request is not signed by its key");
      const ca = new x509.X509Certificate(String(inputs.caCertPem));
      const { privateKey } = await keyPair(String(inputs.caPrivateKeyPem));
      return {
        ...(await this.#certificate(inputs, {
          subject: request.subjectName.toJSON(),
          issuer: ca.subjectName.toJSON(),
          publicKey: request.publicKey,
          // Go's x509.CreateCertificate takes it from the parent.
          authority: ca.publicKey,
          signingKey: privateKey,
          names: request.extensions.filter((extension) => extension.type === subjectAlternativeName),
        })),
        caKeyAlgorithm: "ECDSA",
      };
    },
  };

  async #certificate(
    inputs: Inputs,
    made: {
      subject: x509.JsonName;
      issuer: x509.JsonName;
      publicKey: x509.PublicKey;
      authority: x509.PublicKey | undefined;
      signingKey: webcrypto.CryptoKey;
      names: x509.Extension[];
    },
  ): Promise<Outputs> {
    const isCa = inputs.isCaCertificate === true;
    const pathLength = Number(inputs.maxPathLength ?? -1);
    const isBounded = isCa && (pathLength > 0 || (pathLength === 0 && this.keepsZeroPathLength));
    const identifier = isCa || inputs.setSubjectKeyId === true;
    const notBefore = new Date(Math.floor(this.now.getTime() / 1000) * 1000);
    const notAfter = new Date(notBefore.getTime() + Number(inputs.validityPeriodHours) * hour);
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: made.subject,
      issuer: made.issuer,
      notBefore,
      notAfter,
      publicKey: made.publicKey,
      signingKey: made.signingKey,
      signingAlgorithm: signedBy(made.signingKey),
      extensions: [
        ...usages((inputs.allowedUses ?? []) as readonly string[]),
        new x509.BasicConstraintsExtension(isCa, isBounded ? pathLength : undefined, true),
        ...(identifier ? [await x509.SubjectKeyIdentifierExtension.create(made.publicKey)] : []),
        ...(made.authority === undefined ? [] : [await x509.AuthorityKeyIdentifierExtension.create(made.authority)]),
        ...made.names,
      ],
    });
    const outputs = {
      certPem: ended(certificate.toString("pem")),
      validityStartTime: rfc3339(notBefore),
      validityEndTime: rfc3339(notAfter),
    };
    return { ...outputs, readyForRenewal: this.#isReady(inputs, outputs) };
  }
}

const subjectAlternativeName = "2.5.29.17";

const curves: Readonly<Record<string, { node: string; web: string; hash: string }>> = {
  P256: { node: "prime256v1", web: "P-256", hash: "SHA-256" },
  P384: { node: "secp384r1", web: "P-384", hash: "SHA-384" },
};

function newKey(curve: string): Outputs {
  const namedCurve = curves[curve]?.node;
  assert.ok(namedCurve !== undefined, `the curve ${curve} is not implemented`);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
  return {
    privateKeyPem: privateKey.export({ type: "sec1", format: "pem" }).toString(),
    privateKeyPemPkcs8: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

async function keyPair(privateKeyPem: string): Promise<webcrypto.CryptoKeyPair> {
  const key = createPrivateKey(privateKeyPem);
  const curve = Object.values(curves).find(({ node }) => node === key.asymmetricKeyDetails?.namedCurve);
  assert.ok(curve !== undefined, "the key is on no curve that is implemented");
  const algorithm = { name: "ECDSA", namedCurve: curve.web };
  const publicKey = createPublicKey(key);
  const importKey = (format: "pkcs8" | "spki", der: Buffer, use: "sign" | "verify") =>
    webcrypto.subtle.importKey(format, der, algorithm, true, [use]);
  return {
    privateKey: await importKey("pkcs8", key.export({ type: "pkcs8", format: "der" }), "sign"),
    publicKey: await importKey("spki", publicKey.export({ type: "spki", format: "der" }), "verify"),
  };
}

/** The hash that Go takes for a key of this curve. */
function signedBy(key: webcrypto.CryptoKey): { name: string; hash: string } {
  const { namedCurve } = key.algorithm as unknown as { namedCurve: string };
  const hash = Object.values(curves).find(({ web }) => web === namedCurve)?.hash;
  assert.ok(hash !== undefined);
  return { name: "ECDSA", hash };
}

function nameOf(subject: Value | undefined): x509.JsonName {
  const { commonName, ...others } = (subject ?? {}) as Record<string, Value>;
  assert.deepEqual(others, {}, "of a subject only the common name is implemented");
  return [{ CN: [String(commonName)] }];
}

function alternativeNames({ dnsNames, ipAddresses }: Inputs): x509.Extension[] {
  const names = [
    ...((dnsNames ?? []) as readonly string[]).map((value) => ({ type: "dns" as const, value })),
    ...((ipAddresses ?? []) as readonly string[]).map((value) => ({ type: "ip" as const, value })),
  ];
  return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];
}

const keyUsages: Readonly<Record<string, x509.KeyUsageFlags>> = {
  digital_signature: x509.KeyUsageFlags.digitalSignature,
  content_commitment: x509.KeyUsageFlags.nonRepudiation,
  key_encipherment: x509.KeyUsageFlags.keyEncipherment,
  data_encipherment: x509.KeyUsageFlags.dataEncipherment,
  key_agreement: x509.KeyUsageFlags.keyAgreement,
  cert_signing: x509.KeyUsageFlags.keyCertSign,
  crl_signing: x509.KeyUsageFlags.cRLSign,
};

const extendedKeyUsages: Readonly<Record<string, string>> = {
  server_auth: x509.ExtendedKeyUsage.serverAuth,
  client_auth: x509.ExtendedKeyUsage.clientAuth,
  code_signing: x509.ExtendedKeyUsage.codeSigning,
  any_extended: "2.5.29.37.0",
};

function usages(allowed: readonly string[]): x509.Extension[] {
  const unknown = allowed.filter((use) => keyUsages[use] === undefined && extendedKeyUsages[use] === undefined);
  assert.deepEqual(unknown, [], "uses that the provider does not know");
  const flags = allowed.reduce((sum, use) => sum | (keyUsages[use] ?? 0), 0);
  const extended = allowed.flatMap((use) => extendedKeyUsages[use] ?? []);
  return [
    ...(flags === 0 ? [] : [new x509.KeyUsagesExtension(flags, true)]),
    ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(extended)]),
  ];
}

/** 127 bits by chance: positive whatever reads it. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

/** Go's PEM ends in a line feed. */
function ended(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}

function rfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

function isCertificate(type: string): boolean {
  return /:(SelfSignedCert|LocallySignedCert)$/.test(type);
}
