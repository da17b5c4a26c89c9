import { isWithin } from "../../policy/blocks";
import type { Severity } from "../../policy/rule";
import type { ManifestResource, Value } from "../manifest";
import { isMapping, listed, trafficOf } from "./awsMeaning";

/** Something that is open: a key to find it by in another run, and the sentence that says so. */
export interface Opening {
  readonly key: string;
  readonly traffic?: Traffic;
  readonly sentence: string;
  readonly severity: Severity;
  /** Name of the resource that it is an opening of, where that is not the one that makes it. */
  readonly on?: string;
  /** Id of the rule that says the same where it is broken. */
  readonly rule?: string;
}

/** What a security group's rule is about. */
interface Traffic {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly peer: string;
}

type Inputs = ManifestResource["inputs"];

/** All that a resource opens. */
export function openingsOf(resource: ManifestResource): Opening[] {
  return [...networkOpenings(resource), ...addressOpenings(resource.inputs), ...unencrypted(resource)];
}

const everywhere = ["0.0.0.0/0", "::/0"];

/** Rules that let traffic in, and those that let it out to everywhere, by resource type and input. */
function networkOpenings({ type, inputs }: ManifestResource): Opening[] {
  switch (type) {
    case "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":
    case "aws:ec2/securityGroup:SecurityGroup":
      return [...rulesOf("lets in", inputs.ingress), ...rulesOf("lets out", inputs.egress)];
    case "aws:ec2/securityGroupRule:SecurityGroupRule":
      return rulesOf(inputs.type === "egress" ? "lets out" : "lets in", [inputs]);
    case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
      return rulesOf("lets in", [inputs]);
    case "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":
      return rulesOf("lets out", [inputs]);
    case "aws:ec2/route:Route":
      return routeOpenings(inputs);
    default:
      return [];
  }
}

const peerInputs = [
  ...["cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups", "sourceSecurityGroupId"],
  ...["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"],
];

function rulesOf(verb: "lets in" | "lets out", rules: Value | undefined): Opening[] {
  return (Array.isArray(rules) ? rules.filter(isMapping) : []).flatMap((rule) => {
    const traffic = trafficOf(rule.protocol ?? rule.ipProtocol ?? null, rule.fromPort ?? null, rule.toPort ?? null);
    const peers = peerInputs.flatMap((input) => listed(rule[input] ?? [])).map(String);
    return peers
      .filter((peer) => verb === "lets in" || everywhere.includes(peer))
      .map((peer) => {
        const way = verb === "lets in" ? "from" : "to";
        const isEveryone = verb === "lets in" && everywhere.includes(peer);
        const ports = rootPorts(rule);
        return {
          key: `${verb} ${traffic} ${peer}`,
          sentence: `${verb} ${traffic} ${way} ${peer}${isEveryone ? ", which is everyone" : ""}${ports}`,
          severity: isEveryone ? (ports === "" ? "high" : "critical") : "medium",
          traffic: trafficBounds(rule, peer),
        };
      });
  });
}

function trafficBounds(rule: Inputs, peer: string): Traffic {
  const protocol = String(rule.protocol ?? rule.ipProtocol);
  const isAll = protocol === "-1" || protocol === "all";
  return {
    protocol: isAll ? "all" : protocol,
    from: isAll ? 0 : Number(rule.fromPort),
    to: isAll ? 65_535 : Number(rule.toPort),
    peer,
  };
}

/** Whether what is open was open before, by itself or as part of more. */
export function isCovered({ key, traffic: now }: Opening, before: readonly Opening[]): boolean {
  return before.some(
    (one) =>
      one.key === key ||
      (now !== undefined &&
        one.traffic !== undefined &&
        one.key.split(" ")[1] === key.split(" ")[1] &&
        ["all", now.protocol].includes(one.traffic.protocol) &&
        one.traffic.from <= now.from &&
        now.to <= one.traffic.to &&
        (one.traffic.peer === now.peer || isWithin(now.peer, one.traffic.peer))),
  );
}

/** Ports over which one is root on the host, or on all that its daemon runs. */
const namesOfRootPorts: Readonly<Record<number, string>> = {
  22: "SSH",
  2375: "Docker's API without TLS",
  2376: "Docker's API",
};

function rootPorts({ fromPort, toPort, protocol, ipProtocol }: Inputs): string {
  const all = String(protocol ?? ipProtocol) === "-1";
  const covered = Object.entries(namesOfRootPorts)
    .filter(([port]) => all || (Number(fromPort) <= Number(port) && Number(port) <= Number(toPort)))
    .map(([, name]) => name);
  return covered.length === 0 ? "" : ` (${covered.join(", ")})`;
}

/** A way out. */
function routeOpenings(inputs: Inputs): Opening[] {
  const { routeTableId, destinationCidrBlock, destinationIpv6CidrBlock, gatewayId, natGatewayId } = inputs;
  const destination = String(destinationCidrBlock ?? destinationIpv6CidrBlock);
  const gateway = gatewayId ?? natGatewayId ?? inputs.egressOnlyGatewayId;
  return everywhere.includes(destination) && gateway !== undefined
    ? [
        {
          key: "way out",
          sentence: `gives ${routeTableId} a way to the internet`,
          severity: "high",
          on: ownerOf(routeTableId),
        },
      ]
    : [];
}

/** The resource that a symbol is an output of, `‹ci-routes.id›`. */
function ownerOf(value: Value | undefined): string {
  return /^‹(?:.*::)?(.+?)\.\w+›$/.exec(String(value))?.[1] ?? String(value);
}

function addressOpenings(inputs: Inputs): Opening[] {
  const cards = Array.isArray(inputs.networkInterfaces) ? inputs.networkInterfaces.filter(isMapping) : [];
  const isPublic = [inputs, ...cards].some(
    ({ associatePublicIpAddress, mapPublicIpOnLaunch }) =>
      isTrue(associatePublicIpAddress) || isTrue(mapPublicIpOnLaunch),
  );
  return isPublic
    ? [{ key: "public", sentence: "gets public addresses", severity: "high", rule: "docker-host-no-public-address" }]
    : [];
}

function isTrue(value: Value | undefined): boolean {
  return value === true || value === "true";
}

const encryption = ["encrypted", "storageEncrypted"];

/** Where encryption is said to be off. What a machine's volumes leave out, the rule says. */
function unencrypted({ inputs }: ManifestResource): Opening[] {
  return encryption
    .filter((key) => inputs[key] === false || inputs[key] === "false")
    .map((key) => ({ key, sentence: "is not encrypted", severity: "high", rule: "encrypted-volumes" }));
}

/** What held something back, and does not stand there any more. */
export function weakened(former: ManifestResource, resource: ManifestResource): string[] {
  const [before, after] = [former.inputs, resource.inputs];
  const bared = former.secretInputs.filter(
    (path) => !resource.secretInputs.includes(path) && after[path.split(/[.[]/)[0] ?? ""] !== undefined,
  );
  return [
    ...bared.map((path) => `no longer keeps ${path} secret`),
    ...(encryption.some((key) => isTrue(before[key]) && after[key] === undefined)
      ? ["is no longer said to be encrypted"]
      : []),
    ...(before.kmsKeyId !== undefined && after.kmsKeyId === undefined
      ? ["is no longer encrypted with a key of your own"]
      : []),
  ];
}
