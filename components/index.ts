export { CiFleet, type CiFleetArgs } from "./fleet";
export { fleetProblems } from "./fleetProblems";
export { Architecture } from "./host/architecture";
export { OperatingSystem } from "./host/operatingSystems";
export { DockerSource } from "./host/releases";
export { CiNetwork, type CiNetworkArgs, networkProblems } from "./network";
export { NatGateways } from "./networkTiers";
export { type Problem, RefusedError, refuse, within } from "./problems";
export { regionOf } from "./subnets";
