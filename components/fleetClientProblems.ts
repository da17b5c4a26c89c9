import type { DockerClient } from "./dockerClient";
import type { CiFleetArgs } from "./fleet";
import { workloadOptions } from "./fleetHost";
import { dockerTlsPort } from "./host/dockerClients";
import { workloadClientProblems } from "./host/workload";
import type { Problem } from "./problems";

/** What a fleet whose services use a Docker host over TLS may not be told. */
export function fleetClientProblems(
  args: Partial<CiFleetArgs>,
  dockerClients: Readonly<Record<string, DockerClient>>,
): Problem[] {
  const { compose, sysbox, probeImage, egressPorts = [] } = args;
  const names = Object.values(dockerClients).map(({ name }) => name);
  const none = names.length === 0;
  return [
    ...(sysbox === undefined
      ? []
      : [
          {
            path: "sysbox",
            value: sysbox,
            rule: "goes with no dockerClients: with sysbox the TLS host is unnecessary",
            fix: "leave dockerClients and the Docker host out, or sysbox where jobs cannot run under it",
          },
        ]),
    ...(none
      ? [{ path: "dockerClients", value: dockerClients, rule: "must name a client", fix: "leave it out for sysbox" }]
      : []),
    ...(compose === undefined && !none
      ? [
          {
            path: "dockerClients",
            value: names,
            rule: "are for services of the workload, and there is none",
            fix: "give compose, with services that ask for Docker, or leave dockerClients out",
          },
        ]
      : []),
    ...(probeImage === undefined
      ? []
      : [
          {
            path: "probeImage",
            value: probeImage,
            rule: "is for a Docker inside of a container, and these hosts have none: they prove themselves without an image",
            fix: "leave it out",
          },
        ]),
    ...egressPorts.flatMap((port, index) =>
      port === dockerTlsPort
        ? [
            {
              path: `egressPorts[${index}]`,
              value: port,
              rule: "is Docker over TLS, which jobs reach inside of the VPC and nowhere else",
              fix: "leave it out: dockerClients opens it to the VPC",
            },
          ]
        : [],
    ),
    ...(compose === undefined ? [] : workloadClientProblems(workloadOptions(args, compose))),
  ];
}
