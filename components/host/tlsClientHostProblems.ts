import type { Problem } from "../problems";
import { ciHostProblems } from "./ciHostProblems";
import { addressProblems } from "./containerAddresses";
import { releaseProblems } from "./releaseProblems";
import { settingProblems } from "./settings";
import type { TlsClientHostOptions } from "./tlsClientHost";

/** What is wrong with the options of a host whose services use a Docker host over TLS; paths are the options' names. */
export function tlsClientHostProblems(options: TlsClientHostOptions): Problem[] {
  const { docker = {}, clientSecretArns, dockerHostname } = options;
  return [
    ...releaseProblems(docker, {}),
    ...addressProblems(options),
    ...ciHostProblems(options),
    ...settingProblems("dockerHostname", dockerHostname, "word"),
    ...clientProblems(clientSecretArns),
  ];
}

function clientProblems(clientSecretArns: Readonly<Record<string, string>>): Problem[] {
  const entries = Object.entries(clientSecretArns);
  if (entries.length === 0) {
    const rule = "names no client: there is nothing to reach the Docker host for";
    return [
      { path: "clientSecretArns", value: clientSecretArns, rule, fix: "give a service of the workload a client" },
    ];
  }
  return entries.flatMap(([service, arn]) => [
    ...(/^[a-zA-Z0-9][\w.-]*$/.test(service)
      ? []
      : [
          {
            path: `clientSecretArns.${service}`,
            value: service,
            rule: "is not the name of a service: letters, digits, dots, hyphens and underscores",
            fix: "use the name that the compose file has",
          },
        ]),
    ...settingProblems(`clientSecretArns.${service}`, arn, "word"),
  ]);
}
