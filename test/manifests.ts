import type { Manifest, ManifestResource } from "../preview/manifest";

/** A resource as the engine records it; its URN is made from type, name and parent. */
export function registered(type: string, name: string, given: Partial<ManifestResource> = {}): ManifestResource {
  const chain = given.parent ? `${given.parent.split("::")[2]}$` : "";
  return {
    urn: `urn:pulumi:staging::shop::${chain}${type}::${name}`,
    type,
    name,
    parent: "",
    custom: true,
    inputs: {},
    outputs: {},
    secretInputs: [],
    dependencies: [],
    propertyDependencies: {},
    options: {},
    source: "index.ts:1",
    ...given,
  };
}

export function manifestOf(
  resources: readonly ManifestResource[],
  { stack = "staging", outputs = {} }: Partial<Manifest> = {},
): Manifest {
  return { project: "shop", stack, resources, outputs };
}

/** The commit that a review names as its base. */
export const since = { ref: "main", commit: "0123456789abcdef0123456789abcdef01234567" };

export const types = {
  command: "command:local:Command",
  group: "aws:autoscaling/group:Group",
  instance: "aws:ec2/instance:Instance",
  logGroup: "aws:cloudwatch/logGroup:LogGroup",
  network: "ci-hosts:index:CiNetwork",
  parameter: "aws:ssm/parameter:Parameter",
  policy: "aws:iam/rolePolicy:RolePolicy",
  role: "aws:iam/role:Role",
  route: "aws:ec2/route:Route",
  securityGroup: "aws:ec2/securityGroup:SecurityGroup",
  subnet: "aws:ec2/subnet:Subnet",
  table: "aws:ec2/routeTable:RouteTable",
  template: "aws:ec2/launchTemplate:LaunchTemplate",
  volume: "aws:ebs/volume:Volume",
  vpc: "aws:ec2/vpc:Vpc",
} as const;
