import * as assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { DockerCertificates, type DockerCertificatesArgs } from "../components";
import { type RecordOptions, record } from "../preview/inProcess";
import type { Manifest, Value } from "../preview/manifest";
import type { OutputsOf } from "../preview/monitor";
import { TlsProvider } from "./tlsProvider";

/** A certificate and its key, both PEM; the key in PKCS #8, as bundles have it. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A client's bundle: `ca` are all the CAs that it trusts. */
export interface ClientBundle extends Identity {
  readonly ca: string;
}

/** The daemon's bundle. */
export interface ServerBundle extends ClientBundle {
  readonly clientCert: string;
  readonly clientKey: string;
}

/** What a program with one DockerCertificates ends up with. */
export interface Issued {
  readonly manifest: Manifest;
  readonly hostname: string;
  /** CAs, the one that issues first. */
  readonly authorities: readonly ({ readonly name: string } & Identity)[];
  readonly server: ServerBundle;
  /** By name of the client. */
  readonly clients: Readonly<Record<string, ClientBundle>>;
  /** For a further deployment, and with the state of every resource. */
  readonly provider: TlsProvider;
}

/** What a certificate says; everything has a default that makes a client's. */
export interface LeafOptions {
  /** Without one it is self-signed. */
  readonly issuer?: Identity;
  readonly commonName?: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** In the provider's words. Defaults to `["digital_signature", "client_auth"]`. */
  readonly allowedUses?: readonly string[];
  /** Defaults to an hour ago. */
  readonly notBefore?: Date;
  /** Defaults to 24. */
  readonly validityHours?: number;
}

/**
 * What the DockerCertificates of a program, or one with these arguments and the name `docker`, issues, by the
 * component's own code. With the same `provider` a further call is one more deployment; its `now` is the clock.
 *
 *     const good = await issued({ hostname: "docker.ci.internal", clients: ["runner-a"] });
 *     writeFileSync("ca.pem", good.server.ca);
 *     const { expired } = await deviatingClients(good);
 */
export async function issued(
  what: DockerCertificatesArgs | (() => unknown),
  { provider = new TlsProvider(), ...options }: RecordOptions & { readonly provider?: TlsProvider } = {},
): Promise<Issued> {
  const program = typeof what === "function" ? what : () => void new DockerCertificates("docker", what);
  const secrets = new Map<string, Value>();
  const outputsOf: OutputsOf = async (type, name, inputs) => {
    if (type === "aws:secretsmanager/secretVersion:SecretVersion") {
      secrets.set(name, inputs.secretString ?? null);
    }
    return (await provider.outputsOf(type, name, inputs)) ?? (await options.outputsOf?.(type, name, inputs));
  };
  const manifest = await record(program, { ...options, outputsOf });
  provider.keepOnly(manifest.resources);

  const components = manifest.resources.filter(({ type }) => type === "ci-hosts:index:DockerCertificates");
  const [component] = components;
  assert.ok(component !== undefined && components.length === 1, `${components.length} DockerCertificates, not one`);
  const { name, urn, outputs } = component;
  const bundle = (role: string) => JSON.parse(String(secrets.get(`${name}-${role}-bundle-version`)));
  const server: ServerBundle = bundle("server");
  const clients = Object.keys(outputs.clientSecretArns as Record<string, Value>);
  const authorities = manifest.resources
    .filter(({ type, parent }) => type === "tls:index/selfSignedCert:SelfSignedCert" && parent === urn)
    .map((authority): [string, Identity] => {
      const { certPem } = provider.stateOf(authority.type, authority.name).outputs;
      const key = provider.stateOf("tls:index/privateKey:PrivateKey", `${authority.name}-key`).outputs;
      return [
        authority.name.slice(`${name}-ca-`.length),
        { cert: String(certPem), key: String(key.privateKeyPemPkcs8) },
      ];
    })
    // In the order of the arguments, which the bundle has and the manifest has not.
    .sort(([, a], [, b]) => server.ca.indexOf(a.cert) - server.ca.indexOf(b.cert));
  return {
    manifest,
    provider,
    hostname: String(outputs.hostname),
    authorities: authorities.map(([authority, identity]) => ({ name: authority, ...identity })),
    server,
    clients: Object.fromEntries(clients.map((client) => [client, bundle(`client-${client}`)])),
  };
}

/** A certificate that the component would not issue. */
export async function leaf(options: LeafOptions = {}): Promise<Identity> {
  const { issuer, commonName = "leaf", dnsNames = [], ipAddresses = [], validityHours = 24 } = options;
  const provide = providing(options.notBefore ?? new Date(Date.now() - hour));
  const key = await provide("privateKey:PrivateKey", { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const request = { privateKeyPem: String(key.privateKeyPem), subject: { commonName }, dnsNames, ipAddresses };
  const certificate = {
    allowedUses: options.allowedUses ?? clientUses,
    setSubjectKeyId: true,
    validityPeriodHours: validityHours,
  };
  const { certPem } =
    issuer === undefined
      ? await provide("selfSignedCert:SelfSignedCert", { ...request, ...certificate, setAuthorityKeyId: true })
      : await provide("locallySignedCert:LocallySignedCert", {
          ...(await provide("certRequest:CertRequest", request)),
          ...certificate,
          caCertPem: issuer.cert,
          caPrivateKeyPem: issuer.key,
        });
  return { cert: String(certPem), key: String(key.privateKeyPemPkcs8) };
}

/** A CA of this common name; with that of another it can be told from it by its key alone. */
export async function authority(commonName: string): Promise<Identity> {
  const provide = providing(new Date(Date.now() - hour));
  const key = await provide("privateKey:PrivateKey", { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const { certPem } = await provide("selfSignedCert:SelfSignedCert", {
    privateKeyPem: String(key.privateKeyPem),
    subject: { commonName },
    allowedUses: ["cert_signing", "crl_signing"],
    isCaCertificate: true,
    setSubjectKeyId: true,
    setAuthorityKeyId: true,
    validityPeriodHours: 48,
  });
  return { cert: String(certPem), key: String(key.privateKeyPemPkcs8) };
}

/** Clients that the daemon must turn away, each wrong in the one way that its key says. */
export async function deviatingClients(good: Issued) {
  const likeGood = { commonName: commonNameOf(good.server.clientCert), allowedUses: clientUses };
  return {
    ...(await deviations(good, likeGood)),
    serverUse: await leaf({ ...likeGood, issuer: issuerOf(good), allowedUses: serverUses }),
  };
}

/** Servers that clients must turn away, each wrong in the one way that its key says. */
export async function deviatingServers(good: Issued) {
  const issuer = issuerOf(good);
  const likeGood = {
    commonName: commonNameOf(good.server.cert),
    dnsNames: [good.hostname, "localhost"],
    ipAddresses: ["127.0.0.1"],
    allowedUses: serverUses,
  };
  return {
    ...(await deviations(good, likeGood)),
    clientUse: await leaf({ ...likeGood, issuer, allowedUses: clientUses }),
    wrongName: await leaf({ ...likeGood, issuer, dnsNames: ["another.ci.internal"], ipAddresses: ["192.0.2.1"] }),
  };
}

/** A server's certificate with its name where most clients do not look any more: in the common name alone. */
export function namedInSubjectAlone(good: Issued): Promise<Identity> {
  return leaf({ issuer: issuerOf(good), commonName: good.hostname, allowedUses: serverUses });
}

const hour = 60 * 60 * 1000;
const serverUses = ["digital_signature", "server_auth"];
const clientUses = ["digital_signature", "client_auth"];

async function deviations(good: Issued, likeGood: LeafOptions) {
  const issuer = issuerOf(good);
  return {
    expired: await leaf({ ...likeGood, issuer, notBefore: new Date(Date.now() - 48 * hour) }),
    notYetValid: await leaf({ ...likeGood, issuer, notBefore: new Date(Date.now() + 24 * hour) }),
    otherAuthority: await leaf({ ...likeGood, issuer: await authority(commonNameOf(issuer.cert)) }),
    selfSigned: await leaf(likeGood),
  };
}

function issuerOf({ authorities: [first] }: Issued): Identity {
  assert.ok(first !== undefined);
  return first;
}

function commonNameOf(cert: string): string {
  return new X509Certificate(cert).subject.replace(/^CN=/, "");
}

/** Resources of the provider at one time. */
function providing(now: Date) {
  const provider = new TlsProvider({ now });
  return async (type: string, inputs: Readonly<Record<string, Value>>) => {
    const outputs = await provider.outputsOf(`tls:index/${type}`, type, inputs);
    assert.ok(outputs !== undefined);
    return outputs;
  };
}
