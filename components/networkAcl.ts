import * as ec2 from "@pulumi/aws/ec2";
import { dockerTlsPort } from "./host/dockerClients";
import type { NetworkContext, TierSubnets } from "./networkTiers";
import type { ZoneSubnets } from "./subnets";
import { named } from "./tags";

/** Where Linux takes the ports of its own connections from: net.ipv4.ip_local_port_range. Docker's port is not among them. */
const linuxPorts = { fromPort: 32768, toPort: 60999 };
/** What a client may call from, whatever its system. */
const clientPorts = { fromPort: 1024, toPort: 65535 };
const https = { fromPort: 443, toPort: 443 };

const anywhere = "0.0.0.0/0";

/**
 * What the security groups say, a second time and for whole subnets: the isolated tier takes Docker's clients from the
 * `ci` tier and HTTPS to its endpoints, and calls nothing but HTTPS. A network ACL knows no connections, so answers have
 * rules of their own. AWS's own DNS, time and metadata pass in any case.
 */
export function closeIsolatedTier(
  { name, vpc, tags, child }: NetworkContext,
  subnets: TierSubnets,
  zones: readonly ZoneSubnets[],
  vpcCidr: string,
): ec2.NetworkAcl {
  const clients = zones.map(({ ci, zone }) =>
    allow(100 + numberOf(zone), ci, { fromPort: dockerTlsPort, toPort: dockerTlsPort }),
  );
  return new ec2.NetworkAcl(
    `${name}-isolated-acl`,
    {
      vpcId: vpc.id,
      subnetIds: [...subnets.values()].map((subnet) => subnet.id),
      ingress: [
        ...clients,
        allow(300, vpcCidr, https),
        // S3's gateway endpoint answers from S3's public addresses.
        allow(400, anywhere, linuxPorts),
      ],
      egress: [allow(300, anywhere, https), allow(400, vpcCidr, clientPorts)],
      tags: named(`${name}-isolated`, tags),
    },
    child,
  );
}

/** 1 for a zone that ends in a: a rule keeps its number, which is its order, when other zones come and go. */
function numberOf(zone: string): number {
  return Number.parseInt(zone.slice(-1), 36) - 9;
}

function allow(ruleNo: number, cidrBlock: string, ports: { fromPort: number; toPort: number }) {
  return { ruleNo, action: "allow", protocol: "tcp", cidrBlock, ...ports };
}
