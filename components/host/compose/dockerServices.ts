import type { Problem } from "../../problems";
import { type Data, isMapping, type Mapping } from "./file";
import { dockerRuntime } from "./isolation";
import { remoteProblems } from "./remoteDocker";
import { pathText } from "./verdict";

/** The services that ask for Docker inside: by `x-docker: true`, by naming the runtime, or by being named. */
export function servicesWithDocker(services: Mapping, named: readonly string[]): string[] {
  return Object.entries(services).flatMap(([name, service]) =>
    isMapping(service) && (service["x-docker"] === true || service.runtime === dockerRuntime || named.includes(name))
      ? [name]
      : [],
  );
}

/** Where the services that ask for Docker find it: inside of their own container, or on another host over TLS. */
export type DockerPlace = "inside" | "remote";

/** What is wrong with how services ask for Docker, or use it. Expects the long forms. */
export function dockerProblems(services: Mapping, named: readonly string[], place: DockerPlace): Problem[] {
  const unknown = named.flatMap((name, index) =>
    Object.hasOwn(services, name)
      ? []
      : [
          {
            path: `dockerServices[${index}]`,
            value: name,
            rule: "there is no service of that name in the compose file",
            fix: `name one of: ${Object.keys(services).join(", ")}`,
          },
        ],
  );
  const withDocker = servicesWithDocker(services, named);
  const wrong = Object.entries(services).flatMap(([name, service]) =>
    isMapping(service)
      ? [
          ...requestProblems(name, service, named.includes(name)),
          ...(withDocker.includes(name)
            ? askingProblems[place](name, service, Object.keys(services))
            : clientProblems(name, service, Object.keys(services))),
        ]
      : [],
  );
  return [...unknown, ...wrong];
}

/** What is wrong with a service that asks for Docker. */
const askingProblems: Readonly<
  Record<DockerPlace, (name: string, service: Mapping, services: readonly string[]) => Problem[]>
> = {
  inside: (name, service, services) => [...clientProblems(name, service, services), ...dataProblems(name, service)],
  remote: remoteProblems,
};

function requestProblems(service: string, { "x-docker": request }: Mapping, named: boolean): Problem[] {
  if (request === undefined || request === true || (request === false && !named)) {
    return [];
  }
  return [
    {
      path: `services.${service}.x-docker`,
      value: request,
      rule: request === false ? "dockerServices names this service too" : "is true or false",
      fix: "write x-docker: true for a service that needs Docker, or leave it out",
    },
  ];
}

/** A client may use the Docker inside its own container, or inside another service of the file. */
function clientProblems(service: string, { environment }: Mapping, services: readonly string[]): Problem[] {
  const address = isMapping(environment) ? environment.DOCKER_HOST : undefined;
  if (typeof address !== "string") {
    return [];
  }
  const host = address.match(/^tcp:\/\/([\w.-]+)(:\d+)?$/)?.[1];
  if (
    /^unix:\/\/\/[\w./-]+$/.test(address) ||
    (host !== undefined && ["localhost", "127.0.0.1", ...services].includes(host))
  ) {
    return [];
  }
  return [
    {
      path: pathText(["services", service, "environment", "DOCKER_HOST"]),
      value: address,
      rule: "is a Docker daemon outside of this project",
      fix: "leave it out: a service with x-docker: true gets a Docker of its own",
    },
  ];
}

/** nestybox/sysbox#1021: Docker's data that outlives its container corrupts the snapshotter of the next one. */
function dataProblems(service: string, { volumes }: Mapping): Problem[] {
  return (Array.isArray(volumes) ? volumes : []).flatMap((mount: Data, index) =>
    isMapping(mount) && /^\/var(\/lib(\/(docker|containerd)(\/.*)?)?)?\/?$/.test(String(mount.target))
      ? [
          {
            path: pathText(["services", service, "volumes", index]),
            value: mount.target,
            rule: "Docker's data must not outlive the container that holds it (nestybox/sysbox#1021)",
            fix: "leave the mount out: sysbox gives the container a store of its own",
          },
        ]
      : [],
  );
}
