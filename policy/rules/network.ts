import { isWithin, privateBlocks } from "../blocks";
import { daemonsOf } from "../docker";
import type { Resource, StackFinding, StackRule } from "../rule";
import { isGiven, isUnknown, linksOf, listOf, type Mapping, mappingsAt, numberOf } from "../values";

/** SSH, and Docker's own two; others that a daemon of the stack listens on count as well. */
const remoteAccessPorts = [22, 2375, 2376];

function daemonPorts(resources: readonly Resource[]): number[] {
  return resources
    .flatMap(daemonsOf)
    .flatMap(({ listeners }) => listeners)
    .flatMap(({ address }) => /:(\d+)(?:\/|$)/.exec(address)?.[1] ?? [])
    .map(Number);
}

const remoteAccessFromInside: StackRule = {
  id: "remote-access-from-inside",
  severity: "critical",
  what: "Ports 22, 2375 and 2376, and those of the stack's Docker daemons, are open to security groups and to blocks of the stack's VPCs only.",
  why: "Whoever reaches a shell or a Docker daemon is one mistake away from root on the host.",
  fix: "Name the security group of the clients, or a block inside of the VPC; for a shell use Session Manager.",
  checkStack: (resources) => {
    const inside = blocksOf(resources);
    const ports = [...remoteAccessPorts, ...daemonPorts(resources)];
    return resources.flatMap((resource) =>
      openings(resource)
        .filter(({ mapping }) => ports.some((port) => isOpen(port, mapping)))
        .flatMap(({ path, mapping }) => outsiders(resource, path, mapping, inside)),
    );
  },
};

const flowLogsOn: StackRule = {
  id: "flow-logs-on",
  severity: "medium",
  what: "Every VPC of the stack has a flow log of all its traffic.",
  why: "After an incident it is the only record of what a host or a job has talked to.",
  fix: "Add an aws.ec2.FlowLog with the VPC's id and trafficType ALL; CiNetwork does.",
  checkStack: (resources) =>
    resources
      .filter(({ type }) => /^aws:ec2\/(vpc:Vpc|defaultVpc:DefaultVpc)$/.test(type))
      .flatMap((vpc) => {
        const logs = resources.filter(
          (log) => log.type === "aws:ec2/flowLog:FlowLog" && linksOf(log, "vpcId").includes(vpc.urn),
        );
        const isWhole = ({ inputs: { trafficType } }: Resource) => trafficType === "ALL" || isUnknown(trafficType);
        if (logs.some(isWhole)) {
          return [];
        }
        const found = logs.length === 0 ? "no flow log names this VPC" : "its flow log does not record all traffic";
        return [{ resource: vpc, path: "id", found }];
      }),
};

export const networkRules = [remoteAccessFromInside, flowLogsOn];

/** The rules of a security group that let something in, in each of the forms that the provider has for them. */
function openings({ type, inputs }: Resource): { path: string; mapping: Mapping }[] {
  switch (type) {
    case "aws:ec2/securityGroup:SecurityGroup":
    case "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":
      return mappingsAt("ingress", inputs.ingress);
    case "aws:ec2/securityGroupRule:SecurityGroupRule":
      return inputs.type === "ingress" ? [{ path: "", mapping: inputs }] : [];
    case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
      return [{ path: "", mapping: inputs }];
    default:
      return [];
  }
}

function isOpen(port: number, { protocol, ipProtocol, fromPort, toPort }: Mapping): boolean {
  const name = String(protocol ?? ipProtocol ?? "").toLowerCase();
  const from = numberOf(fromPort);
  const to = numberOf(toPort) ?? from;
  const isAll = name === "-1" || name === "all";
  const isTcp = name === "tcp" || name === "6";
  return isAll || (isTcp && from !== undefined && to !== undefined && (from === -1 || (from <= port && port <= to)));
}

/** Security groups are no outsiders: what carries one stands in a VPC that routes to this one. */
function outsiders(resource: Resource, path: string, rule: Mapping, inside: readonly string[]): StackFinding[] {
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  const blocks = ["cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"];
  const lists = ["prefixListIds", "prefixListId"];
  return [...blocks, ...lists].flatMap((name) =>
    listOf(rule[name])
      .filter(
        (source) =>
          isGiven(source) &&
          !isUnknown(source) &&
          (lists.includes(name) || !inside.some((block) => isWithin(String(source), block))),
      )
      .map((source) => ({ resource, path: at(name), found: `${portsOf(rule)} from ${String(source)}` })),
  );
}

function portsOf({ protocol, ipProtocol, fromPort, toPort }: Mapping): string {
  const ports = [fromPort, toPort].filter((port) => port !== undefined).join(" to ");
  return `lets in protocol ${String(protocol ?? ipProtocol)}, ports ${ports === "" ? "all" : ports},`;
}

/** This library's components; whoever makes another one of that name may tell it anything. */
const componentTypes = /^ci-hosts:index:(?:CiNetwork|CiFleet|TlsDockerHost)$/;

/** What counts as inside: blocks of VPCs, and what a component was told of a VPC that stands elsewhere. */
function blocksOf(resources: readonly Resource[]): string[] {
  return resources.flatMap(({ type, inputs }) => {
    const { cidrBlock, vpcCidr, ipv6CidrBlock } = inputs;
    const isVpc = type === "aws:ec2/vpc:Vpc" || type.startsWith("aws:ec2/vpcIpv4CidrBlockAssociation:");
    const told = componentTypes.test(type) && privateBlocks.some((block) => isWithin(String(vpcCidr), block));
    const blocks = isVpc ? [cidrBlock, ipv6CidrBlock] : told ? [vpcCidr] : [];
    return blocks.filter((block) => typeof block === "string");
  });
}
