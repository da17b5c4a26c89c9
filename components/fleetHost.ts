import * as pulumi from "@pulumi/pulumi";
import type { CiFleetArgs } from "./fleet";
import type { WithDefaults } from "./fleetDefaults";
import { lifecycleHookNames } from "./fleetGroup";
import { userData } from "./host/cloudConfig";
import { type SysboxHostOptions, sysboxHost } from "./host/sysboxHost";
import { type Workload, type WorkloadOptions, workload } from "./host/workload";

/** What only a deployment knows of a host. */
export interface DeployedNames {
  readonly logGroupName: string;
  readonly secretArns: Readonly<Record<string, string>>;
}

/** The part of a fleet's arguments that decides what stands on its hosts. */
type HostArgs = WithDefaults<Partial<CiFleetArgs>> & Pick<CiFleetArgs, "vpcCidr">;

/** What a fleet's hosts are made of, but for the workload. */
export function hostOptions(fleet: HostArgs, { logGroupName, secretArns }: DeployedNames): SysboxHostOptions {
  const { operatingSystem, architecture, vpcCidr, docker, sysbox, packageMirror, securityMirror } = fleet;
  const { bridgeCidr, addressPools, awsEndpointUrl } = fleet;
  const { probeImage, requireImageDigests, unhealthyThreshold, garbageCollectionPercent, debugTimeoutSeconds } = fleet;
  return {
    ...{ operatingSystem, architecture, vpcCidr, docker, sysbox, packageMirror, securityMirror },
    ...{ bridgeCidr, addressPools, awsEndpointUrl },
    ...{ probeImage, requireImageDigests, unhealthyThreshold, garbageCollectionPercent, debugTimeoutSeconds },
    launchingHook: { name: lifecycleHookNames.launching, timeoutSeconds: fleet.launchTimeoutSeconds },
    terminatingHook: { name: lifecycleHookNames.terminating, timeoutSeconds: fleet.drainTimeoutSeconds },
    logGroupName,
    secretArns,
  };
}

/** User data of a fleet's hosts, as EC2 takes it. */
export function hostUserData(
  fleet: WithDefaults<CiFleetArgs>,
  compose: string | undefined,
  logGroupName: pulumi.Input<string>,
): pulumi.Output<string> {
  return pulumi
    .all([logGroupName, pulumi.all(fleet.secretArns)])
    .apply(([logGroup, secretArns]) =>
      userData(sysboxHost({ ...hostOptions(fleet, { logGroupName: logGroup, secretArns }), compose })),
    );
}

/** What a fleet's hosts run, if anything. */
export function fleetWorkload(fleet: Partial<CiFleetArgs>): Workload | undefined {
  return fleet.compose === undefined ? undefined : workload(workloadOptions(fleet, fleet.compose));
}

/** What the compose file is held to. */
export function workloadOptions(fleet: Partial<CiFleetArgs>, compose: string): WorkloadOptions {
  const { dockerServices = [], requireImageDigests = false } = fleet;
  return { compose, dockerServices, requireImageDigests, hostDirectories: ["/srv/ci", "/run/ci-host/secrets"] };
}
