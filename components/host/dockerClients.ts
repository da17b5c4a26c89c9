import type { Problem } from "../problems";

/** A client of a Docker daemon that listens over TLS, as far as a host's content names it. */
export interface NamedClient {
  readonly name: string;
  /** The name of the daemon's host, which its certificate bears. */
  readonly hostname: string;
}

/** What tells every Docker client where the daemon is, and by which certificate it is let in. */
export interface ClientEnvironment {
  readonly DOCKER_HOST: string;
  readonly DOCKER_TLS_VERIFY: string;
  readonly DOCKER_CERT_PATH: string;
}

/** The port of Docker over TLS, as registered with IANA. */
export const dockerTlsPort = 2376;

/** Where a container finds its ca.pem, cert.pem and key.pem. */
export const bundleMountPath = "/run/docker-client";

/** Where a host keeps the bundles, in memory: one directory for each service. */
export const bundlesDirectory = "/run/ci-host/docker-clients";

/** What a container with a bundle at {@link bundleMountPath} gets into its environment. */
export function clientEnvironment(hostname: string): ClientEnvironment {
  return {
    DOCKER_HOST: `tcp://${hostname}:${dockerTlsPort}`,
    // docker-modem, which Node's clients build on, takes no other word for yes.
    DOCKER_TLS_VERIFY: "1",
    DOCKER_CERT_PATH: bundleMountPath,
  };
}

/**
 * What is wrong with who gets which client; paths are `dockerClients.<service>`.
 *
 * `services` are all that the compose file has, `asking` those of them that ask for Docker.
 */
export function dockerClientProblems(
  clients: Readonly<Record<string, NamedClient>>,
  services: readonly string[],
  asking: readonly string[],
): Problem[] {
  const entries = Object.entries(clients);
  const missing = asking
    .filter((service) => !Object.hasOwn(clients, service))
    .map((service) => ({
      path: `dockerClients.${service}`,
      value: undefined,
      rule: "the service asks for Docker, and has no client: there is no other Docker for it here",
      fix: `give it one, dockerHost.client("${service}"), or take the request out of the compose file`,
    }));
  return [
    ...missing,
    ...entries.flatMap(([service, client], index) => [
      ...serviceProblems(service, client, services, asking),
      ...nameProblems(service, client),
      ...sharingProblems(service, client, entries.slice(0, index)),
    ]),
  ];
}

function serviceProblems(
  service: string,
  { name }: NamedClient,
  services: readonly string[],
  asking: readonly string[],
): Problem[] {
  const path = `dockerClients.${service}`;
  if (!services.includes(service)) {
    const rule = "there is no service of that name in the compose file";
    return [{ path, value: name, rule, fix: `name one of: ${services.join(", ")}` }];
  }
  if (!asking.includes(service)) {
    const rule = "the service does not ask for Docker, and whoever has a client is root on the Docker host";
    return [{ path, value: name, rule, fix: "mark the service with x-docker: true, or leave the client out" }];
  }
  return [];
}

function nameProblems(service: string, { hostname }: NamedClient): Problem[] {
  if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(hostname)) {
    return [];
  }
  const rule = "must be a name in DNS, small letters, digits, hyphens and dots";
  return [{ path: `dockerClients.${service}.hostname`, value: hostname, rule, fix: 'as in "docker.ci.internal"' }];
}

/** One certificate for each service, so that one can be told from the other; and one daemon. */
function sharingProblems(
  service: string,
  { name, hostname }: NamedClient,
  before: readonly (readonly [service: string, client: NamedClient])[],
): Problem[] {
  const path = `dockerClients.${service}`;
  const twin = before.find(([, other]) => other.name === name && other.hostname === hostname);
  if (twin !== undefined) {
    const rule = `is the client of ${twin[0]} already: each service has a certificate of its own`;
    return [{ path, value: name, rule, fix: "name one more client where the certificates are made, and give that" }];
  }
  const [first] = before;
  if (first !== undefined && first[1].hostname !== hostname) {
    const rule = `is another Docker host than that of ${first[0]}, ${first[1].hostname}: a fleet uses one`;
    return [{ path: `${path}.hostname`, value: hostname, rule, fix: "give each Docker host a fleet of its own" }];
  }
  return [];
}
