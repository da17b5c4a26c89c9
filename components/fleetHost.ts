import * as pulumi from "@pulumi/pulumi";
import type { CiFleetArgs } from "./fleet";
import { type WithDefaults, withDefaults } from "./fleetDefaults";
import { lifecycleHookNames } from "./fleetGroup";
import type { CiHostOptions } from "./host/ciHost";
import { type CloudConfig, userData, userDataBytes } from "./host/cloudConfig";
import { exactDocker, exactSysbox } from "./host/releases";
import { type SysboxHostOptions, sysboxHost } from "./host/sysboxHost";
import { type TlsClientHostOptions, tlsClientHost } from "./host/tlsClientHost";
import { type Workload, type WorkloadOptions, workload } from "./host/workload";
import { type Release, releaseOf, standIns } from "./release";

/** What only a deployment knows of a host. */
export interface DeployedNames {
  readonly releaseId?: string;
  readonly logGroupName: string;
  readonly secretArns: Readonly<Record<string, string>>;
  /** Secrets of the clients of a Docker host, by the service that uses each; none in a fleet with sysbox. */
  readonly clientSecretArns?: Readonly<Record<string, string>> | undefined;
}

/** The part of a fleet's arguments that decides what stands on its hosts. */
type HostArgs = WithDefaults<Partial<CiFleetArgs>> & Pick<CiFleetArgs, "vpcCidr">;

/** Arguments that decide what a fleet's hosts are, beside the image; the others may be there. */
export type ReleaseArgs = Partial<CiFleetArgs> & Pick<CiFleetArgs, "vpcCidr">;

/** What a fleet's hosts are made of whichever Docker its services use, but for the workload. */
export function hostOptions(fleet: HostArgs, { logGroupName, releaseId, secretArns }: DeployedNames): CiHostOptions {
  const { operatingSystem, vpcCidr, docker, packageMirror, securityMirror } = fleet;
  const { bridgeCidr, addressPools, awsEndpointUrl } = fleet;
  const { unhealthyThreshold, garbageCollectionPercent, debugTimeoutSeconds } = fleet;
  return {
    ...{ operatingSystem, vpcCidr, docker, packageMirror, securityMirror },
    ...{ bridgeCidr, addressPools, awsEndpointUrl },
    ...{ unhealthyThreshold, garbageCollectionPercent, debugTimeoutSeconds },
    launchingHook: { name: lifecycleHookNames.launching, timeoutSeconds: fleet.launchTimeoutSeconds },
    terminatingHook: { name: lifecycleHookNames.terminating, timeoutSeconds: fleet.drainTimeoutSeconds },
    logGroupName,
    releaseId,
    secretArns,
  };
}

/** The same for a fleet with sysbox. */
export function sysboxHostOptions(fleet: HostArgs, names: DeployedNames): SysboxHostOptions {
  const { architecture, sysbox, probeImage, requireImageDigests } = fleet;
  return { ...hostOptions(fleet, names), architecture, sysbox, probeImage, requireImageDigests };
}

/** The same for a fleet whose services use a Docker host over TLS. */
export function tlsClientHostOptions(fleet: HostArgs, names: DeployedNames, compose: string): TlsClientHostOptions {
  const [client] = Object.values(fleet.dockerClients ?? {});
  return {
    ...hostOptions(fleet, names),
    compose,
    dockerHostname: client?.hostname ?? "",
    clientSecretArns: names.clientSecretArns ?? {},
  };
}

/** User data of a fleet's hosts, as EC2 takes it. */
export function hostUserData(
  fleet: WithDefaults<CiFleetArgs>,
  logGroupName: pulumi.Input<string>,
  release: pulumi.Input<Release>,
): pulumi.Output<string> {
  return pulumi
    .all([logGroupName, release, pulumi.all(fleet.secretArns), pulumi.all(clientSecretArns(fleet) ?? {})])
    .apply(([logGroup, { id }, secretArns, clientSecrets]) =>
      userData(
        cloudConfig(fleet, { logGroupName: logGroup, releaseId: id, secretArns, clientSecretArns: clientSecrets }),
      ),
    );
}

/** What a fleet's hosts are, on an image. */
export function fleetRelease(args: ReleaseArgs, amiId: string): Release {
  const fleet = withDefaults(args);
  const { operatingSystem, architecture, docker = {}, sysbox = {}, dockerClients } = fleet;
  const names = {
    logGroupName: "logs",
    secretArns: standIns(fleet.secretArns),
    clientSecretArns: standIns(dockerClients ?? {}),
  };
  return releaseOf(amiId, {
    operatingSystem,
    architecture,
    docker: exactDocker(docker),
    sysbox: dockerClients ? undefined : exactSysbox(sysbox, architecture),
    cloudConfig: cloudConfig(fleet, names),
  });
}

/** How long user data becomes, within a few bytes: names and ARNs of a deployment are as long as these. */
export function fleetUserDataBytes(args: ReleaseArgs): number {
  const fleet = withDefaults(args);
  const arn = (name: string) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-0123456-AbCdEf`;
  const arnsOf = (named: object) => Object.fromEntries(Object.keys(named).map((name) => [name, arn(name)]));
  const names = {
    logGroupName: "fleet-logs-0123456",
    releaseId: "ami-0123456789abcdef0.0123456789abcdef",
    secretArns: arnsOf(fleet.secretArns),
    clientSecretArns: arnsOf(fleet.dockerClients ?? {}),
  };
  return userDataBytes(cloudConfig(fleet, names));
}

function cloudConfig(fleet: HostArgs, names: DeployedNames): CloudConfig {
  const compose = fleetWorkload(fleet)?.compose;
  return fleet.dockerClients === undefined
    ? sysboxHost({ ...sysboxHostOptions(fleet, names), compose })
    : tlsClientHost(tlsClientHostOptions(fleet, names, compose ?? ""));
}

/** Secrets of the clients, by service; undefined in a fleet with sysbox. */
function clientSecretArns({
  dockerClients,
}: Pick<CiFleetArgs, "dockerClients">): Record<string, pulumi.Input<string>> | undefined {
  return (
    dockerClients &&
    Object.fromEntries(Object.entries(dockerClients).map(([service, { secretArn }]) => [service, secretArn]))
  );
}

/** What a fleet's hosts run, if anything. */
export function fleetWorkload(fleet: Partial<CiFleetArgs>): Workload | undefined {
  return fleet.compose === undefined ? undefined : workload(workloadOptions(fleet, fleet.compose));
}

/** What the compose file is held to. */
export function workloadOptions(fleet: Partial<CiFleetArgs>, compose: string): WorkloadOptions {
  const { dockerServices = [], dockerClients, requireImageDigests = false } = fleet;
  const hostDirectories = ["/srv/ci", "/run/ci-host/secrets"];
  return { compose, dockerServices, dockerClients, requireImageDigests, hostDirectories };
}
