import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import {
  Architecture,
  type CiFleetArgs,
  type CiNetworkArgs,
  fleetProblems,
  NatGateways,
  networkProblems,
  OperatingSystem,
  type Problem,
  plannedDockerClient,
  type RolloutCheckArgs,
  refuse,
  regionOf,
  releaseOverrideTag,
  rolloutCheckProblems,
  servicesAskingForDocker,
} from "../components";
import { arn } from "./arn";
import {
  type DockerHostConfig,
  dockerHostConfig,
  dockerHostConfigProblems,
  dockerHostSchema,
} from "./dockerHostConfig";
import { addressPoolsSchema, dockerSchema } from "./hostSchemas";
import { readSettings, type Settings } from "./settings";

/** How CI containers get a Docker: one of their own under sysbox, or one elsewhere over mutual TLS. */
const Strategy = { Sysbox: "sysbox", Tls: "tls" } as const;

/** Configuration that is text; empty text counts as none. Pulumi.yaml describes each key and holds the defaults. */
const texts = z.object({
  vpcCidr: z.string(),
  natGateways: z.enum(NatGateways),
  operatingSystem: z.enum(OperatingSystem),
  architecture: z.enum(Architecture),
  amiId: z.string().exactOptional(),
  packageMirror: z.string().exactOptional(),
  securityMirror: z.string().exactOptional(),
  awsEndpointUrl: z.string().exactOptional(),
  bridgeCidr: z.string(),
  composeFile: z.string(),
  probeImage: z.string().exactOptional(),
  permissionsBoundaryArn: arn("iam", "policy/", "arn:aws:iam::111122223333:policy/boundary").exactOptional(),
  kmsKeyArn: arn("kms", "key/", "arn:aws:kms:eu-central-1:111122223333:key/0123abcd").exactOptional(),
  strategy: z.enum(Strategy),
  promoteFrom: z
    .string()
    .regex(/^[\w.-]+$/, "must be the name of a stack of this project")
    .exactOptional(),
  releaseOverride: z
    .string()
    .regex(
      /^(?! )(?=(?:.*[^ ]){10})[\p{L}\p{N} _.:/=+@-]{10,256}(?<! )$/u,
      "must be a reason of 10 to 256 letters, digits, spaces and _ . : / = + - @, as a tag takes it",
    )
    .exactOptional(),
});

/** Configuration that is a number, a switch, a list or a map. */
const documents = z.object({
  zones: z.array(z.string()),
  interfaceEndpoints: z.array(z.string()),
  flowLogRetentionDays: z.number(),
  instanceTypes: z.array(z.string()),
  rootVolumeGib: z.number(),
  dataVolumeGib: z.number(),
  minSize: z.number(),
  maxSize: z.number(),
  desiredCapacity: z.number(),
  onDemandBase: z.number(),
  spotPercent: z.number(),
  minHealthyPercent: z.number(),
  launchTimeoutSeconds: z.number(),
  drainTimeoutSeconds: z.number(),
  debugTimeoutSeconds: z.number(),
  rolloutTimeoutSeconds: z.number(),
  canary: z.boolean(),
  unhealthyThreshold: z.number(),
  garbageCollectionPercent: z.number(),
  docker: dockerSchema,
  sysbox: z.strictObject({
    version: z.string().exactOptional(),
    url: z.string().exactOptional(),
    sha256: z.string().exactOptional(),
  }),
  addressPools: addressPoolsSchema,
  dockerServices: z.array(z.string()),
  requireImageDigests: z.boolean(),
  secretArns: z.record(
    z.string(),
    arn("secretsmanager", "secret:", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:token-AbCdEf"),
  ),
  egressPorts: z.array(z.number()),
  logRetentionDays: z.number(),
  dockerHost: dockerHostSchema,
  tags: tagSchema(),
});

/** What the program is made from: the inputs of each component, but for what another component gives. */
export interface StackConfig {
  readonly network: CiNetworkArgs;
  readonly fleet: Omit<CiFleetArgs, "vpcId" | "subnetIds" | "dockerClients">;
  /** How the deployment waits for the hosts. */
  readonly rollout: Pick<RolloutCheckArgs, "region" | "timeoutSeconds" | "canary">;
  /** With the strategy `tls`. */
  readonly dockerHost?: DockerHostConfig;
  /** The stack whose proven release the hosts take; none where the configuration overrides that. */
  readonly promoteFrom?: string;
  /** With the strategy `tls`, the clients that the fleet will have, as far as they are known before. */
  readonly plannedClients?: Pick<CiFleetArgs, "dockerClients">;
  /** Services that ask for Docker. With the strategy `tls` each is a client of its own name. */
  readonly dockerServices: readonly string[];
}

/** Reads and judges the whole configuration; throws one error that lists every mistake in it. */
export function readConfig(): StackConfig {
  const config = new pulumi.Config();
  const text = readSettings(texts, (key) => config.get(key) || undefined);
  const document = readSettings(documents, (key) => config.getObject(key));
  const given = { ...text.given, ...document.given };
  const compose = readCompose(given.composeFile);
  const { strategy, dockerHost: ofDockerHost = {}, sysbox, rolloutTimeoutSeconds, ...ofStack } = given;
  const { promoteFrom, releaseOverride, canary, ...others } = ofStack;
  const region = new pulumi.Config("aws").get("region");
  const rollout = { ...(rolloutTimeoutSeconds !== undefined && { timeoutSeconds: rolloutTimeoutSeconds }) };
  const withTls = strategy === Strategy.Tls;
  // An empty value is none, and so goes with either strategy.
  const fleet = { ...others, ...(sysbox && Object.keys(sysbox).length > 0 && { sysbox }), ...compose.given };
  const dockerServices = servicesAskingForDocker({ compose: "", ...fleet });
  const dockerHost = dockerHostConfig(ofDockerHost, dockerServices, given);
  const isUsed = withTls && dockerServices.length > 0;
  const isUnread = document.problems.some(({ path }) => /^dockerHost\b/.test(path));
  const plannedClients = {
    dockerClients: Object.fromEntries(
      dockerServices.map((service) => [service, plannedDockerClient(service, dockerHost.hostname)]),
    ),
  };

  refuse(`the configuration of ${pulumi.getStack()}`, [
    ...text.problems,
    ...document.problems,
    ...compose.problems,
    ...regionProblems(region, given.zones ?? []),
    ...networkProblems(given),
    ...fleetProblems(isUsed ? { ...fleet, ...plannedClients } : fleet),
    ...(withTls && compose.given.compose !== undefined && !isUsed ? [nobodyAsksProblem] : []),
    // Of what could not be read nothing more can be said.
    ...(withTls && !isUnread ? dockerHostConfigProblems(dockerHost, dockerServices, ofDockerHost, given) : []),
    ...(strategy === Strategy.Sysbox ? unusedProblems(ofDockerHost) : []),
    ...rolloutCheckProblems(rollout).map((problem) => ({ ...problem, path: "rolloutTimeoutSeconds" })),
    ...promotionProblems(given),
  ]);

  // Nothing was refused, so everything that is required is there.
  const settings = fleet as z.output<typeof texts> & z.output<typeof documents>;
  const { composeFile, zones, natGateways, interfaceEndpoints, flowLogRetentionDays, ...ofFleet } = settings;
  const { vpcCidr, kmsKeyArn, tags } = ofFleet;
  const overridden = { ...tags, ...(releaseOverride !== undefined && { [releaseOverrideTag]: releaseOverride }) };
  return {
    network: { vpcCidr, zones, natGateways, interfaceEndpoints, flowLogRetentionDays, kmsKeyArn, tags },
    fleet: { ...ofFleet, tags: overridden },
    rollout: { ...rollout, region: region as string, ...(canary !== undefined && { canary }) },
    ...(promoteFrom !== undefined && releaseOverride === undefined && { promoteFrom }),
    ...(withTls && { plannedClients }),
    ...(withTls && { dockerHost: dockerHost as DockerHostConfig }),
    dockerServices,
  };
}

/** Who promotes takes image and versions from the proof, and from nowhere else. */
function promotionProblems(given: Partial<z.output<typeof texts> & z.output<typeof documents>>): Problem[] {
  const { promoteFrom, releaseOverride, amiId, docker = {}, sysbox = {} } = given;
  if (promoteFrom === undefined) {
    const rule = "overrides what promoteFrom asks for, and that is not set";
    return releaseOverride === undefined
      ? []
      : [{ path: "releaseOverride", value: releaseOverride, rule, fix: "leave it out" }];
  }
  const own = Object.entries({ amiId, docker, sysbox }).filter(
    ([, value]) => value !== undefined && (typeof value === "string" || Object.keys(value).length > 0),
  );
  const untried = {
    path: "amiId",
    value: amiId,
    rule: "is required with releaseOverride: without it the hosts get their publisher's newest image, which nobody has tried",
    fix: "give the image to go to, or back to: pulumi stack output provenRelease names the last one of a stack",
  };
  const rule = `is what ${promoteFrom} has proven, as promoteFrom says`;
  const fix = `leave it out, and set it in Pulumi.${promoteFrom}.yaml; or give releaseOverride a reason`;
  return [
    ...(promoteFrom === pulumi.getStack()
      ? [
          {
            path: "promoteFrom",
            value: promoteFrom,
            rule: "must be another stack than this one",
            fix: "name the stack that proves",
          },
        ]
      : []),
    ...(releaseOverride !== undefined && amiId === undefined ? [untried] : []),
    ...(releaseOverride === undefined ? own.map(([path, value]) => ({ path, value, rule, fix })) : []),
  ];
}

const nobodyAsksProblem: Problem = {
  path: "strategy",
  value: Strategy.Tls,
  rule: "no service of the compose file asks for Docker, so nobody would use the Docker host",
  fix: "mark the service that builds with x-docker: true, or set strategy to sysbox and leave dockerHost out",
};

function unusedProblems(dockerHost: object): Problem[] {
  if (Object.keys(dockerHost).length === 0) {
    return [];
  }
  const rule = "is for the strategy tls: with sysbox the TLS host is unnecessary";
  return [{ path: "dockerHost", value: dockerHost, rule, fix: "leave it out, or set strategy to tls" }];
}

function readCompose(file: string | undefined): Settings<{ compose: string }> {
  if (file === undefined) {
    return { given: {}, problems: [] };
  }
  const path = join(__dirname, file);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    const rule = "is not there, or is no file; the path is relative to stacks/";
    return { given: {}, problems: [{ path: "composeFile", value: file, rule, fix: "compose.yaml is the example" }] };
  }
  return { given: { compose: readFileSync(path, "utf8") }, problems: [] };
}

function regionProblems(region: string | undefined, zones: readonly string[]): Problem[] {
  if (region === undefined) {
    const fix = "set aws:region in Pulumi.<stack>.yaml";
    return [{ path: "aws:region", value: undefined, rule: "is required and has no default", fix }];
  }
  return zones.flatMap((zone, index) =>
    regionOf(zone) === region
      ? []
      : [{ path: `zones[${index}]`, value: zone, rule: `is not in aws:region, ${region}`, fix: `take ${region}a` }],
  );
}

/** Tags that tell who pays for a host and who answers for it, and any others. */
function tagSchema() {
  const value = z.string().min(1, "must not be empty");
  return z.object({ CostCenter: value, Owner: value }).catchall(value);
}
