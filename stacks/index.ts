import { CiFleet, CiNetwork, RolloutCheck, TlsDockerHost } from "../components";
import { readConfig } from "./config";
import { promoted } from "./promotion";

module.exports = async () => {
  const config = readConfig();
  const fleetArgs = await promoted(config);

  const network = new CiNetwork("ci", config.network);

  const dockerHost =
    config.dockerHost &&
    new TlsDockerHost("docker", {
      ...config.dockerHost,
      vpcId: network.vpcId,
      subnetId: network.isolatedSubnetId(config.dockerHost.zone),
      clientCidrs: network.ciSubnetCidrs,
      s3PrefixListId: network.s3PrefixListId,
    });

  const fleet = new CiFleet("fleet", {
    ...fleetArgs,
    ...(dockerHost && { dockerClients: clientsOf(dockerHost, config.dockerServices) }),
    vpcId: network.vpcId,
    subnetIds: network.ciSubnetIds,
  });

  const rollout = new RolloutCheck("rollout", {
    ...config.rollout,
    groupName: fleet.groupName,
    logGroupName: fleet.logGroupName,
    templateVersion: fleet.templateVersion,
    release: fleet.release,
  });

  return {
    vpcId: network.vpcId,
    fleetGroup: fleet.groupName,
    fleetLogs: fleet.logGroupName,
    /** What the hosts are. */
    release: fleet.release,
    /** The same once hosts of it are in service; a stack that names this one in promoteFrom takes it from here. */
    provenRelease: rollout.provenRelease,
    /** The Docker that jobs use, and where that is a host's, until when it can be reached. */
    docker: dockerHost
      ? {
          strategy: "tls",
          hostname: dockerHost.hostname,
          logs: dockerHost.logGroupName,
          clientSecretArns: dockerHost.clientSecretArns,
          daysToExpiry: dockerHost.daysToExpiry,
          renewsAt: dockerHost.renewsAt,
        }
      : { strategy: "sysbox" },
    /** What each component does against the threats of CI; `npm run posture` holds the claim against what is registered. */
    posture: {
      network: network.mitigations,
      fleet: fleet.mitigations,
      rollout: rollout.mitigations,
      ...(dockerHost && { dockerHost: dockerHost.mitigations }),
    },
  };
};

/** Each service is the client of its own name. */
function clientsOf(host: TlsDockerHost, services: readonly string[]) {
  return Object.fromEntries(services.map((service) => [service, host.client(service)]));
}
