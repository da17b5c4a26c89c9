import { type CiHostOptions, ciHost, words } from "./ciHost";
import type { CloudConfig } from "./cloudConfig";
import { clientDaemonConfig } from "./daemonConfig";
import { dockerDirectories } from "./dataVolume";
import { everyMinutes } from "./upkeep";

/** What a host is made of whose services use a Docker host over TLS. */
export interface TlsClientHostOptions extends CiHostOptions {
  readonly compose: string;
  /** The Docker host's name in DNS. */
  readonly dockerHostname: string;
  /** The secrets with the clients' certificates: the service that uses each, to the secret's ARN. */
  readonly clientSecretArns: Readonly<Record<string, string>>;
}

/** How long a new certificate takes to reach the containers at most, in minutes. */
const refreshMinutes = 15;

/** Everything that cloud-init puts on such a host. Must have no `tlsClientHostProblems`. */
export function tlsClientHost(options: TlsClientHostOptions): CloudConfig {
  const description = "Bring the client certificates of services up to date";
  return ciHost(options, {
    daemonConfig: clientDaemonConfig(options),
    basePackages: ["openssl"],
    files: {
      write_files: everyMinutes(refreshMinutes, "ci-host-docker-clients", description, "refresh-docker-clients.sh"),
    },
    stages: { beforeWorkload: ["docker-clients"], probe: "probe-remote" },
    terse: true,
    scripts: ["docker-client.sh", "docker-host.sh", "refresh-docker-clients.sh"],
    settings: { DOCKER_CLIENTS: words(options.clientSecretArns), DOCKER_CLIENT_HOST: options.dockerHostname },
    kept: {
      units: ["docker.service"],
      growingDirectories: dockerDirectories,
      furtherUnits: ["ci-host-docker-clients.timer"],
    },
  });
}
