import { Address4 } from "ip-address";
import type { Problem } from "./problems";

/** The blocks of one zone: the same three tiers in each. */
export interface ZoneSubnets {
  readonly zone: string;
  /** NAT gateways only. */
  readonly public: string;
  /** CI hosts; half of the zone, since this is the tier that grows. */
  readonly ci: string;
  /** Dedicated Docker hosts and endpoints; never a route to the internet. */
  readonly isolated: string;
}

/** Zones end in a to h (AWS has used a to f so far), so a network has eight places for zones. */
const zonePattern = /^[a-z]{2}(?:-[a-z]+)+-\d([a-h])$/;
const zonePlacesLog2 = 3;

/** A VPC is /16 at most; from /23 down the smallest tier would fall below /28, the smallest subnet AWS makes. */
const prefixBounds = { widest: 16, narrowest: 22 };

/** The range of Docker's default bridge, which a container that runs Docker inside uses for itself. */
const innerDockerBridge = "172.17.0.0/16";

/**
 * The blocks of each zone, sorted by zone. The last letter of a zone's name decides its place, so adding or removing
 * a zone moves no block of another: a moved block would replace the subnet and with it every host in there.
 *
 * @param cidr the VPC's block, /16 to /22
 */
export function planSubnets(cidr: string, zones: readonly string[]): ZoneSubnets[] {
  const vpc = new Address4(cidr);
  return [...zones].sort().map((zone) => {
    const place = placeOf(zone);
    // A zone's block in eighths: ci has the lower half, public and isolated one eighth each, two are kept in reserve.
    return {
      zone,
      ci: block(vpc, zonePlacesLog2 + 1, place * 2),
      public: block(vpc, zonePlacesLog2 + 3, place * 8 + 4),
      isolated: isolatedBlock(vpc, place),
    };
  });
}

/** The blocks that isolated subnets have or would have, of every place for a zone: the same whichever zones there are. */
export function isolatedBlocks(cidr: string): string[] {
  const vpc = new Address4(cidr);
  return Array.from({ length: 2 ** zonePlacesLog2 }, (_, place) => isolatedBlock(vpc, place));
}

/** True if the two blocks share an address. Both must be valid. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [new Address4(one), new Address4(other)];
  return a.isInSubnet(b) || b.isInSubnet(a);
}

/** What is wrong with a VPC's block; the path is `vpcCidr`. */
export function cidrProblems(cidr: string): Problem[] {
  const fix = "give a private block such as 10.64.0.0/16";
  if (!Address4.isValid(cidr) || !cidr.includes("/")) {
    return [{ path: "vpcCidr", value: cidr, rule: "must be an IPv4 block in CIDR notation", fix }];
  }
  const vpc = new Address4(cidr);
  const start = vpc.startAddress().correctForm();
  if (start !== vpc.correctForm()) {
    return [
      {
        path: "vpcCidr",
        value: cidr,
        rule: "has address bits beyond its prefix",
        fix: `write ${start}/${vpc.subnetMask}`,
      },
    ];
  }
  const { widest, narrowest } = prefixBounds;
  if (vpc.subnetMask < widest || vpc.subnetMask > narrowest) {
    const rule = `must be between /${widest} (AWS's limit for a VPC) and /${narrowest} (below, subnets get too small)`;
    return [
      { path: "vpcCidr", value: cidr, rule, fix: `write ${start}/${vpc.subnetMask < widest ? widest : narrowest}` },
    ];
  }
  if (overlap(cidr, innerDockerBridge)) {
    const rule = `overlaps ${innerDockerBridge}, Docker's bridge inside the CI containers: they could not reach the VPC`;
    return [{ path: "vpcCidr", value: cidr, rule, fix }];
  }
  return [];
}

/** What is wrong with a list of zones; paths are `zones` and `zones[…]`. */
export function zoneProblems(zones: readonly string[]): Problem[] {
  if (zones.length === 0) {
    return [{ path: "zones", value: zones, rule: "must name at least one zone", fix: 'list zones, ["eu-central-1a"]' }];
  }
  const [first = ""] = zones;
  return zones.flatMap((zone, index) => {
    const path = `zones[${index}]`;
    if (!zonePattern.test(zone)) {
      const rule = "must be the name of an availability zone that ends in a letter from a to h";
      return [{ path, value: zone, rule, fix: "see `aws ec2 describe-availability-zones`; zone ids do not fit" }];
    }
    if (zones.indexOf(zone) !== index) {
      return [
        { path, value: zone, rule: `stands at zones[${zones.indexOf(zone)}] already`, fix: "name each zone once" },
      ];
    }
    if (zonePattern.test(first) && regionOf(zone) !== regionOf(first)) {
      const rule = `is not in ${regionOf(first)}, the region of zones[0]`;
      return [{ path, value: zone, rule, fix: "a VPC lies in one region: take zones of that region" }];
    }
    return [];
  });
}

/** Whether this is the name of an availability zone. */
export function isZone(name: string): boolean {
  return zonePattern.test(name);
}

/** `eu-central-1a` is in `eu-central-1`. */
export function regionOf(zone: string): string {
  return zone.slice(0, -1);
}

function placeOf(zone: string): number {
  const letter = zonePattern.exec(zone)?.[1];
  if (letter === undefined) {
    throw new Error(`${zone} is not the name of an availability zone`);
  }
  return letter.charCodeAt(0) - "a".charCodeAt(0);
}

function isolatedBlock(vpc: Address4, place: number): string {
  return block(vpc, zonePlacesLog2 + 3, place * 8 + 5);
}

/** The block at `index` when `vpc` is cut into 2^bits equal blocks. */
function block(vpc: Address4, bits: number, index: number): string {
  const prefix = vpc.subnetMask + bits;
  const start = vpc.startAddress().bigInt() + BigInt(index) * 2n ** BigInt(32 - prefix);
  return `${Address4.fromBigInt(start).correctForm()}/${prefix}`;
}
