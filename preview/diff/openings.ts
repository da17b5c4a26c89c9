import type { ManifestResource, Value } from "../manifest";
import { isMapping, listed, trafficOf } from "./awsMeaning";
import { fileOpenings } from "./fileOpenings";

/** Something that is open: a key to find it by in another run, and the sentence that says so. */
export interface Opening {
  readonly key: string;
  readonly sentence: string;
  /** Name of the resource that it is an opening of, where that is not the one that makes it. */
  readonly on?: string;
}

type Inputs = ManifestResource["inputs"];

/** All that a resource opens. */
export function openingsOf(resource: ManifestResource): Opening[] {
  return [
    ...networkOpenings(resource),
    ...instanceOpenings(resource.inputs),
    ...unencrypted(resource.inputs, ""),
    ...fileOpenings(resource),
  ];
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
        const whole = everywhere.includes(peer) ? ", which is everyone" : "";
        const preposition = verb === "lets in" ? "from" : "to";
        return {
          key: `${verb} ${traffic} ${peer}`,
          sentence: `${verb} ${traffic} ${preposition} ${peer}${verb === "lets in" ? whole : ""}${daemonPort(rule)}`,
        };
      });
  });
}

/** Ports over which one is root on the host, or on all that its daemon runs. */
const rootPorts: Readonly<Record<number, string>> = {
  22: "SSH",
  2375: "Docker's API without TLS",
  2376: "Docker's API",
};

function daemonPort({ fromPort, toPort, protocol, ipProtocol }: Inputs): string {
  const all = String(protocol ?? ipProtocol) === "-1";
  const covered = Object.entries(rootPorts)
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
    ? [{ key: "way out", sentence: `gives ${routeTableId} a way to the internet`, on: ownerOf(routeTableId) }]
    : [];
}

/** The resource that a symbol is an output of, `‹ci-routes.id›`. */
function ownerOf(value: Value | undefined): string {
  return /^‹(?:.*::)?(.+?)\.\w+›$/.exec(String(value))?.[1] ?? String(value);
}

function instanceOpenings(inputs: Inputs): Opening[] {
  const metadata = isMapping(inputs.metadataOptions) ? inputs.metadataOptions : {};
  const cards = Array.isArray(inputs.networkInterfaces) ? inputs.networkInterfaces.filter(isMapping) : [];
  const isPublic = [inputs, ...cards].some(
    ({ associatePublicIpAddress, mapPublicIpOnLaunch }) =>
      isTrue(associatePublicIpAddress) || isTrue(mapPublicIpOnLaunch),
  );
  const hops = Number(metadata.httpPutResponseHopLimit ?? 1);
  return [
    ...(isPublic ? [{ key: "public", sentence: "gets public addresses" }] : []),
    ...(metadata.httpTokens !== undefined && metadata.httpTokens !== "required"
      ? [{ key: "imdsv1", sentence: "answers IMDSv1, which a forged request can read credentials from" }]
      : []),
    ...(hops > 1
      ? [{ key: `hops ${hops}`, sentence: `lets containers reach the instance's credentials (IMDS hop limit ${hops})` }]
      : []),
  ];
}

function isTrue(value: Value | undefined): boolean {
  return value === true || value === "true";
}

/** Where encryption is said to be off, at any depth. */
function unencrypted(value: Value, path: string): Opening[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => unencrypted(item, `${path}[${index}]`));
  }
  if (!isMapping(value)) {
    return [];
  }
  return Object.entries(value).flatMap(([key, entry]) =>
    /^(?:encrypted|storageEncrypted)$/.test(key) && !isTrue(entry) && !String(entry).startsWith("‹")
      ? [{ key: `${path}.${key}`, sentence: `is not encrypted (${`${path}.${key}`.replace(/^\./, "")})` }]
      : unencrypted(entry, `${path}.${key}`),
  );
}

/** What held something back, and does not stand there any more. */
export function weakened(before: ManifestResource | undefined, after: ManifestResource): string[] {
  const wasEncrypted = (value: Value | undefined): boolean =>
    isMapping(value)
      ? Object.entries(value).some(([key, entry]) => (key === "encrypted" && isTrue(entry)) || wasEncrypted(entry))
      : Array.isArray(value) && value.some(wasEncrypted);
  const metadata = (inputs: Inputs) => (isMapping(inputs.metadataOptions) ? inputs.metadataOptions : {});
  if (before === undefined) {
    return [];
  }
  return [
    ...(wasEncrypted(before.inputs) && !wasEncrypted(after.inputs) && unencrypted(after.inputs, "").length === 0
      ? ["is no longer encrypted"]
      : []),
    ...(metadata(before.inputs).httpTokens === "required" && metadata(after.inputs).httpTokens === undefined
      ? ["no longer requires IMDSv2"]
      : []),
    ...(before.inputs.kmsKeyId !== undefined && after.inputs.kmsKeyId === undefined
      ? ["is no longer encrypted with a key of your own"]
      : []),
  ];
}
