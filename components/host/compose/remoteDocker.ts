import { posix } from "node:path";
import type { Problem } from "../../problems";
import { bundleMountPath, bundlesDirectory, clientEnvironment, type NamedClient } from "../dockerClients";
import { type Data, isMapping, type Mapping } from "./file";
import { dockerRuntime } from "./isolation";
import { pathText } from "./verdict";

/** A service that is told the Docker host it uses, with its own client's bundle, and nobody else's, to read. */
export function withRemoteDocker(name: string, service: Mapping, { hostname }: NamedClient): Mapping {
  const { environment, volumes } = service;
  const bundle = {
    type: "bind",
    source: `${bundlesDirectory}/${name}`,
    target: bundleMountPath,
    read_only: true,
  };
  return {
    ...service,
    environment: { ...(isMapping(environment) ? environment : {}), ...clientEnvironment(hostname) },
    volumes: [...(Array.isArray(volumes) ? volumes : []), bundle],
  };
}

/** What is wrong with a service that is to use a Docker host. Expects the long forms. */
export function remoteProblems(name: string, service: Mapping): Problem[] {
  const { runtime, environment } = service;
  const settings = isMapping(environment) ? Object.entries(environment) : [];
  return [
    ...(runtime === dockerRuntime
      ? [
          {
            path: `services.${name}.runtime`,
            value: runtime,
            rule: "hosts of this fleet have no sysbox: its services use a Docker host over TLS",
            fix: "write x-docker: true instead, or leave dockerClients out for a fleet with sysbox",
          },
        ]
      : []),
    ...settings
      .filter(([variable]) => decidesOnDaemon.test(variable))
      .map(([variable, value]) => ({
        path: pathText(["services", name, "environment", variable]),
        value,
        rule: "is set from the service's client, and anything else would lead it to another daemon, or past TLS",
        fix: "leave it out",
      })),
    ...targets(service)
      .filter(({ target }) => isInBundle(target))
      .map(({ path, target }) => ({
        path: pathText(["services", name, ...path]),
        value: target,
        rule: `covers the certificate of the service's client, which is mounted at ${bundleMountPath}`,
        fix: "choose another path in the container",
      })),
  ];
}

/** What the docker command and docker-py, docker-modem and docker-java go by when they look for the daemon. */
const decidesOnDaemon = /^DOCKER_(HOST|TLS|TLS_VERIFY|CERT_PATH|CONTEXT)$/;

/** Everything that comes to lie at a path of the container. */
function targets({ volumes, tmpfs, secrets, configs }: Mapping) {
  const entries = { volumes, tmpfs, secrets, configs };
  return Object.entries(entries).flatMap(([kind, list]) =>
    (Array.isArray(list) ? list : []).map((entry: Data, index) => ({
      path: [kind, index],
      target: isMapping(entry) ? String(entry.target) : String(entry).replace(/:.*/, ""),
    })),
  );
}

/** A mount above it does no harm: Docker mounts the outer one first. In most images /var/run is a link to /run. */
function isInBundle(target: string): boolean {
  const path = posix.resolve("/", target).replace(/^\/var\/run(?=\/|$)/, "/run");
  return path === bundleMountPath || path.startsWith(`${bundleMountPath}/`);
}
