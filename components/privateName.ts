import * as route53 from "@pulumi/aws/route53";
import type * as pulumi from "@pulumi/pulumi";
import { named, type Tags } from "./tags";

/** A name that stays while the machine behind it changes. */
export interface PrivateNameOptions {
  /** `docker.ci.internal`: the zone is for this name alone. */
  readonly hostname: string;
  readonly vpcId: pulumi.Input<string>;
  readonly privateIp: pulumi.Input<string>;
  readonly tags: Tags;
}

/** How long clients may go on with the address of a host that was replaced. */
const ttlSeconds = 30;

/**
 * A private zone that one VPC resolves, and the one name in it, its own. A zone of `ci.internal` would hide every other
 * name under that from the VPC, and AWS lets a VPC have one such zone.
 */
export function createPrivateName(
  name: string,
  { hostname, vpcId, privateIp, tags }: PrivateNameOptions,
  child: pulumi.CustomResourceOptions,
): route53.Record {
  const zone = new route53.Zone(
    `${name}-zone`,
    {
      name: hostname,
      comment: "Resolved inside of the VPC alone",
      vpcs: [{ vpcId }],
      tags: named(`${name}-zone`, tags),
    },
    child,
  );
  return new route53.Record(
    `${name}-name`,
    { zoneId: zone.zoneId, name: hostname, type: "A", ttl: ttlSeconds, records: [privateIp] },
    child,
  );
}
