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
  /** What it is an opening of, where that is not the resource that makes it: a symbol, or an id. */
  readonly on?: Value;
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

/** Whether a block is the whole internet, or a share of it with which few blocks say the same. */
function isEverywhere(block: Value | undefined): boolean {
  const [, address = "", bits = "128"] = /^([\d.:a-fA-F]+)\/(\d+)$/.exec(String(block)) ?? [];
  return Number(bits) < (address.includes(":") ? 4 : 8);
}

/** Rules that let traffic in, and those that let it out to everywhere, by resource type and input. */
function networkOpenings({ type, name, inputs }: ManifestResource): Opening[] {
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
      return routeOpenings(inputs, inputs.routeTableId, inputs.routeTableId);
    case "aws:ec2/defaultRouteTable:DefaultRouteTable":
    case "aws:ec2/routeTable:RouteTable":
      return listed(inputs.routes ?? [])
        .filter(isMapping)
        .flatMap((route) => routeOpenings(route, name, `‹${name}.id›`));
    case "aws:ec2/eip:Eip":
    case "aws:ec2/eipAssociation:EipAssociation":
      return [inputs.instance, inputs.instanceId, inputs.networkInterface, inputs.networkInterfaceId].flatMap(
        (owner) =>
          owner === undefined
            ? []
            : [
                {
                  key: `address ${owner}`,
                  sentence: `gives ${owner} a public address`,
                  severity: "high",
                  on: owner,
                },
              ],
      );
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
    const named = peerInputs.flatMap((input) => listed(rule[input] ?? [])).map(String);
    const peers = [...named, ...(isTrue(rule.self) ? ["the group itself"] : [])];
    return peers
      .filter((peer) => verb === "lets in" || isEverywhere(peer) || /^pl-/.test(peer))
      .map((peer) => {
        const way = verb === "lets in" ? "from" : "to";
        const isEveryone = verb === "lets in" && isEverywhere(peer);
        const ports = rootPorts(rule);
        return {
          key: `${verb} ${traffic} ${peer}`,
          sentence: `${verb} ${traffic} ${way} ${peer}${isEveryone ? everyone(peer) : ""}${ports}`,
          severity: isEveryone ? (ports === "" ? "high" : "critical") : "medium",
          traffic: trafficBounds(rule, peer),
        };
      });
  });
}

function everyone(block: string): string {
  return block.endsWith("/0") ? ", which is everyone" : ", which is a large share of everyone";
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

const wayOut = "way out";

const destinations = ["destinationCidrBlock", "destinationIpv6CidrBlock", "cidrBlock", "ipv6CidrBlock"];

/** Through which a route may lead out of the VPC. */
const targets = [
  ...["gatewayId", "natGatewayId", "egressOnlyGatewayId", "networkInterfaceId", "instanceId", "transitGatewayId"],
  ...["vpcPeeringConnectionId", "carrierGatewayId", "coreNetworkArn", "localGatewayId", "vpcEndpointId"],
];

function routeOpenings(route: Inputs, table: Value | undefined, on: Value = ""): Opening[] {
  const leadsOut = destinations.some((input) => isEverywhere(route[input]));
  const target = targets.map((input) => route[input]).find((value) => value !== undefined && value !== "");
  return leadsOut && target !== undefined && target !== "local"
    ? [{ key: wayOut, sentence: `gives ${table} a way to the internet`, severity: "high", on }]
    : [];
}

/** Of an association with another table: whether that has a way out, or has routes that the stack does not know. */
export function associated(
  former: ManifestResource | undefined,
  { type, inputs }: ManifestResource,
  all: readonly ManifestResource[],
): Opening[] {
  const { routeTableId, subnetId } = inputs;
  if (!/:(?:MainR|R)outeTableAssociation$/.test(type) || former?.inputs.routeTableId === routeTableId) {
    return [];
  }
  const table = ownerOf(routeTableId);
  const isOut = all.flatMap(openingsOf).some(({ key, on }) => key === wayOut && ownerOf(on) === table);
  const isUnknown = !all.some(({ name, options }) => name === table && options.readId === undefined);
  const what = isOut ? "which has a way to the internet" : "whose routes are not known here";
  const on = former === undefined && subnetId !== undefined ? { on: subnetId } : {};
  return isOut || isUnknown
    ? [
        {
          key: wayOut,
          sentence: `connects ${subnetId ?? "the VPC"} with ${routeTableId}, ${what}`,
          severity: "high",
          ...on,
        },
      ]
    : [];
}

/** The resource that a symbol is an output of, `‹ci-routes.id›`. */
export function ownerOf(value: Value | undefined): string {
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

/** What keeps the objects of a bucket from everyone. */
const publicAccessBlocks = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

/** What held something back, and does not stand there any more; of a resource that is gone, all of it. */
export function weakened(former: ManifestResource, resource: ManifestResource | undefined): string[] {
  const [before, after] = [former.inputs, resource?.inputs ?? {}];
  const unblocked = publicAccessBlocks.filter((input) => isTrue(before[input]) && !isTrue(after[input]));
  const opened = [
    ...(unblocked.length === 0 ? [] : [`no longer keeps the public out (${unblocked.join(", ")})`]),
    ...(before.lifecycleTransition === after.lifecycleTransition ? [] : unheld(before.lifecycleTransition)),
  ];
  if (resource === undefined) {
    return opened;
  }
  const bared = former.secretInputs.filter(
    (path) => !resource.secretInputs.includes(path) && after[path.split(/[.[]/)[0] ?? ""] !== undefined,
  );
  const otherwise = (input: string, gone: string, now: (value: Value) => string) => {
    const [former, current] = [before[input], after[input]];
    const said = current === undefined ? gone : `${now(current)}, in place of ${former}`;
    return former === undefined || former === current ? [] : [said];
  };
  const [profile, formerProfile] = [after, before].map((inputs) => JSON.stringify(inputs.iamInstanceProfile ?? "none"));
  return [
    ...opened,
    ...bared.map((path) => `no longer keeps ${path} secret`),
    ...(encryption.some((key) => isTrue(before[key]) && after[key] === undefined)
      ? ["is no longer said to be encrypted"]
      : []),
    ...otherwise("kmsKeyId", "is no longer encrypted with a key of your own", (key) => `is encrypted with ${key}`),
    ...otherwise("permissionsBoundary", "has no permissions boundary any more", (arn) => `is bounded by ${arn}`),
    ...(after.keyName !== undefined && before.keyName !== after.keyName
      ? [`lets in who has the key pair ${after.keyName} (keyName)`]
      : []),
    ...(profile !== formerProfile && profile !== '"none"'
      ? [`may do what ${profile} may, in place of ${formerProfile} (iamInstanceProfile)`]
      : []),
    ...(former.type === "aws:iam/instanceProfile:InstanceProfile" && before.role !== after.role
      ? [`lets its machines do what ${after.role ?? "no role"} may, in place of ${before.role ?? "no role"}`]
      : []),
  ];
}

/** What Auto Scaling no longer waits for without its hook. */
function unheld(transition: Value | undefined): string[] {
  switch (transition) {
    case "autoscaling:EC2_INSTANCE_LAUNCHING":
      return ["no longer holds new hosts back until they say that they are ready"];
    case "autoscaling:EC2_INSTANCE_TERMINATING":
      return ["no longer waits for jobs to end before a host is terminated"];
    default:
      return [];
  }
}
