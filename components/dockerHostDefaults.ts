import type { TlsDockerHostArgs } from "./dockerHost";
import { Architecture } from "./host/architecture";
import { TlsOperatingSystem } from "./host/tlsDockerHost";

const defaults = {
  hostname: "docker.ci.internal",
  operatingSystem: TlsOperatingSystem.AmazonLinux2023,
  architecture: Architecture.Amd64,
  rootVolumeGib: 30,
  dataVolumeGib: 100,
  launchTimeoutSeconds: 900,
  logRetentionDays: 30,
} satisfies Partial<TlsDockerHostArgs>;

/** A Docker host's arguments with the defaults of those that are left out. */
export type WithDefaults<Args> = Omit<Args, keyof typeof defaults> & Required<Pick<TlsDockerHostArgs, keyof typeof defaults>>;

export function withDefaults<Args extends Partial<TlsDockerHostArgs>>(args: Args): WithDefaults<Args> {
  return { ...defaults, ...args };
}
