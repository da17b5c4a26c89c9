import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { ownAccountFrom, readAmazonLinuxRepositories } from "./policies";
import type { Problem } from "./problems";
import { named, type Tags } from "./tags";

/**
 * The services a host needs to prove itself, log, read its secrets and be reached, where there is no NAT gateway. All of
 * them take endpoint policies.
 */
export const hostServices: readonly string[] = [
  "autoscaling",
  "kms",
  "logs",
  "monitoring",
  "secretsmanager",
  "ssm",
  "ssmmessages",
  "sts",
];

/** Those that a Docker host in an isolated subnet needs, which no NAT gateway serves. */
const dockerHostServices: readonly string[] = ["logs", "monitoring", "secretsmanager", "ssm", "ssmmessages"];

/** Which endpoints a network with these lacks for a Docker host; all are there where the list is left out. */
export function missingDockerHostServices(services: readonly string[] = hostServices): string[] {
  return dockerHostServices.filter((service) => !services.includes(service));
}

/** What the endpoints stand in and who reaches them. */
export interface EndpointOptions {
  readonly vpc: ec2.Vpc;
  readonly vpcCidr: string;
  /** Last parts of service names. */
  readonly services: readonly string[];
  /** Where the interface endpoints stand. */
  readonly subnetIds: pulumi.Input<string[]>;
  /** Blocks from which nothing leads to another account, whether there is a subnet yet or not. */
  readonly isolatedCidrs: readonly string[];
  readonly tags: Tags;
}

/** Interface endpoints, reached from the whole VPC over HTTPS. */
export function createInterfaceEndpoints(
  name: string,
  { vpc, vpcCidr, services, subnetIds, isolatedCidrs, tags }: EndpointOptions,
  child: pulumi.CustomResourceOptions,
): ec2.VpcEndpoint[] {
  const group = new ec2.SecurityGroup(
    `${name}-endpoints`,
    {
      vpcId: vpc.id,
      description: "Interface endpoints: HTTPS from inside the VPC",
      ingress: [
        { protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: [vpcCidr], description: "HTTPS from the VPC" },
      ],
      egress: [],
      tags: named(`${name}-endpoints`, tags),
    },
    child,
  );
  const policy = pulumi.jsonStringify(vpc.ownerId.apply((accountId) => ownAccountFrom(accountId, isolatedCidrs)));
  return [...services].sort().map(
    (service) =>
      new ec2.VpcEndpoint(
        `${name}-${service}`,
        {
          vpcId: vpc.id,
          serviceName: pulumi.interpolate`com.amazonaws.${vpc.region}.${service}`,
          vpcEndpointType: "Interface",
          subnetIds,
          securityGroupIds: [group.id],
          privateDnsEnabled: true,
          // Of a further service nobody here knows whether it takes one.
          ...(hostServices.includes(service) && { policy }),
          tags: named(`${name}-${service}`, tags),
        },
        child,
      ),
  );
}

/**
 * S3 through gateway endpoints, which cost nothing. CI jobs may use any bucket; the isolated tier reaches the package
 * repositories of Amazon Linux and no other bucket, so that S3 is no way out of it.
 */
export function createS3Endpoints(
  name: string,
  vpc: ec2.Vpc,
  tables: { ci: readonly ec2.RouteTable[]; isolated: readonly ec2.RouteTable[] },
  tags: Tags,
  child: pulumi.CustomResourceOptions,
): { ci: ec2.VpcEndpoint; isolated: ec2.VpcEndpoint } {
  const gateway = {
    vpcId: vpc.id,
    serviceName: pulumi.interpolate`com.amazonaws.${vpc.region}.s3`,
    vpcEndpointType: "Gateway",
  };
  const ci = new ec2.VpcEndpoint(
    `${name}-s3-ci`,
    { ...gateway, routeTableIds: tables.ci.map((table) => table.id), tags: named(`${name}-s3-ci`, tags) },
    child,
  );
  const isolated = new ec2.VpcEndpoint(
    `${name}-s3-isolated`,
    {
      ...gateway,
      routeTableIds: tables.isolated.map((table) => table.id),
      policy: pulumi.jsonStringify(vpc.region.apply(readAmazonLinuxRepositories)),
      tags: named(`${name}-s3-isolated`, tags),
    },
    child,
  );
  return { ci, isolated };
}

/** What is wrong with a list of services; paths are `interfaceEndpoints[…]`. */
export function endpointProblems(services: readonly string[]): Problem[] {
  return services.flatMap((service, index) => {
    const path = `interfaceEndpoints[${index}]`;
    if (!/^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*$/.test(service) || service.startsWith("com.")) {
      const rule = "must be the last part of a service's name: logs for com.amazonaws.<region>.logs";
      return [{ path, value: service, rule, fix: "see `aws ec2 describe-vpc-endpoint-services`" }];
    }
    if (service === "s3") {
      const rule = "S3 is always there, through gateway endpoints that cost nothing";
      return [{ path, value: service, rule, fix: "leave it out" }];
    }
    if (services.indexOf(service) !== index) {
      const rule = `stands at interfaceEndpoints[${services.indexOf(service)}] already`;
      return [{ path, value: service, rule, fix: "name each service once" }];
    }
    return [];
  });
}
