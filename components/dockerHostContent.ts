import type { TlsDockerHostArgs } from "./dockerHost";
import type { WithDefaults } from "./dockerHostDefaults";
import { DockerSource, exactDocker } from "./host/releases";
import { type TlsDockerHostOptions, tlsDockerHost } from "./host/tlsDockerHost";
import { type Release, releaseOf } from "./release";

/** What only a deployment knows of the host. */
export interface DeployedNames {
  readonly releaseId?: string;
  readonly logGroupName: string;
  readonly serverSecretArn: string;
}

/** The part of the arguments that decides what stands on the host. */
type ContentArgs = WithDefaults<Partial<TlsDockerHostArgs>> & Pick<TlsDockerHostArgs, "vpcCidr">;

/** What the Docker host is made of. */
export function hostContent(host: ContentArgs, deployed: DeployedNames): TlsDockerHostOptions {
  const { operatingSystem, vpcCidr, hostname, docker, packageMirror, securityMirror, awsEndpointUrl } = host;
  const { bridgeCidr, addressPools, rotationMinutes, garbageCollectionPercent } = host;
  const { launchTimeoutSeconds, debugTimeoutSeconds } = host;
  return {
    ...{ operatingSystem, vpcCidr, hostname, docker, packageMirror, securityMirror, awsEndpointUrl },
    ...{ bridgeCidr, addressPools, rotationMinutes, garbageCollectionPercent },
    ...{ launchTimeoutSeconds, debugTimeoutSeconds },
    ...deployed,
  };
}

/** What the Docker host is, on an image. */
export function dockerHostRelease(host: ContentArgs, amiId: string): Release {
  const { operatingSystem, architecture, docker = { source: DockerSource.Distribution } } = host;
  return releaseOf(amiId, {
    operatingSystem,
    architecture,
    docker: exactDocker(docker),
    cloudConfig: tlsDockerHost(hostContent(host, { logGroupName: "logs", serverSecretArn: "server" })),
  });
}
