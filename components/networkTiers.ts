import * as ec2 from "@pulumi/aws/ec2";
import type * as pulumi from "@pulumi/pulumi";
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

/** One table with a route to the internet for the whole tier: its subnets differ in nothing. */
export function routePublicTier(network: NetworkContext, subnets: TierSubnets): void {
  const { name, vpc, tags, child } = network;
  const gateway = new ec2.InternetGateway(`${name}-internet`, { vpcId: vpc.id, tags: named(name, tags) }, child);
  const table = createTable(network, `${name}-public-routes`);
  const route = { routeTableId: table.id, destinationCidrBlock: anywhere, gatewayId: gateway.id };
  new ec2.Route(`${name}-public-internet`, route, child);
  for (const [zone, subnet] of subnets) {
    associate(network, `${name}-public-routed-${zone}`, subnet, table);
  }
}

/** A table per zone, so that each zone can leave through a gateway of its own. */
export function routeCiTier(
  network: NetworkContext,
  subnets: TierSubnets,
  gatewayOf: (zone: string) => ec2.NatGateway | undefined,
): ec2.RouteTable[] {
  return [...subnets].map(([zone, subnet]) => {
    const table = createTable(network, `${network.name}-ci-routes-${zone}`);
    associate(network, `${network.name}-ci-routed-${zone}`, subnet, table);
    const gateway = gatewayOf(zone);
    if (gateway !== undefined) {
      const route = { routeTableId: table.id, destinationCidrBlock: anywhere, natGatewayId: gateway.id };
      new ec2.Route(`${network.name}-ci-internet-${zone}`, route, network.child);
    }
    return table;
  });
}

/** One table without a single route: what is neither in the VPC nor behind an endpoint cannot be reached. */
export function routeIsolatedTier(network: NetworkContext, subnets: TierSubnets): ec2.RouteTable {
  const table = createTable(network, `${network.name}-isolated-routes`);
  for (const [zone, subnet] of subnets) {
    associate(network, `${network.name}-isolated-routed-${zone}`, subnet, table);
  }
  return table;
}

/**
 * The gateway that a zone leaves through. A single one stands in the first zone of the list as it was given: in the
 * first by name, it would move when a zone is added before it, and cut all jobs off meanwhile.
 */
export function createNatGateways(
  { name, tags, child }: NetworkContext,
  subnets: TierSubnets,
  natGateways: NatGateways,
  givenZones: readonly string[],
): (zone: string) => ec2.NatGateway | undefined {
  const counts = { none: 0, single: 1, "per-zone": givenZones.length };
  const zones = givenZones.slice(0, counts[natGateways]);
  const createNat = (zone: string, subnet: ec2.Subnet): ec2.NatGateway => {
    const natName = `${name}-nat-${zone}`;
    const address = new ec2.Eip(`${name}-nat-address-${zone}`, { domain: "vpc", tags: named(natName, tags) }, child);
    const gateway = { subnetId: subnet.id, allocationId: address.id, tags: named(natName, tags) };
    return new ec2.NatGateway(natName, gateway, child);
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

function associate({ child }: NetworkContext, name: string, subnet: ec2.Subnet, table: ec2.RouteTable): void {
  new ec2.RouteTableAssociation(name, { subnetId: subnet.id, routeTableId: table.id }, child);
}
