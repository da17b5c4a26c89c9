import { Address4 } from "ip-address";
import type { Problem } from "../problems";
import { overlap } from "../subnets";

/** Networks that Docker makes get their blocks out of `base`, `size` being the prefix length of each. */
export interface AddressPool {
  readonly base: string;
  readonly size: number;
}

/** The addresses that containers on a host get. */
export interface ContainerAddresses {
  /** The VPC's IPv4 block: a container with an address of it could not reach the machine that has it. */
  readonly vpcCidr: string;
  /** Block of Docker's default bridge. Defaults to 198.18.0.0/16. */
  readonly bridgeCidr?: string | undefined;
  /** Where Docker takes the blocks of other networks from. Defaults to 198.19.0.0/16 in blocks of /24. */
  readonly addressPools?: readonly AddressPool[] | undefined;
}

/** Both from 198.18.0.0/15, RFC 2544's block for benchmarks, which is routed nowhere. */
export const defaultBridgeCidr = "198.18.0.0/16";
export const defaultAddressPools: readonly AddressPool[] = [{ base: "198.19.0.0/16", size: 24 }];

interface Block {
  /** Where it is set, or whose it is. */
  readonly name: string;
  readonly cidr: string;
}

const reserved: readonly Block[] = [
  { cidr: "172.17.0.0/16", name: "what a Docker inside of a container takes for its own bridge" },
  { cidr: "172.31.0.0/16", name: "AWS's default VPC" },
  { cidr: "169.254.0.0/16", name: "AWS's link-local services: instance metadata, DNS and time" },
];

/** What is wrong with the addresses; paths are the options' names. */
export function addressProblems(options: ContainerAddresses): Problem[] {
  const { vpcCidr, bridgeCidr = defaultBridgeCidr, addressPools = defaultAddressPools } = options;
  const pools = addressPools.map(({ base }, index) => ({ name: `addressPools[${index}].base`, cidr: base }));
  const blocks = [{ name: "bridgeCidr", cidr: bridgeCidr }, ...pools];
  const sound = blocks.filter(({ cidr }) => isBlock(cidr));
  // A malformed vpcCidr is the network's to refuse.
  const others = [...(isBlock(vpcCidr) ? [{ cidr: vpcCidr, name: "vpcCidr" }] : []), ...reserved];
  return [
    ...blocks.filter(({ cidr }) => !isBlock(cidr)).map(malformed),
    ...sound.flatMap((block, index) =>
      [...others, ...sound.slice(0, index)].filter(({ cidr }) => overlap(block.cidr, cidr)).map(overlapping(block)),
    ),
    ...addressPools.flatMap(sizeProblems),
  ];
}

/** An IPv4 block that starts where it says: 10.0.0.0/16, not 10.0.0.1/16 or a lone address. */
function isBlock(cidr: string): boolean {
  if (!cidr.includes("/") || !Address4.isValid(cidr)) {
    return false;
  }
  const block = new Address4(cidr);
  return block.startAddress().correctForm() === block.correctForm() && block.subnetMask <= 28;
}

function malformed({ name, cidr }: Block): Problem {
  const rule = "must be an IPv4 block in CIDR notation, /28 or larger, that begins at its first address";
  return { path: name, value: cidr, rule, fix: `as in "${defaultBridgeCidr}"` };
}

function overlapping({ name, cidr }: Block) {
  return (other: Block): Problem => ({
    path: name,
    value: cidr,
    rule: `overlaps ${other.cidr}, ${other.name}`,
    fix: "take a block that nothing else uses, best out of 198.18.0.0/15",
  });
}

function sizeProblems({ base, size }: AddressPool, index: number): Problem[] {
  const prefix = isBlock(base) ? new Address4(base).subnetMask : 0;
  if (Number.isInteger(size) && size >= prefix && size <= 28) {
    return [];
  }
  const rule = `must be a prefix length from ${prefix}, the pool's own, to 28`;
  return [{ path: `addressPools[${index}].size`, value: size, rule, fix: "24 gives each network 254 addresses" }];
}
