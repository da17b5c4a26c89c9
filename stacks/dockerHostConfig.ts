import * as z from "zod";
import {
  Architecture,
  dockerHostProblems,
  KeyCurve,
  missingDockerHostServices,
  type Problem,
  type TlsDockerHostArgs,
  TlsOperatingSystem,
  within,
} from "../components";
import { arn } from "./arn";

/** The Docker host of the strategy `tls`: what configuration says of it alone. */
export const dockerHostSchema = z.strictObject({
  zone: z.string().exactOptional(),
  clients: z.array(z.string()).exactOptional(),
  hostname: z.string().exactOptional(),
  operatingSystem: z.enum(TlsOperatingSystem).exactOptional(),
  architecture: z.enum(Architecture).exactOptional(),
  amiId: z.string().exactOptional(),
  instanceType: z.string().exactOptional(),
  rootVolumeGib: z.number().exactOptional(),
  dataVolumeGib: z.number().exactOptional(),
  packageMirror: z.string().exactOptional(),
  authorities: z.array(z.string()).exactOptional(),
  keyCurve: z.enum(KeyCurve).exactOptional(),
  validityHours: z.number().exactOptional(),
  earlyRenewalHours: z.number().exactOptional(),
  authorityValidityHours: z.number().exactOptional(),
  authorityEarlyRenewalHours: z.number().exactOptional(),
  administratorArns: z.array(arn("iam", "(?:role|user)/")).exactOptional(),
  rotationMinutes: z.number().exactOptional(),
  debugTimeoutSeconds: z.number().exactOptional(),
  launchTimeoutSeconds: z.number().exactOptional(),
});

/** The Docker host's inputs, but for what the network gives. */
export type DockerHostConfig = Omit<TlsDockerHostArgs, "vpcId" | "subnetId" | "clientCidrs" | "s3PrefixListId">;

type Known = "hostname" | "clients";
type Planned = Partial<DockerHostConfig> & Pick<Required<DockerHostConfig>, Known>;

/** What the whole stack says, and holds for the Docker host, too. */
type Shared = Partial<
  Pick<
    DockerHostConfig,
    "vpcCidr" | "awsEndpointUrl" | "permissionsBoundaryArn" | "kmsKeyArn" | "logRetentionDays" | "tags"
  >
> & { readonly zones?: readonly string[]; readonly interfaceEndpoints?: string[] };

/** What the Docker host is made of: its own settings, the stack's, and a client for each of the services. */
export function dockerHostConfig(
  own: z.output<typeof dockerHostSchema>,
  services: readonly string[],
  stack: Shared,
): Planned {
  const { vpcCidr, awsEndpointUrl, permissionsBoundaryArn, kmsKeyArn, logRetentionDays, tags, zones = [] } = stack;
  const [zone] = zones;
  return {
    ...(vpcCidr !== undefined && { vpcCidr }),
    ...(awsEndpointUrl !== undefined && { awsEndpointUrl }),
    ...(permissionsBoundaryArn !== undefined && { permissionsBoundaryArn }),
    ...(kmsKeyArn !== undefined && { kmsKeyArn }),
    ...(logRetentionDays !== undefined && { logRetentionDays }),
    ...(tags !== undefined && { tags }),
    ...(zone !== undefined && { zone }),
    hostname: "docker.ci.internal",
    ...own,
    clients: [...services, ...(own.clients ?? [])],
  };
}

/** What is wrong with it; paths are `dockerHost.<key>`, or keys of the stack. */
export function dockerHostConfigProblems(dockerHost: Planned, { zones = [], interfaceEndpoints }: Shared): Problem[] {
  const { instanceType, zone } = dockerHost;
  const missing = missingDockerHostServices(interfaceEndpoints);
  return [
    ...within("dockerHost", [
      // What the whole stack says is judged where it says so.
      ...dockerHostProblems(dockerHost).filter(({ path }) => !isShared(path)),
      ...(instanceType === undefined
        ? [{ path: "instanceType", value: undefined, rule: "is required and has no default", fix: "m7i.2xlarge, say" }]
        : []),
      ...(zone === undefined || zones.includes(zone)
        ? []
        : [
            {
              path: "zone",
              value: zone,
              rule: `must be one of the stack's zones, ${zones.join(", ")}`,
              fix: "take one",
            },
          ]),
    ]),
    ...(missing.length === 0
      ? []
      : [
          {
            path: "interfaceEndpoints",
            value: interfaceEndpoints,
            rule: `the Docker host reaches AWS through endpoints only, and these are missing: ${missing.join(", ")}`,
            fix: "add them, or leave interfaceEndpoints out to get them all",
          },
        ]),
  ];
}

function isShared(path: string): boolean {
  return ["vpcCidr", "awsEndpointUrl", "logRetentionDays"].includes(path);
}
