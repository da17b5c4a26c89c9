import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import * as ssm from "@pulumi/aws/ssm";
import * as pulumi from "@pulumi/pulumi";
import { createBundleReader } from "./bundleReader";
import { type DockerClient, takeClient, takenClientProblems } from "./dockerClient";
import { withDefaults } from "./fleetDefaults";
import { createFleetGroup } from "./fleetGroup";
import { fleetRelease, fleetWorkload, hostUserData } from "./fleetHost";
import { fleetProblems } from "./fleetProblems";
import type { Architecture } from "./host/architecture";
import type { AddressPool } from "./host/containerAddresses";
import { dockerTlsPort } from "./host/dockerClients";
import type { OperatingSystem } from "./host/operatingSystems";
import { type DockerChoice, defaultSysboxVersion, dockerVersionOf, type SysboxChoice } from "./host/releases";
import { hostImages } from "./hostImages";
import { createHostRole } from "./hostRole";
import { createHostTemplate } from "./hostTemplate";
import { fleetMitigations, remoteFleetMitigations } from "./mitigations";
import { refuse } from "./problems";
import type { Release } from "./release";
import { named } from "./tags";

/** The inputs of a {@link CiFleet}. */
export interface CiFleetArgs {
  vpcId: pulumi.Input<string>;
  /** The VPC's IPv4 block: containers get addresses outside of it. */
  vpcCidr: string;
  /** Where the hosts run, best one subnet per zone. */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;

  /** Defaults to Ubuntu 24.04. */
  operatingSystem?: OperatingSystem;
  /** Defaults to amd64. */
  architecture?: Architecture;
  /** The hosts' image. Defaults to the current one that the publisher of the operating system names in its SSM parameter. */
  amiId?: pulumi.Input<string>;
  /** EC2 instance types of one architecture, the preferred first. */
  instanceTypes: string[];
  /** Size of the root volume in GiB, from 20 up. Defaults to 30. */
  rootVolumeGib?: number;
  /** Size of the volume for Docker's and sysbox's data in GiB, from 30 up. Defaults to 100. */
  dataVolumeGib?: number;

  /** Least number of hosts. */
  minSize: number;
  /** Greatest number of hosts. */
  maxSize: number;
  /** Number of hosts to have. Left to AWS and to what scales the group when not given. */
  desiredCapacity?: number;
  /** Number of hosts that are on-demand before any spot is used. Defaults to 0. */
  onDemandBase?: number;
  /** Share of spot above that base, in percent. Defaults to 0. */
  spotPercent?: number;
  /** Share of the desired capacity that stays in service while hosts are replaced, in percent. Defaults to 100. */
  minHealthyPercent?: number;
  /** How long a new host may take to prove itself, in seconds, 300 to 7200. After that it is abandoned. Defaults to 900. */
  launchTimeoutSeconds?: number;
  /** How long a host stays up for its jobs before it is terminated, in seconds, 30 to 7200. Defaults to 300. */
  drainTimeoutSeconds?: number;
  /**
   * How long a host that failed stays up for someone to look at it, in seconds, 0 to 7200, unless Auto Scaling
   * terminates it before. Defaults to 0: it powers itself off at once.
   */
  debugTimeoutSeconds?: number;
  /** How many of the health checks, one a minute, must fail in a row for a host to be replaced, 2 to 10. Defaults to 3. */
  unhealthyThreshold?: number;
  /**
   * How full a disk with Docker's and sysbox's data, or its inodes, must be for unused data to be removed, in percent,
   * 10 to 90. Defaults to 75.
   */
  garbageCollectionPercent?: number;

  /** Which Docker the hosts get. Defaults to 29.7.2 from Docker's own apt repository. */
  docker?: DockerChoice;
  /** Which sysbox the hosts get. Defaults to 0.7.1; none with `dockerClients`. */
  sysbox?: SysboxChoice;
  /** Base URL of a mirror of the distribution's archive. Defaults to the archive that the image names. */
  packageMirror?: string;
  /** Base URL of a mirror of its security archive. Goes with `packageMirror`, and defaults to it. */
  securityMirror?: string;
  /** Base URL that stands in for all of AWS's endpoints, as seen from a host. */
  awsEndpointUrl?: string;
  /** Block of Docker's default bridge. Defaults to 198.18.0.0/16. */
  bridgeCidr?: string;
  /** Where Docker takes the blocks of other networks from. Defaults to 198.19.0.0/16 in blocks of /24. */
  addressPools?: AddressPool[];

  /** The compose file of what runs on each host, as text. Without it a host runs nothing. */
  compose?: string;
  /** Services of the compose file that build or run containers, beside those marked with `x-docker: true`. */
  dockerServices?: string[];
  /**
   * Clients of a Docker host over TLS, by the service of the compose file that uses each. Given, the hosts have no
   * sysbox, and these services, all that ask for Docker, use that host's. For jobs that cannot run under sysbox.
   */
  dockerClients?: Record<string, DockerClient>;
  /**
   * Image of the CI container in which a host builds and runs an image before it takes jobs. Defaults to the official
   * docker image with a daemon, of the major version of the hosts' Docker: docker:29-dind. Not for `dockerClients`.
   */
  probeImage?: string;
  /** Refuse images that are not pinned by digest, `probeImage` among them. Defaults to false. */
  requireImageDigests?: boolean;
  /** Secrets that the hosts read, by the name of the file that a host keeps in memory, to the secret's ARN. */
  secretArns?: Record<string, pulumi.Input<string>>;

  /** TCP ports that hosts and jobs may reach anywhere. Defaults to 80 and 443. */
  egressPorts?: number[];
  /** How long the hosts' logs are kept, in days, one of the periods that CloudWatch Logs knows. Defaults to 30. */
  logRetentionDays?: number;
  /** Permissions boundary for the hosts' role. */
  permissionsBoundaryArn?: pulumi.Input<string | undefined>;
  /** KMS key for volumes, logs and secrets. Its policy must let Auto Scaling's service-linked role use it. */
  kmsKeyArn?: pulumi.Input<string | undefined>;
  /** Tags for everything that takes tags, instances, volumes and network interfaces among it. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * CI hosts in an auto scaling group. Each installs Docker and sysbox from pinned, verified packages, runs the compose
 * project, and comes into service only when it says that it is ready; one that does not is abandoned. With
 * `dockerClients` jobs use a Docker host over TLS instead of sysbox.
 */
export class CiFleet extends pulumi.ComponentResource {
  public readonly groupName: pulumi.Output<string>;
  public readonly logGroupName: pulumi.Output<string>;
  public readonly roleArn: pulumi.Output<string>;
  /** The hosts' group: takes nothing in. */
  public readonly securityGroupId: pulumi.Output<string>;
  public readonly launchTemplateId: pulumi.Output<string>;
  public readonly amiId: pulumi.Output<string>;
  /** What the hosts are: each carries its id as a tag, and in its boot report. */
  public readonly release: pulumi.Output<Release>;
  /** The version of the launch template that the hosts are made from. */
  public readonly templateVersion: pulumi.Output<string>;
  public readonly dockerVersion: pulumi.Output<string>;
  /** None where the services use a Docker host over TLS. */
  public readonly sysboxVersion: pulumi.Output<string | undefined>;
  /** The Docker host that the services use, if they do. */
  public readonly dockerHostname: pulumi.Output<string | undefined>;
  /** Names of the clients by which they do. */
  public readonly dockerClientNames: pulumi.Output<string[] | undefined>;
  /** What it does against the threats of CI: ids that docs/posture.md explains. */
  public readonly mitigations: pulumi.Output<string[]>;

  constructor(name: string, args: CiFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ci-hosts:index:CiFleet", name, args, opts);

    refuse(`CiFleet ${name}`, [...fleetProblems(args), ...takenClientProblems(args.dockerClients ?? {})]);
    const fleet = withDefaults(args);
    const { tags, kmsKeyArn } = fleet;
    const workload = fleetWorkload(fleet);
    const image = hostImages[fleet.operatingSystem];
    const clients = Object.values(fleet.dockerClients ?? {});
    for (const client of clients) {
      takeClient(client, name);
    }
    const child = { parent: this };
    const published = { name: image.amiParameter(fleet.architecture) };
    this.amiId = pulumi.output(fleet.amiId ?? ssm.getParameterOutput(published, child).insecureValue);
    this.release = this.amiId.apply((amiId) => fleetRelease(fleet, amiId));

    const logs = new cloudwatch.LogGroup(
      `${name}-logs`,
      { retentionInDays: fleet.logRetentionDays, kmsKeyId: kmsKeyArn, tags: named(`${name}-logs`, tags) },
      child,
    );
    const { role, profile, policies } = createHostRole(
      name,
      {
        autoScaled: true,
        logGroupArn: logs.arn,
        secretArns: [...Object.values(fleet.secretArns), ...clients.map(({ secretArn }) => secretArn)],
        kmsKeyArn,
        permissionsBoundaryArn: fleet.permissionsBoundaryArn,
        tags,
      },
      child,
    );
    for (const { name: client, secretArn, administratorArns } of clients) {
      createBundleReader(`${name}-${client}`, { secretArn, roleArns: [role.arn], administratorArns }, child);
    }
    const hosts = new ec2.SecurityGroup(
      `${name}-hosts`,
      {
        vpcId: fleet.vpcId,
        description: "CI hosts: nothing in, chosen ports out",
        ingress: [],
        egress: [...fleet.egressPorts.map(tcpToAnywhere), ...(clients.length > 0 ? [dockerInside(fleet.vpcCidr)] : [])],
        tags: named(`${name}-hosts`, tags),
      },
      child,
    );
    const template = createHostTemplate(
      name,
      {
        amiId: this.amiId,
        rootDevice: image.rootDevice,
        rootVolumeGib: fleet.rootVolumeGib,
        dataVolumeGib: fleet.dataVolumeGib,
        kmsKeyArn,
        profileArn: profile.arn,
        securityGroupIds: [hosts.id],
        userData: hostUserData(fleet, logs.name, this.release),
        releaseId: this.release.id,
        tags,
      },
      child,
    );
    const group = createFleetGroup(
      name,
      {
        template,
        subnetIds: fleet.subnetIds,
        instanceTypes: fleet.instanceTypes,
        minSize: fleet.minSize,
        maxSize: fleet.maxSize,
        desiredCapacity: fleet.desiredCapacity,
        onDemandBase: fleet.onDemandBase,
        spotPercent: fleet.spotPercent,
        minHealthyPercent: fleet.minHealthyPercent,
        launchTimeoutSeconds: fleet.launchTimeoutSeconds,
        drainTimeoutSeconds: fleet.drainTimeoutSeconds,
        roleName: role.name,
        tags,
      },
      // The group waits for its first hosts, and they come into service with the role's policies and their Docker host alone.
      { ...child, dependsOn: [...policies, ...clients.flatMap(({ ready }) => ready ?? [])] },
    );

    this.groupName = group.name;
    this.logGroupName = logs.name;
    this.roleArn = role.arn;
    this.securityGroupId = hosts.id;
    this.launchTemplateId = template.id;
    this.templateVersion = template.latestVersion.apply(String);
    this.dockerVersion = pulumi.output(dockerVersionOf(fleet.docker ?? {}, fleet.operatingSystem));
    const [client] = clients;
    this.sysboxVersion = pulumi.output(client ? undefined : (fleet.sysbox?.version ?? defaultSysboxVersion));
    this.dockerHostname = pulumi.output(client?.hostname);
    this.dockerClientNames = pulumi.output(client && clients.map((each) => each.name).sort());
    const services = workload?.dockerServices ?? [];
    this.mitigations = pulumi.output(client ? remoteFleetMitigations : fleetMitigations(services));
    this.registerOutputs({
      groupName: this.groupName,
      logGroupName: this.logGroupName,
      roleArn: this.roleArn,
      securityGroupId: this.securityGroupId,
      launchTemplateId: this.launchTemplateId,
      amiId: this.amiId,
      release: this.release,
      templateVersion: this.templateVersion,
      dockerVersion: this.dockerVersion,
      sysboxVersion: this.sysboxVersion,
      dockerHostname: this.dockerHostname,
      dockerClientNames: this.dockerClientNames,
      mitigations: this.mitigations,
    });
  }
}

function tcpToAnywhere(port: number) {
  return { protocol: "tcp", fromPort: port, toPort: port, cidrBlocks: ["0.0.0.0/0"], description: `TCP ${port} out` };
}

/** Docker over TLS, and never out of the VPC. */
function dockerInside(vpcCidr: string) {
  const port = { protocol: "tcp", fromPort: dockerTlsPort, toPort: dockerTlsPort };
  return { ...port, cidrBlocks: [vpcCidr], description: "Docker over TLS, inside of the VPC" };
}
