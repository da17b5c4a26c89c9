import { Address4 } from "ip-address";
import type { TlsDockerHostArgs } from "./dockerHost";
import { DockerSource } from "./host/releases";
import { TlsOperatingSystem } from "./host/tlsOperatingSystems";
import type { Problem } from "./problems";
import { isZone } from "./subnets";

/** What is wrong with where a Docker host is to stand, as far as it is known by now. */
export function dockerHostNetworkProblems(args: Partial<TlsDockerHostArgs>): Problem[] {
  const { vpcCidr, clientCidrs, zone } = args;
  const zoneFix = "see `aws ec2 describe-availability-zones`; an example is eu-central-1a";
  return [
    ...vpcProblems(vpcCidr),
    ...(Array.isArray(clientCidrs) ? clientCidrProblems(vpcCidr, clientCidrs) : []),
    ...(zone === undefined || isZone(zone)
      ? []
      : [{ path: "zone", value: zone, rule: "must be the name of an availability zone", fix: zoneFix }]),
    ...reachProblems(args),
  ];
}

/** EC2's limits for a VPC's block. */
function vpcProblems(vpcCidr: string | undefined): Problem[] {
  const prefix = vpcCidr === undefined ? undefined : blockOf(vpcCidr)?.subnetMask;
  if (vpcCidr === undefined || (prefix !== undefined && prefix >= 16 && prefix <= 28)) {
    return [];
  }
  const rule = "must be the VPC's IPv4 block in CIDR notation, /16 to /28, that begins at its first address";
  return [{ path: "vpcCidr", value: vpcCidr, rule, fix: "give CiNetwork's vpcCidr, 10.64.0.0/16, say" }];
}

/** Which of the clients' blocks lie outside of the VPC, in which alone the daemon's name resolves. */
export function clientCidrProblems(vpcCidr: string | undefined, cidrs: readonly unknown[]): Problem[] {
  if (cidrs.length === 0) {
    const rule = "must name a block: nobody else reaches the daemon";
    return [{ path: "clientCidrs", value: cidrs, rule, fix: "give CiNetwork's ciSubnetCidrs" }];
  }
  const vpc = vpcCidr === undefined ? undefined : blockOf(vpcCidr);
  return cidrs.flatMap((value, index) => {
    // What is no text is an Input, and a symbol stands for one in a preview.
    if (typeof value !== "string" || value.includes("‹")) {
      return [];
    }
    const block = blockOf(value);
    if (block !== undefined && (vpc === undefined || block.isInSubnet(vpc))) {
      return [];
    }
    const path = `clientCidrs[${index}]`;
    return block === undefined
      ? [
          {
            path,
            value,
            rule: "must be an IPv4 block in CIDR notation that begins at its first address",
            fix: examples,
          },
        ]
      : [{ path, value, rule: `is not in vpcCidr, ${vpcCidr}: the daemon's name resolves there alone`, fix: examples }];
  });
}

const examples = "give CiNetwork's ciSubnetCidrs, and its vpcCidr";

/** A block that starts where it says. */
function blockOf(cidr: string): Address4 | undefined {
  if (!cidr.includes("/") || !Address4.isValid(cidr)) {
    return undefined;
  }
  const block = new Address4(cidr);
  return block.startAddress().correctForm() === block.correctForm() ? block : undefined;
}

/** Where Debian and Ubuntu have their packages, which an isolated host reaches inside of the VPC and by HTTPS alone. */
function reachProblems(args: Partial<TlsDockerHostArgs>): Problem[] {
  const { operatingSystem = TlsOperatingSystem.AmazonLinux2023, amiId, packageMirror, securityMirror, docker } = args;
  if (operatingSystem === TlsOperatingSystem.AmazonLinux2023) {
    return [];
  }
  const inside = "the host reaches the VPC and nothing else";
  const fix =
    "give a mirror inside of the VPC, or an amiId in which everything is installed, or take amazon-linux-2023";
  const dockerMirror = docker?.source === DockerSource.Docker ? { "docker.mirror": docker.mirror } : {};
  return Object.entries({ packageMirror, ...dockerMirror, ...(securityMirror && { securityMirror }) }).flatMap(
    ([path, value]): Problem[] => {
      if (value === undefined) {
        const rule = `is required for ${operatingSystem}, whose packages are on the internet: ${inside}`;
        return amiId === undefined ? [{ path, value, rule, fix }] : [];
      }
      const rule = `must be by HTTPS, on port 443: ${inside}`;
      // What is no URL at all is said elsewhere.
      const { protocol = "", port = "" } = URL.canParse(value) ? new URL(value) : {};
      return protocol === "http:" || port !== ""
        ? [{ path, value, rule, fix: 'as in "https://mirror.internal/debian"' }]
        : [];
    },
  );
}
