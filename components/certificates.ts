import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { createBundle } from "./certificateBundle";
import { daysToExpiry, renewsAt } from "./certificateDates";
import { type KeyCurve, withCertificateDefaults } from "./certificateDefaults";
import { createAuthority, issueCertificate, type Subject } from "./certificateIssuer";
import { certificateProblems, commonNameProblems } from "./certificateProblems";
import { certificateMitigations } from "./mitigations";
import { refuse } from "./problems";

/** The inputs of {@link DockerCertificates}. */
export interface DockerCertificatesArgs {
  /** Private DNS name by which clients reach the daemon. Its certificate is for that name, and for localhost. */
  hostname: string;
  /** Addresses beside 127.0.0.1 that the daemon's certificate is for. */
  ipAddresses?: pulumi.Input<string>[];
  /** Names of the clients, at least one: lower-case letters, digits and hyphens. Each gets a certificate of its own. */
  clients: string[];
  /**
   * Names of the CAs: the first issues, all are trusted. Defaults to one, "1". To replace it, and all keys with it, without
   * a break deploy ["1", "2"], then ["2", "1"], then ["2"], each once all hosts have the step before.
   */
  authorities?: string[];
  /** Elliptic curve of all keys. Defaults to P256. */
  keyCurve?: KeyCurve;
  /** How long certificates of the daemon and its clients are valid, in hours, 24 to 9552. Defaults to 2160: 90 days. */
  validityHours?: number;
  /** How long before their end a deployment renews them, in hours. Defaults to a third of that, 720 at most. */
  earlyRenewalHours?: number;
  /** How long a CA is valid, in hours, up to 87840. Defaults to 43800: five years. */
  authorityValidityHours?: number;
  /**
   * How long before its end a deployment renews a CA, in hours, validityHours or more. Defaults to 8760, or to
   * validityHours where that is more.
   */
  authorityEarlyRenewalHours?: number;
  /**
   * ARNs of the IAM roles and users, beside its reader, that may read a bundle. Who deploys must be among them, and is
   * what it defaults to.
   */
  administratorArns?: pulumi.Input<string>[];
  /** KMS key for the secrets. Defaults to the account's own for Secrets Manager. */
  kmsKeyArn?: pulumi.Input<string | undefined>;
  /** Tags for everything that takes tags. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * A CA, the certificate of a Docker daemon and one certificate for each of its clients. Daemon and clients find theirs
 * in a secret of their own: JSON with the files `ca`, `cert` and `key`. The daemon's has `clientCert` and `clientKey`
 * too, by which its host proves that it answers. Keys are on a curve, and secret from end to end.
 *
 * Certificates are renewed by deployments alone: run one more often than earlyRenewalHours.
 */
export class DockerCertificates extends pulumi.ComponentResource {
  public readonly serverSecretArn: pulumi.Output<string>;
  /** Changes with the daemon's certificate, or the CAs. */
  public readonly serverSecretVersionId: pulumi.Output<string>;
  /** By name of the client. */
  public readonly clientSecretArns: pulumi.Output<Record<string, string>>;
  public readonly hostname: pulumi.Output<string>;
  /** Who may read the bundles beside their readers. */
  public readonly administratorArns: pulumi.Output<string[]>;
  /** Whole days until the first certificate of the daemon or a client ends, as of the deployment. */
  public readonly daysToExpiry: pulumi.Output<number>;
  /** From when on a deployment renews that certificate, in UTC. */
  public readonly renewsAt: pulumi.Output<string>;
  /** From when on a deployment renews the first of the CAs, in UTC. */
  public readonly authorityRenewsAt: pulumi.Output<string>;
  /** What it does against the threats of CI: ids that docs/posture.md explains. */
  public readonly mitigations: pulumi.Output<string[]>;

  constructor(name: string, args: DockerCertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ci-hosts:index:DockerCertificates", name, args, opts);

    refuse(`DockerCertificates ${name}`, [...certificateProblems(args), ...commonNameProblems(name, args)]);
    const wanted = withCertificateDefaults(args);
    const child = { parent: this };
    const ofAuthorities = {
      validityHours: wanted.authorityValidityHours,
      earlyRenewalHours: wanted.authorityEarlyRenewalHours,
    };
    const administratorArns = pulumi.all(args.administratorArns ?? [deployerArn(child)]);
    const secrets = { administratorArns, kmsKeyArn: args.kmsKeyArn, tags: args.tags };

    const authorities = wanted.authorities.map((authority) =>
      createAuthority(`${name}-ca-${authority}`, authority, wanted.keyCurve, ofAuthorities, child),
    );
    const [issuer] = authorities as [(typeof authorities)[number]];
    const authorityPems = authorities.map(({ certificate }) => certificate.certPem);
    const ca = pulumi.all(authorityPems).apply(concatenated);
    const issue = (role: string, subject: Subject) =>
      issueCertificate(`${name}-${role}`, issuer, wanted.keyCurve, subject, wanted, child);

    const server = issue("server", {
      dnsNames: [args.hostname, "localhost"],
      ipAddresses: pulumi.all(["127.0.0.1", ...(args.ipAddresses ?? [])]).apply(distinct),
      use: "server_auth",
    });
    const host = issue("host", { use: "client_auth" });
    const serverBundle = createBundle(
      `${name}-server-bundle`,
      {
        ca,
        cert: server.certificate.certPem,
        // PKCS #8: what the TLS stacks of Java read without help.
        key: server.key.privateKeyPemPkcs8,
        clientCert: host.certificate.certPem,
        clientKey: host.key.privateKeyPemPkcs8,
      },
      secrets,
      child,
    );
    const clients = args.clients.map((client) => {
      const { certificate, key } = issue(`client-${client}`, { use: "client_auth" });
      const files = { ca, cert: certificate.certPem, key: key.privateKeyPemPkcs8 };
      const bundle = createBundle(`${name}-client-${client}-bundle`, files, secrets, child);
      return { client, certificate, arn: bundle.arn };
    });
    const leafEnds = [server, host, ...clients].map(({ certificate }) => certificate.validityEndTime);
    const authorityEnds = authorities.map(({ certificate }) => certificate.validityEndTime);

    this.serverSecretArn = serverBundle.arn;
    this.serverSecretVersionId = serverBundle.versionId;
    this.clientSecretArns = pulumi.output(Object.fromEntries(clients.map(({ client, arn }) => [client, arn])));
    this.hostname = pulumi.output(args.hostname);
    this.administratorArns = administratorArns;
    // Symbols in a preview that no deployment stands behind; numbers in every other.
    this.daysToExpiry = pulumi.all(leafEnds).apply((ends) => daysToExpiry(ends)) as pulumi.Output<number>;
    this.renewsAt = pulumi.all(leafEnds).apply((ends) => renewsAt(ends, wanted.earlyRenewalHours));
    this.authorityRenewsAt = pulumi
      .all(authorityEnds)
      .apply((ends) => renewsAt(ends, wanted.authorityEarlyRenewalHours));
    this.mitigations = pulumi.output(certificateMitigations);
    this.registerOutputs({
      serverSecretArn: this.serverSecretArn,
      serverSecretVersionId: this.serverSecretVersionId,
      clientSecretArns: this.clientSecretArns,
      hostname: this.hostname,
      administratorArns: this.administratorArns,
      daysToExpiry: this.daysToExpiry,
      renewsAt: this.renewsAt,
      authorityRenewsAt: this.authorityRenewsAt,
      mitigations: this.mitigations,
    });
  }
}

/** The role or user that deploys: of a role's session it is the role. */
function deployerArn(child: pulumi.InvokeOptions): pulumi.Output<string> {
  const { arn } = getCallerIdentityOutput({}, child);
  return iam.getSessionContextOutput({ arn }, child).issuerArn;
}

function concatenated(pems: string[]): string {
  return pems.map((pem) => (pem.endsWith("\n") ? pem : `${pem}\n`)).join("");
}

function distinct(texts: string[]): string[] {
  return [...new Set(texts)];
}
