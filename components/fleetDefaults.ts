import type { CiFleetArgs } from "./fleet";
import { Architecture } from "./host/architecture";
import { OperatingSystem } from "./host/operatingSystems";

/** What a fleet is where its arguments do not say; the arguments' own comments name the same values. */
const defaults = {
  operatingSystem: OperatingSystem.Ubuntu2404 as OperatingSystem,
  architecture: Architecture.Amd64 as Architecture,
  rootVolumeGib: 30,
  dataVolumeGib: 100,
  onDemandBase: 0,
  spotPercent: 0,
  minHealthyPercent: 100,
  launchTimeoutSeconds: 900,
  drainTimeoutSeconds: 300,
  secretArns: {},
  egressPorts: [80, 443],
  logRetentionDays: 30,
} satisfies Partial<CiFleetArgs>;

/** Arguments of a fleet in which everything is decided that has a default. */
export type WithDefaults<Args> = Args & Required<Pick<CiFleetArgs, keyof typeof defaults>>;

/** The arguments, and the defaults where they do not say. */
export function withDefaults<Args extends Partial<CiFleetArgs>>(args: Args): WithDefaults<Args> {
  return { ...defaults, ...args };
}
