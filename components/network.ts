import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { createFlowLog } from "./flowLog";
import { retentionProblems } from "./logRetention";
import { networkMitigations } from "./mitigations";
import { closeIsolatedTier } from "./networkAcl";
import { createInterfaceEndpoints, createS3Endpoints, endpointProblems, hostServices } from "./networkEndpoints";
import {
  createNatGateways,
  createTier,
  idsOnceThereAre,
  NatGateways,
  routeCiTier,
  routeIsolatedTier,
  routePublicTier,
  type TierSubnets,
} from "./networkTiers";
import { type Problem, RefusedError, refuse } from "./problems";
import { cidrProblems, isolatedBlocks, planSubnets, zoneProblems } from "./subnets";
import { named } from "./tags";

/** The inputs of a {@link CiNetwork}. */
export interface CiNetworkArgs {
  /** The VPC's IPv4 block, /16 to /22. */
  vpcCidr: string;
  /** Names of availability zones, `eu-central-1a`, all of one region. A single NAT gateway stands in the first. */
  zones: string[];
  /** How the `ci` subnets reach the internet. Defaults to one gateway per zone. */
  natGateways?: NatGateways;
  /**
   * AWS services that get an interface endpoint, by the last part of the service's name. Each costs an hourly fee per
   * zone. Defaults to all that a host without a NAT gateway needs: autoscaling, kms, logs, monitoring, secretsmanager,
   * ssm, ssmmessages and sts. From the isolated subnets these let in principals of the own account alone; what others let
   * in, none of these policies says.
   */
  interfaceEndpoints?: string[];
  /** How long flow logs are kept, in days, one of the periods that CloudWatch Logs knows. Defaults to 30. */
  flowLogRetentionDays?: number;
  /** KMS key for the flow logs. Defaults to encryption by CloudWatch Logs itself. */
  kmsKeyArn?: pulumi.Input<string | undefined>;
  /** Tags for everything that takes tags. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * A VPC with three tiers per zone: `public` holds NAT gateways and nothing else, `ci` holds CI hosts, `isolated` has
 * no route to the internet. Flow logs are on, the default security group lets nothing through.
 */
export class CiNetwork extends pulumi.ComponentResource {
  public readonly vpcId: pulumi.Output<string>;
  /** One per zone, in the order of the zones' names, as are all lists here. */
  public readonly publicSubnetIds: pulumi.Output<string[]>;
  public readonly ciSubnetIds: pulumi.Output<string[]>;
  /** Blocks of the `ci` subnets. */
  public readonly ciSubnetCidrs: pulumi.Output<string[]>;
  public readonly isolatedSubnetIds: pulumi.Output<string[]>;
  /** The same by the zone, for what must stay in its zone when another is added. */
  public readonly isolatedSubnetIdsByZone: pulumi.Output<Record<string, string>>;
  /** The addresses of S3, as a rule of a security group can name them. */
  public readonly s3PrefixListId: pulumi.Output<string>;
  /** What it does against the threats of CI: ids that docs/posture.md explains. */
  public readonly mitigations: pulumi.Output<string[]>;
  readonly #zones: readonly string[];

  constructor(name: string, args: CiNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ci-hosts:index:CiNetwork", name, args, opts);

    refuse(`CiNetwork ${name}`, networkProblems(args));
    const { vpcCidr, tags } = args;
    const zones = planSubnets(vpcCidr, args.zones);
    const child = { parent: this };

    const vpc = new ec2.Vpc(
      `${name}-vpc`,
      // Private names of interface endpoints resolve only with both of the DNS switches on.
      { cidrBlock: vpcCidr, enableDnsHostnames: true, enableDnsSupport: true, tags: named(name, tags) },
      child,
    );
    new ec2.DefaultSecurityGroup(
      `${name}-default-group`,
      { vpcId: vpc.id, ingress: [], egress: [], tags: named(`${name}-closed`, tags) },
      child,
    );
    const flowLog = { retentionDays: args.flowLogRetentionDays ?? 30, kmsKeyArn: args.kmsKeyArn, tags };
    createFlowLog(name, vpc, flowLog, child);

    const network = { name, vpc, tags, child };
    const publicSubnets = createTier(network, "public", zones);
    const ciSubnets = createTier(network, "ci", zones);
    const isolatedSubnets = createTier(network, "isolated", zones);

    const internet = routePublicTier(network, publicSubnets);
    const natGateways = args.natGateways ?? NatGateways.PerZone;
    const gatewayOf = createNatGateways(network, publicSubnets, natGateways, args.zones, internet);
    const ci = routeCiTier(network, ciSubnets, gatewayOf);
    const isolated = routeIsolatedTier(network, isolatedSubnets);
    const acl = closeIsolatedTier(network, isolatedSubnets, zones, vpcCidr);

    const s3 = createS3Endpoints(name, vpc, { ci: ci.tables, isolated: isolated.tables }, tags, child);
    const services = args.interfaceEndpoints ?? hostServices;
    const place = { vpc, vpcCidr, subnetIds: idsOf(isolatedSubnets), isolatedCidrs: isolatedBlocks(vpcCidr) };
    const endpoints = services.length > 0 ? createInterfaceEndpoints(name, { ...place, services, tags }, child) : [];

    this.#zones = args.zones;
    this.vpcId = vpc.id;
    this.publicSubnetIds = idsOf(publicSubnets);
    // A host that is there before its way to AWS is gives itself up.
    this.ciSubnetIds = idsOnceThereAre(ciSubnets, [...ci.ways, s3.ci, ...endpoints]).apply(Object.values<string>);
    this.ciSubnetCidrs = pulumi.output(zones.map(({ ci: block }) => block));
    this.isolatedSubnetIdsByZone = idsOnceThereAre(isolatedSubnets, [...isolated.ways, acl, s3.isolated, ...endpoints]);
    this.isolatedSubnetIds = this.isolatedSubnetIdsByZone.apply(Object.values<string>);
    this.mitigations = pulumi.output(networkMitigations);
    this.s3PrefixListId = s3.isolated.prefixListId;

    this.registerOutputs({
      vpcId: this.vpcId,
      publicSubnetIds: this.publicSubnetIds,
      ciSubnetIds: this.ciSubnetIds,
      ciSubnetCidrs: this.ciSubnetCidrs,
      isolatedSubnetIds: this.isolatedSubnetIds,
      isolatedSubnetIdsByZone: this.isolatedSubnetIdsByZone,
      s3PrefixListId: this.s3PrefixListId,
      mitigations: this.mitigations,
    });
  }

  /** The isolated subnet of one of its zones; throws where the network has no such zone. */
  isolatedSubnetId(zone: string): pulumi.Output<string> {
    if (!this.#zones.includes(zone)) {
      const rule = `must be one of the network's zones, ${this.#zones.join(", ")}`;
      throw new RefusedError("CiNetwork.isolatedSubnetId", [
        { path: "zone", value: zone, rule, fix: "add it to zones" },
      ]);
    }
    return this.isolatedSubnetIdsByZone.apply((ids) => ids[zone] as string);
  }
}

/**
 * What is wrong with a network's arguments; paths are the arguments' names. What is not given is not judged, so that a
 * reader of configuration can ask about the rest when one value is not even of the right type.
 */
export function networkProblems(args: Partial<CiNetworkArgs>): Problem[] {
  return [
    ...(args.vpcCidr === undefined ? [] : cidrProblems(args.vpcCidr)),
    ...(args.zones === undefined ? [] : zoneProblems(args.zones)),
    ...endpointProblems(args.interfaceEndpoints ?? []),
    ...isolationProblems(args),
    ...retentionProblems("flowLogRetentionDays", args.flowLogRetentionDays),
  ];
}

/** A host that has neither a NAT gateway nor the endpoints could never come into service. */
function isolationProblems({ natGateways, interfaceEndpoints }: Partial<CiNetworkArgs>): Problem[] {
  const missing = hostServices.filter((service) => !(interfaceEndpoints ?? hostServices).includes(service));
  if (natGateways !== NatGateways.None || missing.length === 0) {
    return [];
  }
  return [
    {
      path: "interfaceEndpoints",
      value: interfaceEndpoints,
      rule: `natGateways is none, so hosts reach AWS through endpoints only, and these are missing: ${missing.join(", ")}`,
      fix: "add them, or leave interfaceEndpoints out to get them all",
    },
  ];
}

function idsOf(subnets: TierSubnets): pulumi.Output<string[]> {
  return pulumi.all([...subnets.values()].map((subnet) => subnet.id));
}
