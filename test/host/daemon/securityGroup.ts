import * as assert from "node:assert/strict";

/** A rule of an aws.ec2.SecurityGroup, of its inputs `ingress` and `egress`. */
export interface SecurityGroupRule {
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidrBlocks?: readonly string[];
  /** Says what the rule is for; to a packet it says nothing. */
  readonly description?: string;
}

export interface EgressRule extends SecurityGroupRule {
  readonly prefixListIds?: readonly string[];
}

export interface SecurityGroupInputs {
  readonly ingress: readonly SecurityGroupRule[];
  readonly egress: readonly EgressRule[];
}

/** What stands in for AWS: where the group is, and what lies behind names. */
export interface Placement {
  /** The instance's card. */
  readonly card: string;
  /** Addresses of prefix lists, by their id. */
  readonly prefixLists: Readonly<Record<string, readonly string[]>>;
}

/**
 * What the security group does to the packets of an instance, as rules of nftables: what no rule names is dropped without
 * a word, in and out, and answers to what was let through come through. Fails for what it cannot express.
 */
export function nftRuleset(group: SecurityGroupInputs, { card, prefixLists }: Placement): string {
  const ingress = group.ingress.map((rule) => accept(rule, "saddr", prefixLists));
  const egress = group.egress.map((rule) => accept(rule, "daddr", prefixLists));
  const hook = (name: string) => `type filter hook ${name} priority 0; policy accept;`;
  return `table inet security_group {
  chain ingress {
    ct state established,related accept
    ${ingress.join("\n    ")}
    drop
  }
  chain egress {
    ct state established,related accept
    ${egress.join("\n    ")}
    drop
  }
  chain input { ${hook("input")} iifname "${card}" jump ingress; }
  chain output { ${hook("output")} oifname "${card}" jump egress; }
  chain forward { ${hook("forward")} iifname "${card}" jump ingress; oifname "${card}" jump egress; }
}
`;
}

function accept(rule: EgressRule, side: "saddr" | "daddr", prefixLists: Placement["prefixLists"]): string {
  const { protocol, fromPort, toPort, cidrBlocks = [], prefixListIds = [], description: _, ...others } = rule;
  assert.deepEqual(others, {}, "of a security group's rule only ports, cidrBlocks and prefixListIds are implemented");
  assert.match(protocol, /^(tcp|udp)$/, "of a security group's protocols only tcp and udp are implemented");
  const blocks = prefixListIds.map((id) => {
    assert.ok(prefixLists[id] !== undefined, `the prefix list ${id} has no addresses`);
    return prefixLists[id];
  });
  const addresses = [...cidrBlocks, ...blocks.flat()];
  assert.ok(addresses.length > 0, "a rule of a security group is for no address");
  return `ip ${side} { ${addresses.join(", ")} } ${protocol} dport ${fromPort}-${toPort} accept`;
}
