import * as pulumi from "@pulumi/pulumi";
import { type Bound, boundProblems, debugBound, garbageBound, rootVolumeBound, unhealthyBound } from "./bounds";
import type { CiFleetArgs } from "./fleet";
import { fleetClientProblems } from "./fleetClientProblems";
import { withDefaults } from "./fleetDefaults";
import { fleetUserDataBytes, sysboxHostOptions, tlsClientHostOptions, workloadOptions } from "./fleetHost";
import { Architecture } from "./host/architecture";
import { userDataLimitBytes } from "./host/cloudConfig";
import { sysboxHostProblems } from "./host/sysboxHostProblems";
import { tlsClientHostProblems } from "./host/tlsClientHostProblems";
import { workloadProblems } from "./host/workload";
import { amiProblems, instanceTypeProblem } from "./instanceProblems";
import { retentionProblems } from "./logRetention";
import { type Problem, within } from "./problems";
import { type Tags, tagProblems } from "./tags";

const percent: Bound = { min: 0, max: 100, why: "it is a share in percent" };
/** Heartbeat timeouts of PutLifecycleHook, whose own minimum of 30 s no boot could meet. */
const hookSeconds = { max: 7200, why: "AWS lets a lifecycle hook wait for 30 to 7200 seconds" };

const bounds: Readonly<Partial<Record<keyof CiFleetArgs, Bound>>> = {
  minSize: { min: 0, max: 1000, why: "a larger group is more than one refresh can replace safely" },
  maxSize: { min: 1, max: 1000, why: "a larger group is more than one refresh can replace safely" },
  desiredCapacity: { min: 0, max: 1000, why: "a larger group is more than one refresh can replace safely" },
  onDemandBase: { min: 0, max: 1000, why: "it is a number of hosts" },
  spotPercent: percent,
  minHealthyPercent: percent,
  launchTimeoutSeconds: { ...hookSeconds, min: 300 },
  drainTimeoutSeconds: { ...hookSeconds, min: 30 },
  debugTimeoutSeconds: debugBound,
  unhealthyThreshold: unhealthyBound,
  garbageCollectionPercent: garbageBound,
  rootVolumeGib: rootVolumeBound,
  dataVolumeGib: { min: 30, max: 16384, why: "Docker's and sysbox's data need 30, gp3 ends at 16384" },
};

/**
 * What is wrong with a fleet's own arguments; paths are the arguments' names. What is not given is not judged, so that
 * a reader of configuration can ask about the rest when one value is not even of the right type.
 */
export function fleetProblems(args: Partial<CiFleetArgs>): Problem[] {
  const problems = [
    ...boundProblems(bounds, args),
    ...capacityProblems(args),
    ...instanceTypeProblems(args),
    ...amiProblems(args.amiId),
    ...egressProblems(args),
    ...(isPlain(args.tags) ? tagProblems(args.tags) : []),
    ...retentionProblems("logRetentionDays", args.logRetentionDays),
    ...hostProblems(args),
  ];
  // What has mistakes in it cannot be put together.
  return problems.length === 0 ? sizeProblems(args) : problems;
}

/** Whether the tags are there already, and not only at the deployment. */
function isPlain(tags: Tags): tags is Record<string, pulumi.Input<string>> {
  return typeof tags === "object" && !pulumi.Output.isInstance(tags) && !(tags instanceof Promise);
}

/** EC2's limit, which is the compose file's to keep: the rest of what a host gets is of a known size. */
function sizeProblems({ vpcCidr, compose, ...others }: Partial<CiFleetArgs>): Problem[] {
  if (vpcCidr === undefined || compose === undefined) {
    return [];
  }
  const bytes = fleetUserDataBytes({ ...others, vpcCidr, compose });
  const rule = `makes user data of ${bytes} bytes, compressed, and EC2 takes ${userDataLimitBytes}`;
  const fix = "put what is large into an image, or into a file that the service downloads";
  return bytes <= userDataLimitBytes ? [] : [{ path: "compose", value: compose, rule, fix }];
}

/** minSize ≤ desiredCapacity ≤ maxSize, and no more on-demand hosts than there can be hosts. */
function capacityProblems({ minSize, maxSize, desiredCapacity, onDemandBase }: Partial<CiFleetArgs>): Problem[] {
  const orders: [string, number | undefined, string, number | undefined][] = [
    ["minSize", minSize, "maxSize", maxSize],
    ["minSize", minSize, "desiredCapacity", desiredCapacity],
    ["desiredCapacity", desiredCapacity, "maxSize", maxSize],
    ["onDemandBase", onDemandBase, "maxSize", maxSize],
  ];
  return orders.flatMap(([path, value, limitPath, limit]) =>
    value === undefined || limit === undefined || value <= limit
      ? []
      : [{ path, value, rule: `must not be above ${limitPath}, ${limit}`, fix: `lower ${path} or raise ${limitPath}` }],
  );
}

function instanceTypeProblems({ instanceTypes, architecture = Architecture.Amd64 }: Partial<CiFleetArgs>): Problem[] {
  if (instanceTypes?.length === 0) {
    const rule = "must name at least one instance type";
    return [{ path: "instanceTypes", value: instanceTypes, rule, fix: 'list types, ["m7i.large", "m6i.large"]' }];
  }
  return (instanceTypes ?? []).flatMap((type, index) => {
    const path = `instanceTypes[${index}]`;
    const problems = instanceTypeProblem(path, type, architecture);
    if (problems.length === 0 && instanceTypes?.indexOf(type) !== index) {
      const rule = `stands at instanceTypes[${instanceTypes?.indexOf(type)}] already`;
      return [{ path, value: type, rule, fix: "name each type once" }];
    }
    return problems;
  });
}

function egressProblems(args: Partial<CiFleetArgs>): Problem[] {
  const { egressPorts } = withDefaults(args);
  const missing = portsOfHosts(args)
    .filter(({ port }) => !egressPorts.includes(port))
    .map(({ port, why }) => ({
      path: "egressPorts",
      value: egressPorts,
      rule: `must have ${port} among them: ${why}`,
      fix: `add ${port}`,
    }));
  return [...missing, ...portProblems(egressPorts)];
}

/** What a host itself calls; an image of one's own may have all packages. */
function portsOfHosts({ packageMirror, securityMirror, amiId }: Partial<CiFleetArgs>) {
  const mirrors = [packageMirror, securityMirror ?? packageMirror];
  const byHttps = mirrors.every((mirror) => mirror?.startsWith("https:"));
  return [
    { port: 443, why: "hosts call AWS and download by HTTPS" },
    ...(byHttps || amiId !== undefined
      ? []
      : [
          {
            port: 80,
            why: "the distribution's mirrors are http; packageMirror names one by https, amiId an image that has all",
          },
        ]),
  ];
}

function portProblems(egressPorts: readonly number[]): Problem[] {
  return egressPorts.flatMap((port, index) =>
    Number.isInteger(port) && port >= 1 && port <= 65535
      ? []
      : [
          {
            path: `egressPorts[${index}]`,
            value: port,
            rule: "must be a TCP port from 1 to 65535",
            fix: "443 is HTTPS, 22 is Git over SSH",
          },
        ],
  );
}

/** What the hosts' content has to say; a name or an ARN that only a deployment knows is a stand-in here. */
function hostProblems(args: Partial<CiFleetArgs>): Problem[] {
  const { vpcCidr = "", compose, secretArns = {}, dockerClients } = args;
  const standIns = Object.fromEntries(Object.keys(secretArns).map((name) => [name, "arn"]));
  const names = { logGroupName: "logs", secretArns: standIns, clientSecretArns: { service: "arn" } };
  const fleet = { ...withDefaults(args), vpcCidr };
  // The hooks are the fleet's own: their names are fixed, and their timeouts are judged above under the fleet's names.
  const hooks = { launchingHook: undefined, terminatingHook: undefined };
  return [
    ...(dockerClients === undefined
      ? sysboxHostProblems({ ...sysboxHostOptions(fleet, names), ...hooks, compose })
      : // So are the clients.
        tlsClientHostProblems({ ...tlsClientHostOptions(fleet, names, ""), ...hooks, dockerHostname: "docker" })),
    ...within("compose", compose === undefined ? [] : workloadProblems(workloadOptions(args, compose))),
    ...(dockerClients === undefined ? [] : fleetClientProblems(args, dockerClients)),
  ];
}
