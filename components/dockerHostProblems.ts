import { type Bound, boundProblems, debugBound, rootVolumeBound } from "./bounds";
import { withCertificateDefaults } from "./certificateDefaults";
import { certificateProblems, principalProblems } from "./certificateProblems";
import type { TlsDockerHostArgs } from "./dockerHost";
import { hostContent } from "./dockerHostContent";
import { withDefaults } from "./dockerHostDefaults";
import { dockerHostNetworkProblems } from "./dockerHostNetworkProblems";
import { Architecture } from "./host/architecture";
import { tlsDockerHostProblems } from "./host/tlsDockerHostProblems";
import { amiProblems, instanceTypeProblem } from "./instanceProblems";
import { retentionProblems } from "./logRetention";
import type { Problem } from "./problems";

const bounds: Readonly<Partial<Record<keyof TlsDockerHostArgs, Bound>>> = {
  rootVolumeGib: rootVolumeBound,
  dataVolumeGib: { min: 30, max: 16384, why: "Docker's data need 30, gp3 ends at 16384" },
  launchTimeoutSeconds: {
    min: 300,
    max: 7200,
    why: "that is what a boot takes at least, and `pulumi up` waits for it",
  },
  debugTimeoutSeconds: debugBound,
};

/**
 * What is wrong with a Docker host's arguments; paths are the arguments' names. What is not given is not judged, so that
 * a reader of configuration can ask about the rest when one value is not even of the right type.
 */
export function dockerHostProblems(args: Partial<TlsDockerHostArgs>): Problem[] {
  const { instanceType, architecture = Architecture.Amd64, vpcCidr = "" } = args;
  const host = withDefaults(args);
  // What stands on the host asks more of its name than a certificate does, and says so once.
  const { hostname: _, ...ofCertificates } = host;
  // A name or an ARN that only a deployment knows is a stand-in here.
  const ofHost = tlsDockerHostProblems(
    hostContent({ ...host, vpcCidr }, { logGroupName: "logs", serverSecretArn: "arn" }),
  );
  return [
    ...boundProblems(bounds, args),
    ...(instanceType === undefined ? [] : instanceTypeProblem("instanceType", instanceType, architecture)),
    ...amiProblems(args.amiId),
    ...agentProblems(host),
    ...retentionProblems("logRetentionDays", args.logRetentionDays),
    ...certificateProblems(ofCertificates),
    ...readerProblems(args),
    ...ofHost,
    ...(ofHost.length === 0 ? rotationProblems(host) : []),
    ...dockerHostNetworkProblems(args),
  ];
}

/**
 * The boot report is read, and the host entered, through the agent of Systems Manager. Debian's own images and archive do
 * not have it ("Find AMIs with the SSM Agent preinstalled" in the Systems Manager user guide).
 */
function agentProblems({ operatingSystem, amiId }: Partial<TlsDockerHostArgs>): Problem[] {
  const rule =
    "is required for debian-12: Debian's own image has no agent of Systems Manager, the only way to the host";
  const fix = "give an image of Debian 12 with amazon-ssm-agent, or take amazon-linux-2023 or ubuntu-24.04";
  return operatingSystem === "debian-12" && amiId === undefined ? [{ path: "amiId", value: amiId, rule, fix }] : [];
}

/** A certificate that is renewed must be there before the former one ends. */
function rotationProblems(host: Partial<TlsDockerHostArgs> & { rotationMinutes: number }): Problem[] {
  const { rotationMinutes: value } = host;
  const { earlyRenewalHours } = withCertificateDefaults(host);
  const rule = `must be below earlyRenewalHours, ${earlyRenewalHours}: else the daemon's certificate can end before the host looks`;
  const fix = "lower it, or raise earlyRenewalHours";
  return value < earlyRenewalHours * 60 ? [] : [{ path: "rotationMinutes", value, rule, fix }];
}

function readerProblems({ clients, clientReaders = {} }: Partial<TlsDockerHostArgs>): Problem[] {
  return Object.entries(clientReaders).flatMap(([client, arns]) => {
    const path = `clientReaders.${client}`;
    const rule = `must be one of clients, ${clients?.join(", ")}`;
    return clients === undefined || clients.includes(client)
      ? principalProblems(path, arns)
      : [{ path, value: arns, rule, fix: "add it to clients, or leave it out" }];
  });
}

/** Asked for a client that the host does not have. */
export function unknownClientProblem(name: string, clients: readonly string[]): Problem {
  return { path: "name", value: name, rule: `must be one of ${clients.join(", ")}`, fix: "add it to `clients`" };
}
