import { CiFleet, CiNetwork } from "../components";
import { readConfig } from "./config";

const config = readConfig();

const network = new CiNetwork("ci", config.network);

const fleet = new CiFleet("fleet", { ...config.fleet, vpcId: network.vpcId, subnetIds: network.ciSubnetIds });

export const vpcId = network.vpcId;
export const fleetGroup = fleet.groupName;
export const fleetLogs = fleet.logGroupName;
/** What each component does against the threats of CI; `npm run posture` holds the claim against what is registered. */
export const posture = { network: network.mitigations, fleet: fleet.mitigations };
