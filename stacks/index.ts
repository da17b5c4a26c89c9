import { CiFleet, CiNetwork, TlsDockerHost } from "../components";
import { readConfig } from "./config";

const config = readConfig();

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
  ...config.fleet,
  ...(dockerHost && { dockerClients: clientsOf(dockerHost, config.dockerServices) }),
  vpcId: network.vpcId,
  subnetIds: network.ciSubnetIds,
});

/** Each service is the client of its own name. */
function clientsOf(host: TlsDockerHost, services: readonly string[]) {
  return Object.fromEntries(services.map((service) => [service, host.client(service)]));
}

export const vpcId = network.vpcId;
export const fleetGroup = fleet.groupName;
/** What the hosts are. */
export const release = fleet.release;
export const fleetLogs = fleet.logGroupName;
/** The Docker that jobs use, and where that is a host's, until when it can be reached. */
export const docker = dockerHost
  ? {
      strategy: "tls",
      hostname: dockerHost.hostname,
      logs: dockerHost.logGroupName,
      daysToExpiry: dockerHost.daysToExpiry,
      renewsAt: dockerHost.renewsAt,
    }
  : { strategy: "sysbox" };
/** What each component does against the threats of CI; `npm run posture` holds the claim against what is registered. */
export const posture = {
  network: network.mitigations,
  fleet: fleet.mitigations,
  ...(dockerHost && { dockerHost: dockerHost.mitigations }),
};
