import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { ZoneSubnets } from "./subnets";
import { named, type Tags } from "./tags";

/** How the `ci` subnets reach the internet. */
export const NatGateways = { None: "none", Single: "single", PerZone: "per-zone" } as const;
export type NatGateways = (typeof NatGateways)[keyof typeof NatGateways];

/** Zone to subnet: names are keyed by zone, so that adding a zone renames nothing. */
export type TierSubnets = ReadonlyMap<string, ec2.Subnet>;

/** What all of a network's resources share. */
export interface NetworkContext {
  readonly name: string;
  readonly vpc: ec2.Vpc;
  readonly tags: Tags;
  readonly child: pulumi.CustomResourceOptions;
}

/** The subnets of one tier. None gives its hosts a public address. */
export function createTier(
  { name, vpc, tags, child }: NetworkContext,
  tier: "public" | "ci" | "isolated",
  zones: readonly ZoneSubnets[],
): TierSubnets {
  const createSubnet = (blocks: ZoneSubnets): ec2.Subnet => {
    const subnetName = `${name}-${tier}-${blocks.zone}`;
    return new ec2.Subnet(
      subnetName,
      {
        vpcId: vpc.id,
        availabilityZone: blocks.zone,
        cidrBlock: blocks[tier],
        mapPublicIpOnLaunch: false,
        tags: named(subnetName, tags),
      },
      child,
    );
  };
  return new Map(zones.map((blocks) => [blocks.zone, createSubnet(blocks)]));
}

/** The ids of a tier's subnets by zone, there only once these resources are: who takes them is made later, and goes sooner. */
export function idsOnceThereAre(
  subnets: TierSubnets,
  resources: readonly pulumi.Resource[],
): pulumi.Output<Record<string, string>> {
  const ids = pulumi.all(Object.fromEntries([...subnets].map(([zone, { id }]) => [zone, id])));
  // Unlike an id, a URN is known in a preview, so that nothing looks as if it changed.
  return pulumi.all([ids, pulumi.all(resources.map(({ urn }) => urn))]).apply(([byZone]) => byZone);
}

/** One table with a route to the internet for the whole tier: its subnets differ in nothing. */
export function routePublicTier(network: NetworkContext, subnets: TierSubnets): ec2.InternetGateway {
  const { name, vpc, tags, child } = network;
  const gateway = new ec2.InternetGateway(`${name}-internet`, { vpcId: vpc.id, tags: named(name, tags) }, child);
  const table = createTable(network, `${name}-public-routes`);
  const route = { routeTableId: table.id, destinationCidrBlock: anywhere, gatewayId: gateway.id };
  new ec2.Route(`${name}-public-internet`, route, child);
  for (const [zone, subnet] of subnets) {
    associate(network, `${name}-public-routed-${zone}`, subnet, table);
  }
  return gateway;
}

/** A tier's tables, and what else its hosts need for their ways to be there. */
export interface Routing {
  readonly tables: readonly ec2.RouteTable[];
  readonly ways: readonly pulumi.Resource[];
}

/** A table per zone, so that each zone can leave through a gateway of its own. */
export function routeCiTier(
  network: NetworkContext,
  subnets: TierSubnets,
  gatewayOf: (zone: string) => ec2.NatGateway | undefined,
): Routing {
  const zones = [...subnets].map(([zone, subnet]) => {
    const table = createTable(network, `${network.name}-ci-routes-${zone}`);
    const association = associate(network, `${network.name}-ci-routed-${zone}`, subnet, table);
    const gateway = gatewayOf(zone);
    if (gateway === undefined) {
      return { table, ways: [association] };
    }
    const route = { routeTableId: table.id, destinationCidrBlock: anywhere, natGatewayId: gateway.id };
    return { table, ways: [association, new ec2.Route(`${network.name}-ci-internet-${zone}`, route, network.child)] };
  });
  return { tables: zones.map(({ table }) => table), ways: zones.flatMap(({ ways }) => ways) };
}

/** One table without a single route: what is neither in the VPC nor behind an endpoint cannot be reached. */
export function routeIsolatedTier(network: NetworkContext, subnets: TierSubnets): Routing {
  const table = createTable(network, `${network.name}-isolated-routes`);
  const ways = [...subnets].map(([zone, subnet]) =>
    associate(network, `${network.name}-isolated-routed-${zone}`, subnet, table),
  );
  return { tables: [table], ways };
}

/**
 * The gateway that a zone leaves through. A single one stands in the first zone of the list as it was given: in the
 * first by name, it would move when a zone is added before it, and cut all jobs off meanwhile. Without an internet gateway
 * in its VPC a NAT gateway fails, and nothing else that it takes says so.
 */
export function createNatGateways(
  { name, tags, child }: NetworkContext,
  subnets: TierSubnets,
  natGateways: NatGateways,
  givenZones: readonly string[],
  internet: ec2.InternetGateway,
): (zone: string) => ec2.NatGateway | undefined {
  const counts = { none: 0, single: 1, "per-zone": givenZones.length };
  const zones = givenZones.slice(0, counts[natGateways]);
  const createNat = (zone: string, subnet: ec2.Subnet): ec2.NatGateway => {
    const natName = `${name}-nat-${zone}`;
    const options = { ...child, dependsOn: [internet] };
    const address = new ec2.Eip(`${name}-nat-address-${zone}`, { domain: "vpc", tags: named(natName, tags) }, options);
    const gateway = { subnetId: subnet.id, allocationId: address.id, tags: named(natName, tags) };
    return new ec2.NatGateway(natName, gateway, options);
  };
  const gateways = new Map(
    [...subnets].filter(([zone]) => zones.includes(zone)).map(([zone, subnet]) => [zone, createNat(zone, subnet)]),
  );
  const [only] = gateways.values();
  return (zone) => (natGateways === NatGateways.Single ? only : gateways.get(zone));
}

const anywhere = "0.0.0.0/0";

function createTable({ vpc, tags, child }: NetworkContext, name: string): ec2.RouteTable {
  return new ec2.RouteTable(name, { vpcId: vpc.id, tags: named(name, tags) }, child);
}

function associate(
  { child }: NetworkContext,
  name: string,
  subnet: ec2.Subnet,
  table: ec2.RouteTable,
): ec2.RouteTableAssociation {
  return new ec2.RouteTableAssociation(name, { subnetId: subnet.id, routeTableId: table.id }, child);
}
