import type { TlsDockerHostArgs } from "./dockerHost";
import { Architecture } from "./host/architecture";
import { TlsOperatingSystem } from "./host/tlsOperatingSystems";

/** What a Docker host is where its arguments do not say; the arguments' own comments name the same values. */
const defaults = {
  hostname: "docker.ci.internal",
  operatingSystem: TlsOperatingSystem.AmazonLinux2023 as TlsOperatingSystem,
  architecture: Architecture.Amd64 as Architecture,
  rootVolumeGib: 30,
  dataVolumeGib: 100,
  rotationMinutes: 15,
  // Long enough for `pulumi up` to ask it why.
  debugTimeoutSeconds: 300,
  launchTimeoutSeconds: 900,
  logRetentionDays: 30,
} satisfies Partial<TlsDockerHostArgs>;

/** Arguments of a Docker host in which everything is decided that has a default. */
export type WithDefaults<Args> = Args & Required<Pick<TlsDockerHostArgs, keyof typeof defaults>>;

/** The arguments, and the defaults where they do not say. */
export function withDefaults<Args extends Partial<TlsDockerHostArgs>>(args: Args): WithDefaults<Args> {
  return { ...defaults, ...args };
}
