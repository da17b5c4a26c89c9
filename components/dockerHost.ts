import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import * as ssm from "@pulumi/aws/ssm";
import * as pulumi from "@pulumi/pulumi";
import { createBundleReader } from "./bundleReader";
import { type KeyCurve, withCertificateDefaults } from "./certificateDefaults";
import { commonNameProblems } from "./certificateProblems";
import { DockerCertificates, type DockerCertificatesArgs } from "./certificates";
import { type DockerClient, dockerClient, takeClient } from "./dockerClient";
import { dockerHostRelease, hostContent } from "./dockerHostContent";
import { withDefaults } from "./dockerHostDefaults";
import { createDockerInstance } from "./dockerHostInstance";
import { clientCidrProblems } from "./dockerHostNetworkProblems";
import { dockerHostProblems, unknownClientProblem } from "./dockerHostProblems";
import type { Architecture } from "./host/architecture";
import { userData } from "./host/cloudConfig";
import type { AddressPool } from "./host/containerAddresses";
import { dockerTlsPort } from "./host/dockerClients";
import type { DockerChoice } from "./host/releases";
import { tlsDockerHost } from "./host/tlsDockerHost";
import type { TlsOperatingSystem } from "./host/tlsOperatingSystems";
import { HostCheck } from "./hostCheck";
import { hostImages } from "./hostImages";
import { createHostRole } from "./hostRole";
import { dockerHostMitigations } from "./mitigations";
import { createPrivateName } from "./privateName";
import { RefusedError, refuse } from "./problems";
import type { Release } from "./release";
import { named } from "./tags";

/** The inputs of a {@link TlsDockerHost}. */
export interface TlsDockerHostArgs {
  vpcId: pulumi.Input<string>;
  /** The VPC's IPv4 block: containers get addresses outside of it. */
  vpcCidr: string;
  /** A subnet without a route to the internet. */
  subnetId: pulumi.Input<string>;
  /** The subnet's availability zone: the data volume lies there. */
  zone: string;
  /** Blocks of the subnets whose hosts may reach the daemon: CiNetwork's `ciSubnetCidrs`. */
  clientCidrs: pulumi.Input<pulumi.Input<string>[]>;
  /** S3's addresses, behind which Amazon Linux has its packages: CiNetwork's `s3PrefixListId`. */
  s3PrefixListId: pulumi.Input<string>;

  /** Who uses the daemon: a name for each CI container, which gets a certificate of its own. */
  clients: string[];
  /** The daemon's name, in a private zone of its own that the VPC resolves. Defaults to docker.ci.internal. */
  hostname?: string;

  /** Defaults to Amazon Linux 2023, whose packages are reached without the internet. */
  operatingSystem?: TlsOperatingSystem;
  /** Defaults to amd64. */
  architecture?: Architecture;
  /** The host's image. Defaults to the current one that the publisher of the operating system names in its SSM parameter. */
  amiId?: pulumi.Input<string>;
  instanceType: string;
  /** Size of the root volume in GiB, from 20 up. Defaults to 30. */
  rootVolumeGib?: number;
  /** Size of the volume for Docker's data in GiB, from 30 up. It outlives the host. Defaults to 100. */
  dataVolumeGib?: number;

  /** Names of CAs: the first signs, all are trusted. Defaults to one, named 1; docs/tls-docker-host.md has the rotation. */
  authorities?: string[];
  /** Curve of the ECDSA keys. Defaults to P256. */
  keyCurve?: KeyCurve;
  /** How long certificates of the daemon and its clients are valid, in hours, 24 to 9552. Defaults to 2160, 90 days. */
  validityHours?: number;
  /** How long before their end `pulumi up` renews them, in hours, from 1 up. Defaults to a third of that, 720 at most. */
  earlyRenewalHours?: number;
  /** How long a CA is valid, in hours, to 87840. Defaults to 43800, five years. */
  authorityValidityHours?: number;
  /**
   * How long before its end `pulumi up` renews a CA, in hours, validityHours or more. Defaults to 8760, a year, or to
   * validityHours where that is more.
   */
  authorityEarlyRenewalHours?: number;
  /**
   * ARNs of roles or users beside the hosts that may read certificates and keys from Secrets Manager. Defaults to the
   * identity that deploys; who deploys with several lists them all.
   */
  administratorArns?: pulumi.Input<string>[];
  /**
   * ARNs of the roles that read a client's bundle where that client is no fleet's, by its name; none for a client that
   * administrators alone use. A fleet is the reader of its own clients.
   */
  clientReaders?: Record<string, pulumi.Input<string>[]>;
  /** How often the host looks for renewed certificates, in minutes, 5 to 115. Defaults to 15. */
  rotationMinutes?: number;

  /** Which Docker a Debian or Ubuntu host gets. Defaults to the distribution's; Amazon Linux has its own in any case. */
  docker?: DockerChoice;
  /** Base URL of a mirror of the distribution's archive, inside the VPC and by HTTPS. */
  packageMirror?: string;
  /** Base URL of a mirror of its security archive. Goes with `packageMirror`, and defaults to it. */
  securityMirror?: string;
  /** Base URL that stands in for all of AWS's endpoints, as seen from the host. */
  awsEndpointUrl?: string;
  /** Block of Docker's default bridge. Defaults to 198.18.0.0/16. */
  bridgeCidr?: string;
  /** Where Docker takes the blocks of other networks from. Defaults to 198.19.0.0/16 in blocks of /24. */
  addressPools?: AddressPool[];

  /** How long a host that failed stays up for someone to look at it, in seconds, 0 to 7200. Defaults to 300. */
  debugTimeoutSeconds?: number;
  /** How full a disk with Docker's data must be for unused data to be removed, in percent, 10 to 90. Defaults to 75. */
  garbageCollectionPercent?: number;
  /** How long a new host may take to prove itself, and `pulumi up` waits for it, in seconds, 300 to 7200. Defaults to 900. */
  launchTimeoutSeconds?: number;
  /** How long the host's logs are kept, in days, one of the periods that CloudWatch Logs knows. Defaults to 30. */
  logRetentionDays?: number;
  /** Permissions boundary for the host's role. */
  permissionsBoundaryArn?: pulumi.Input<string | undefined>;
  /** KMS key for volumes, logs and secrets. */
  kmsKeyArn?: pulumi.Input<string | undefined>;
  /** Tags for everything that takes tags. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * One dedicated Docker daemon in an isolated subnet, for teams that cannot run sysbox: reached from the CI subnets alone,
 * over mutual TLS alone, with a certificate for each client. Who holds one is root on this host, and nothing else is
 * there. With sysbox it is unnecessary.
 */
export class TlsDockerHost extends pulumi.ComponentResource {
  public readonly hostname: pulumi.Output<string>;
  public readonly instanceId: pulumi.Output<string>;
  public readonly securityGroupId: pulumi.Output<string>;
  public readonly logGroupName: pulumi.Output<string>;
  public readonly amiId: pulumi.Output<string>;
  /** What the host is: it carries its id as a tag, and in its boot report. */
  public readonly release: pulumi.Output<Release>;
  /** Secrets Manager's ARN of each client's certificate, by the client's name. */
  public readonly clientSecretArns: pulumi.Output<Record<string, string>>;
  /** Days until the first of the certificates ends, as of the deployment. */
  public readonly daysToExpiry: pulumi.Output<number>;
  /** From when on `pulumi up` renews them. */
  public readonly renewsAt: pulumi.Output<string>;
  /** What it does against the threats of CI: ids that docs/posture.md explains. */
  public readonly mitigations: pulumi.Output<string[]>;
  readonly #clients: ReadonlyMap<string, DockerClient>;

  constructor(name: string, args: TlsDockerHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ci-hosts:index:TlsDockerHost", name, args, opts);

    const certificatesName = `${name}-certificates`;
    refuse(`TlsDockerHost ${name}`, [...dockerHostProblems(args), ...commonNameProblems(certificatesName, args)]);
    const host = withDefaults(args);
    const { hostname, kmsKeyArn, tags } = host;
    const image = hostImages[host.operatingSystem];
    const child = { parent: this };
    const published = { name: image.amiParameter(host.architecture) };
    this.amiId = pulumi.output(host.amiId ?? ssm.getParameterOutput(published, child).insecureValue);

    this.release = this.amiId.apply((amiId) => dockerHostRelease(host, amiId));

    const certificates = new DockerCertificates(certificatesName, certificateArgs(host), child);
    const logs = new cloudwatch.LogGroup(
      `${name}-logs`,
      { retentionInDays: host.logRetentionDays, kmsKeyId: kmsKeyArn, tags: named(`${name}-logs`, tags) },
      child,
    );
    const { role, profile, policies } = createHostRole(
      name,
      {
        autoScaled: false,
        logGroupArn: logs.arn,
        secretArns: [certificates.serverSecretArn],
        kmsKeyArn,
        permissionsBoundaryArn: host.permissionsBoundaryArn,
        tags,
      },
      child,
    );
    const { serverSecretArn: secretArn, administratorArns } = certificates;
    const readers = { secretArn, roleArns: [role.arn], administratorArns };
    const reader = createBundleReader(`${name}-server`, readers, child);
    const group = new ec2.SecurityGroup(
      `${name}-daemon`,
      {
        vpcId: host.vpcId,
        description: "Docker host: its daemon from CI hosts in, endpoints of AWS out",
        ingress: [
          {
            protocol: "tcp",
            fromPort: dockerTlsPort,
            toPort: dockerTlsPort,
            cidrBlocks: pulumi.all([host.vpcCidr, pulumi.output(host.clientCidrs)]).apply(clientsInside),
            description: "Docker over TLS from CI hosts",
          },
        ],
        egress: [
          { ...https, cidrBlocks: [host.vpcCidr], description: "HTTPS to endpoints in the VPC" },
          { ...https, prefixListIds: [host.s3PrefixListId], description: "HTTPS to S3, for packages" },
        ],
        tags: named(`${name}-daemon`, tags),
      },
      child,
    );
    const { instance, attachment } = createDockerInstance(
      name,
      {
        amiId: this.amiId,
        instanceType: host.instanceType,
        subnetId: host.subnetId,
        zone: host.zone,
        securityGroupIds: [group.id],
        profileName: profile.name,
        rootVolumeGib: host.rootVolumeGib,
        dataVolumeGib: host.dataVolumeGib,
        userData: pulumi
          .all([logs.name, certificates.serverSecretArn, this.release])
          .apply(([logGroupName, serverSecretArn, { id: releaseId }]) =>
            userData(tlsDockerHost(hostContent(host, { logGroupName, releaseId, serverSecretArn }))),
          ),
        releaseId: this.release.id,
        kmsKeyArn,
        tags,
      },
      // Its first boot reads the certificates with the role's policies.
      { ...child, dependsOn: [...policies, certificates, reader] },
    );
    const record = createPrivateName(name, { hostname, vpcId: host.vpcId, privateIp: instance.privateIp, tags }, child);
    const check = new HostCheck(
      `${name}-check`,
      {
        instanceId: instance.id,
        region: instance.region,
        serverSecretVersionId: certificates.serverSecretVersionId,
        // Without these no host comes up, or is found.
        triggers: [attachment.id, record.fqdn],
        // A renewed certificate is there once the host has looked for it.
        timeoutSeconds: Math.max(host.launchTimeoutSeconds, host.rotationMinutes * 60 + rotationSeconds),
      },
      child,
    );

    this.hostname = pulumi.output(hostname);
    this.instanceId = instance.id;
    this.securityGroupId = group.id;
    this.logGroupName = logs.name;
    this.clientSecretArns = certificates.clientSecretArns;
    this.daysToExpiry = certificates.daysToExpiry;
    this.renewsAt = certificates.renewsAt;
    this.mitigations = pulumi.output(dockerHostMitigations);
    this.#clients = new Map(
      host.clients.map((client) => [client, dockerClient(client, hostname, certificates, kmsKeyArn, check)] as const),
    );
    for (const [client, roleArns] of Object.entries(host.clientReaders ?? {})) {
      const { secretArn } = this.client(client);
      createBundleReader(`${name}-client-${client}`, { secretArn, roleArns, administratorArns }, child);
      takeClient(this.client(client), "clientReaders");
    }
    this.registerOutputs({
      hostname: this.hostname,
      instanceId: this.instanceId,
      securityGroupId: this.securityGroupId,
      logGroupName: this.logGroupName,
      amiId: this.amiId,
      release: this.release,
      clientSecretArns: this.clientSecretArns,
      daysToExpiry: this.daysToExpiry,
      renewsAt: this.renewsAt,
      mitigations: this.mitigations,
    });
  }

  /** What a CI container needs to use the daemon, by the name it has in `clients`; throws where none has that name. */
  client(name: string): DockerClient {
    const client = this.#clients.get(name);
    if (client === undefined) {
      throw new RefusedError("TlsDockerHost.client", [unknownClientProblem(name, [...this.#clients.keys()])]);
    }
    return client;
  }
}

/** What of a Docker host its certificates are made from. */
function certificateArgs(
  host: Pick<TlsDockerHostArgs, keyof DockerCertificatesArgs & keyof TlsDockerHostArgs> & { hostname: string },
) {
  const { hostname, clients, administratorArns, kmsKeyArn, tags } = host;
  const { authorities, keyCurve, validityHours, earlyRenewalHours } = withCertificateDefaults(host);
  const { authorityValidityHours, authorityEarlyRenewalHours } = withCertificateDefaults(host);
  return {
    ...{ hostname, clients, authorities, keyCurve, validityHours, earlyRenewalHours },
    ...{ authorityValidityHours, authorityEarlyRenewalHours, kmsKeyArn },
    ...(administratorArns && { administratorArns }),
    ...(tags && { tags }),
  };
}

/** The clients' blocks, once they are known: a network with another block than the host was told is seen here. */
function clientsInside([vpcCidr, cidrs]: [string, string[]]): string[] {
  refuse("the clients of a TlsDockerHost", clientCidrProblems(vpcCidr, cidrs));
  return cidrs;
}

/** What a host may take to change certificates, with a restart of Docker and a way back. */
const rotationSeconds = 300;

const https = { protocol: "tcp", fromPort: 443, toPort: 443 };
