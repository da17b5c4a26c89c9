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
import { addressPoolsSchema, dockerSchema } from "./hostSchemas";

const principalArn = arn("iam", "(?:role|user)/", "arn:aws:iam::111122223333:role/deploy");

/** The Docker host of the strategy `tls`: what configuration says of it alone. */
export const dockerHostSchema = z.strictObject({
  zone: z.string().exactOptional(),
  clients: z.array(z.string()).exactOptional(),
  clientReaders: z.record(z.string(), z.array(principalArn)).exactOptional(),
  hostname: z.string().exactOptional(),
  operatingSystem: z.enum(TlsOperatingSystem).exactOptional(),
  architecture: z.enum(Architecture).exactOptional(),
  amiId: z.string().exactOptional(),
  instanceType: z.string().exactOptional(),
  rootVolumeGib: z.number().exactOptional(),
  dataVolumeGib: z.number().exactOptional(),
  docker: dockerSchema.exactOptional(),
  packageMirror: z.string().exactOptional(),
  securityMirror: z.string().exactOptional(),
  bridgeCidr: z.string().exactOptional(),
  addressPools: addressPoolsSchema.exactOptional(),
  authorities: z.array(z.string()).exactOptional(),
  keyCurve: z.enum(KeyCurve).exactOptional(),
  validityHours: z.number().exactOptional(),
  earlyRenewalHours: z.number().exactOptional(),
  authorityValidityHours: z.number().exactOptional(),
  authorityEarlyRenewalHours: z.number().exactOptional(),
  administratorArns: z.array(principalArn).exactOptional(),
  rotationMinutes: z.number().exactOptional(),
  garbageCollectionPercent: z.number().exactOptional(),
  debugTimeoutSeconds: z.number().exactOptional(),
  launchTimeoutSeconds: z.number().exactOptional(),
});

/** The Docker host's inputs, but for what the network gives. */
export type DockerHostConfig = Omit<TlsDockerHostArgs, "vpcId" | "subnetId" | "clientCidrs" | "s3PrefixListId">;

type Own = z.output<typeof dockerHostSchema>;
type Known = "hostname" | "clients" | "clientReaders";
type Planned = Partial<DockerHostConfig> & Pick<Required<DockerHostConfig>, Known>;

/** What the whole stack says, and holds for the Docker host, too. */
const sharedKeys = [
  ...(["vpcCidr", "awsEndpointUrl", "bridgeCidr", "addressPools"] as const),
  ...(["permissionsBoundaryArn", "kmsKeyArn", "logRetentionDays", "tags"] as const),
];
type Shared = Partial<Pick<DockerHostConfig, (typeof sharedKeys)[number]>>;
type Stack = Shared & { readonly zones?: readonly string[]; readonly interfaceEndpoints?: string[] };

/** What the Docker host is made of: its own settings, the stack's, and a client for each of the services. */
export function dockerHostConfig(own: Own, services: readonly string[], stack: Stack): Planned {
  const shared: Shared = Object.fromEntries(sharedKeys.flatMap((key) => (key in stack ? [[key, stack[key]]] : [])));
  const { clients = [] } = own;
  const [zone] = stack.zones ?? [];
  return {
    ...shared,
    ...(zone !== undefined && { zone }),
    hostname: "docker.ci.internal",
    ...own,
    clients: [...services, ...clients],
    // The fleet reads the bundles of its services.
    clientReaders: { ...Object.fromEntries(clients.map((client) => [client, []])), ...own.clientReaders },
  };
}

/** What is wrong with it; paths are `dockerHost.<key>`, or keys of the stack. */
export function dockerHostConfigProblems(
  dockerHost: Planned,
  services: readonly string[],
  own: Own,
  { zones = [], interfaceEndpoints }: Stack,
): Problem[] {
  const { instanceType, zone } = dockerHost;
  const { clients: _, clientReaders: __, ...others } = dockerHost;
  const missing = missingDockerHostServices(interfaceEndpoints);
  return [
    ...within("dockerHost", [
      // What the whole stack says is judged where it says so.
      ...dockerHostProblems(others).filter(({ path }) => !isShared(path, own)),
      ...clientProblems(services, own),
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
    ...serviceProblems(services),
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

/** Of the further clients, as the stack lists them. */
function clientProblems(services: readonly string[], { clients = [], clientReaders = {} }: Own): Problem[] {
  const problems = clients.length === 0 ? [] : dockerHostProblems({ clients });
  return [
    ...problems.filter(({ path }) => path.startsWith("clients")),
    ...clients.flatMap((value, index) => {
      const rule = "is a service that asks for Docker, and so a client already";
      return services.includes(value) ? [{ path: `clients[${index}]`, value, rule, fix: "leave it out" }] : [];
    }),
    ...Object.entries(clientReaders).flatMap(([client, value]) => {
      const rule = `must be one of clients, ${clients.join(", ")}: the fleet reads those of its services`;
      return clients.includes(client) ? [] : [{ path: `clientReaders.${client}`, value, rule, fix: "leave it out" }];
    }),
  ];
}

/** A service is the client of its name, which a certificate has, too. */
function serviceProblems(services: readonly string[]): Problem[] {
  return services.flatMap((service) =>
    dockerHostProblems({ clients: [service] })
      .filter(({ path }) => path === "clients[0]")
      .map((problem) => ({
        ...problem,
        path: `compose.services.${service}`,
        fix: `name it otherwise, ${problem.fix}`,
      })),
  );
}

/** Whether a mistake is in what the whole stack says; the first of its zones is the host's unless that says another. */
function isShared(path: string, own: Own): boolean {
  return [...sharedKeys, "zone"].some((key) => new RegExp(`^${key}\\b`).test(path) && !(key in own));
}
