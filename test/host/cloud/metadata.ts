import type { Credentials } from "./signature";

/** Directories by name, and values. */
export interface MetadataTree {
  readonly [name: string]: string | MetadataTree;
}

export interface MetadataPatch {
  readonly [name: string]: string | null | MetadataPatch;
}

/** What there is to know about the one instance. */
export interface InstanceOptions {
  readonly instanceId: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly accountId: string;
  readonly zone: string;
  readonly privateIp: string;
  /** Of its network interface, in lower case. */
  readonly mac: string;
  readonly subnetCidr: string;
  readonly vpcCidr: string;
  readonly groupName: string;
  /** Name of its role, and of its instance profile. */
  readonly role: string;
}

/** The metadata that EC2 would have of an instance that Auto Scaling has just launched. */
export function instanceMetadata(instance: InstanceOptions, region: string, credentials: Credentials): MetadataTree {
  const { instanceId, imageId, instanceType, accountId, zone, privateIp, mac, role } = instance;
  const hostname = `ip-${privateIp.replaceAll(".", "-")}.${region}.compute.internal`;
  const network = {
    "device-number": "0",
    "interface-id": "eni-0123456789abcdef0",
    "local-hostname": hostname,
    "local-ipv4s": privateIp,
    mac,
    "owner-id": accountId,
    "security-group-ids": "sg-0123456789abcdef0",
    "security-groups": "hosts",
    "subnet-id": "subnet-0123456789abcdef0",
    "subnet-ipv4-cidr-block": instance.subnetCidr,
    "vpc-id": "vpc-0123456789abcdef0",
    "vpc-ipv4-cidr-block": instance.vpcCidr,
    "vpc-ipv4-cidr-blocks": instance.vpcCidr,
  };
  return {
    "ami-id": imageId,
    "ami-launch-index": "0",
    "ami-manifest-path": "(unknown)",
    autoscaling: { "target-lifecycle-state": "InService" },
    "block-device-mapping": { ami: "/dev/sda1", root: "/dev/sda1" },
    hostname,
    iam: {
      info: json({
        Code: "Success",
        LastUpdated: instant(0),
        InstanceProfileArn: `arn:aws:iam::${accountId}:instance-profile/${role}`,
        InstanceProfileId: "AIPAEXAMPLE",
      }),
      "security-credentials": { [role]: json(roleCredentials(credentials)) },
    },
    "instance-action": "none",
    "instance-id": instanceId,
    "instance-life-cycle": "spot",
    "instance-type": instanceType,
    "local-hostname": hostname,
    "local-ipv4": privateIp,
    mac,
    network: { interfaces: { macs: { [mac]: network } } },
    placement: { "availability-zone": zone, region },
    profile: "default-hvm",
    "reservation-id": "r-0123456789abcdef0",
    "security-groups": "hosts",
    services: { domain: "amazonaws.com", partition: "aws" },
    tags: { instance: { "aws:autoscaling:groupName": instance.groupName } },
  };
}

/** The instance identity document. */
export function identityDocument(instance: InstanceOptions, region: string): string {
  const { accountId, imageId, instanceId, instanceType, privateIp, zone } = instance;
  const facts = { accountId, imageId, instanceId, instanceType, privateIp, region, availabilityZone: zone };
  return json({ ...facts, architecture: "x86_64", pendingTime: instant(0), version: "2017-09-30" });
}

/** A tree with a patch applied, by the rules of RFC 7396. */
export function patched(tree: MetadataTree, patch: MetadataPatch): MetadataTree {
  const result: Record<string, string | MetadataTree> = { ...tree };
  for (const [name, value] of Object.entries(patch)) {
    const old = result[name];
    if (value === null) {
      delete result[name];
    } else {
      result[name] = typeof value === "string" ? value : patched(typeof old === "object" ? old : {}, value);
    }
  }
  return result;
}

/** The value at a path, or the listing of a directory; undefined if nothing is there. */
export function textAt(tree: MetadataTree, path: string): string | undefined {
  const names = path.replace(/\/$/, "").split("/").filter(Boolean);
  let node: string | MetadataTree | undefined = tree;
  for (const name of names) {
    node = typeof node === "object" && Object.hasOwn(node, name) ? node[name] : undefined;
  }
  if (typeof node === "object") {
    return Object.entries(node)
      .map(([name, child]) => (typeof child === "string" ? name : `${name}/`))
      .sort()
      .join("\n");
  }
  return path.endsWith("/") ? undefined : node;
}

function roleCredentials({ accessKeyId, secretAccessKey, sessionToken }: Credentials) {
  return {
    Code: "Success",
    LastUpdated: instant(0),
    Type: "AWS-HMAC",
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    Expiration: instant(6),
  };
}

function instant(hoursFromNow: number): string {
  return new Date(Date.now() + hoursFromNow * 3_600_000).toISOString().replace(/\.\d+/, "");
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
