import type { Value } from "../../preview/manifest";
import { type Fixtures, host, resource, writes } from "./fixture";

const vpc = resource("aws:ec2/vpc:Vpc", "vpc", { cidrBlock: "10.64.0.0/18" });
const group = (ingress: Value) => resource("aws:ec2/securityGroup:SecurityGroup", "group", { ingress });
const ssh = { protocol: "tcp", fromPort: 22, toPort: 22 };
const docker = { protocol: "tcp", fromPort: 2376, toPort: 2376 };
const ingressRule = (inputs: Record<string, Value>) =>
  resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "rule", inputs);
const oldRule = (inputs: Record<string, Value>) =>
  resource("aws:ec2/securityGroupRule:SecurityGroupRule", "rule", { type: "ingress", ...inputs });
const flowLog = (inputs: Record<string, Value>, to = vpc) =>
  resource("aws:ec2/flowLog:FlowLog", "log", { vpcId: "‹vpc.id›", ...inputs }, { vpcId: [to] });

export const network: Record<string, Fixtures> = {
  "remote-access-from-inside": {
    breaks: [
      ["SSH from anywhere", "group: ingress[0].cidrBlocks", group([{ ...ssh, cidrBlocks: ["0.0.0.0/0"] }])],
      ["SSH from anywhere by IPv6", "group: ingress[0].ipv6CidrBlocks", group([{ ...ssh, ipv6CidrBlocks: ["::/0"] }])],
      [
        "anywhere in two halves",
        "group: ingress[0].cidrBlocks",
        vpc,
        group([{ ...docker, cidrBlocks: ["0.0.0.0/1", "128.0.0.0/1"] }]),
      ],
      [
        "a second rule behind a good one",
        "group: ingress[1].cidrBlocks",
        vpc,
        group([
          { ...ssh, cidrBlocks: ["10.64.0.0/20"] },
          { ...ssh, cidrBlocks: ["203.0.113.7/32"] },
        ]),
      ],
      [
        "a range of ports",
        "group: ingress[0].cidrBlocks",
        group([{ protocol: "tcp", fromPort: 0, toPort: 65535, cidrBlocks: ["0.0.0.0/0"] }]),
      ],
      [
        "a narrow range around 2375",
        "group: ingress[0].cidrBlocks",
        group([{ protocol: "tcp", fromPort: 2370, toPort: 2380, cidrBlocks: ["0.0.0.0/0"] }]),
      ],
      [
        "ports as text",
        "group: ingress[0].cidrBlocks",
        group([{ protocol: "tcp", fromPort: "2375", toPort: "2375", cidrBlocks: ["0.0.0.0/0"] }]),
      ],
      [
        "every protocol",
        "group: ingress[0].cidrBlocks",
        group([{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }]),
      ],
      ["every protocol as a number", "rule: cidrIpv4", ingressRule({ ipProtocol: -1, cidrIpv4: "0.0.0.0/0" })],
      ["every protocol as a word", "rule: cidrBlocks", oldRule({ protocol: "all", cidrBlocks: ["0.0.0.0/0"] })],
      [
        "TCP by its number",
        "group: ingress[0].cidrBlocks",
        group([{ protocol: 6, fromPort: 22, toPort: 22, cidrBlocks: ["0.0.0.0/0"] }]),
      ],
      [
        "TCP in capitals",
        "rule: cidrIpv4",
        ingressRule({ ipProtocol: "TCP", fromPort: 22, toPort: 22, cidrIpv4: "198.51.100.0/24" }),
      ],
      [
        "a block that is wider than the VPC",
        "group: ingress[0].cidrBlocks",
        vpc,
        group([{ ...docker, cidrBlocks: ["10.64.0.0/16"] }]),
      ],
      ["a private block with no VPC", "group: ingress[0].cidrBlocks", group([{ ...ssh, cidrBlocks: ["10.0.0.0/8"] }])],
      ["a list of prefixes", "rule: prefixListId", ingressRule({ ipProtocol: "-1", prefixListId: "pl-0123" })],
      ["a rule of its own", "rule: cidrBlocks", oldRule({ ...ssh, cidrBlocks: ["0.0.0.0/0"] })],
      [
        "a rule of its own by IPv6",
        "rule: cidrIpv6",
        ingressRule({ ipProtocol: "tcp", fromPort: 2376, toPort: 2376, cidrIpv6: "::/0" }),
      ],
      [
        "another port, on which a daemon listens",
        "group: ingress[0].cidrBlocks",
        host(writes("/etc/docker/daemon.json", '{"hosts":["tcp://0.0.0.0:4243"]}')),
        group([{ protocol: "tcp", fromPort: 4243, toPort: 4243, cidrBlocks: ["0.0.0.0/0"] }]),
      ],
      [
        "a block that a component of another's making was told of",
        "group: ingress[0].cidrBlocks",
        resource("ci-hosts:index:Mine", "mine", { vpcCidr: "10.0.0.0/16" }),
        group([{ ...ssh, cidrBlocks: ["10.0.0.0/16"] }]),
      ],
      [
        "everything, as a component was told",
        "group: ingress[0].cidrBlocks",
        resource("ci-hosts:index:CiFleet", "fleet", { vpcCidr: "0.0.0.0/0" }),
        group([{ ...ssh, cidrBlocks: ["203.0.113.0/24"] }]),
      ],
      [
        "the VPC's default group",
        "group: ingress[0].cidrBlocks",
        resource("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "group", {
          ingress: [{ protocol: "-1", cidrBlocks: ["0.0.0.0/0"] }],
        }),
      ],
    ],
    passes: [
      ["a block of the VPC", vpc, group([{ ...docker, cidrBlocks: ["10.64.16.0/20"] }])],
      ["the VPC's own block", vpc, group([{ ...ssh, cidrBlocks: ["10.64.0.0/18"] }])],
      [
        "a block of a VPC that a component was told of",
        resource("ci-hosts:index:CiFleet", "fleet", { vpcCidr: "10.0.0.0/16" }),
        group([{ ...ssh, cidrBlocks: ["10.0.1.0/24"] }]),
      ],
      ["a security group", group([{ ...docker, securityGroups: ["‹clients.id›"] }])],
      ["its own members", group([{ ...docker, self: true }])],
      ["a referenced group", ingressRule({ ipProtocol: "tcp", fromPort: 22, referencedSecurityGroupId: "sg-1" })],
      ["a block that is not known yet", group([{ ...ssh, cidrBlocks: ["‹peer.cidrBlock›"] }])],
      ["rules that are not known yet", group("‹other.ingress›")],
      ["HTTPS from anywhere", group([{ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }])],
      ["UDP on port 22", group([{ protocol: "udp", fromPort: 22, toPort: 22, cidrBlocks: ["0.0.0.0/0"] }])],
      [
        "ports on either side",
        group([
          { protocol: "tcp", fromPort: 23, toPort: 2374, cidrBlocks: ["0.0.0.0/0"] },
          { protocol: "tcp", fromPort: 2377, toPort: 65535, cidrBlocks: ["0.0.0.0/0"] },
        ]),
      ],
      ["SSH to anywhere", oldRule({ ...ssh, type: "egress", cidrBlocks: ["0.0.0.0/0"] })],
    ],
  },
  "flow-logs-on": {
    breaks: [
      ["a VPC alone", "vpc: id", vpc],
      ["a log of rejected traffic alone", "vpc: id", vpc, flowLog({ trafficType: "REJECT" })],
      ["a log that does not say", "vpc: id", vpc, flowLog({})],
      ["a log of another VPC", "vpc: id", vpc, flowLog({ trafficType: "ALL" }, resource("aws:ec2/vpc:Vpc", "other"))],
      ["the account's default VPC", "vpc: id", resource("aws:ec2/defaultVpc:DefaultVpc", "vpc")],
    ],
    passes: [
      ["a log of all traffic", vpc, flowLog({ trafficType: "ALL" })],
      ["a log of what is not known yet", vpc, flowLog({ trafficType: "‹config.traffic›" })],
      ["no VPC", group([])],
    ],
  },
};
