import type { iam } from "@pulumi/aws/types/input";
import * as pulumi from "@pulumi/pulumi";
import type { DockerCertificates } from "./certificates";
import { clientEnvironment } from "./host/dockerClients";
import { readSecret } from "./policies";
import type { Problem } from "./problems";

/** The settings that every Docker client knows: Docker's own, docker-py, docker-modem, docker-java. */
export interface DockerClientEnvironment {
  /** `tcp://<hostname>:2376` */
  DOCKER_HOST: string;
  /** `1`: the daemon must prove itself, too. */
  DOCKER_TLS_VERIFY: string;
  /** The directory with ca.pem, cert.pem and key.pem, /run/docker-client. */
  DOCKER_CERT_PATH: string;
}

/** One client of a Docker host, with a certificate of its own. */
export interface DockerClient {
  /** As it was named where the certificates were made, `runner-a`. */
  name: string;
  /** The Docker host's name in DNS. */
  hostname: string;
  /** What a container that has the bundle mounted gets into its environment. */
  environment: DockerClientEnvironment;
  /** ARN of the secret that holds the bundle: JSON with `ca`, `cert` and `key`. */
  secretArn: pulumi.Output<string>;
  /** Principals that may read the bundle beside the one that uses it. */
  administratorArns: pulumi.Output<string[]>;
  /** Stands for a host that has proved itself: who uses the daemon from its first moment waits for it. */
  ready?: pulumi.Resource;
  /** What lets a role read the bundle, for its policy. */
  readStatements: pulumi.Output<iam.PolicyStatement[]>;
}

/** The client of a name, of whom the certificates are made. */
export function dockerClient(
  name: string,
  hostname: string,
  { clientSecretArns, administratorArns }: DockerCertificates,
  kmsKeyArn: pulumi.Input<string | undefined>,
  ready: pulumi.Resource,
): DockerClient {
  const secretArn = clientSecretArns.apply((arns) => arnOf(arns, name));
  const readStatements = pulumi.all([secretArn, kmsKeyArn]).apply(([arn, key]) => readSecret(arn, key));
  return {
    name,
    hostname,
    environment: { ...clientEnvironment(hostname) },
    secretArn,
    administratorArns,
    readStatements,
    ready,
  };
}

/** A client as far as it is known before there is a certificate: what a fleet's arguments are judged by. */
export function plannedDockerClient(name: string, hostname: string): DockerClient {
  return {
    ...{ name, hostname, environment: { ...clientEnvironment(hostname) } },
    ...{ secretArn: pulumi.output(""), administratorArns: pulumi.output([]), readStatements: pulumi.output([]) },
  };
}

/** By whom the bundles of clients are read: a secret has one policy, and the last one written would lock out the rest. */
const takenBy = new WeakMap<DockerClient, string>();

/** From now on `reader` reads the client's bundle, and no other. */
export function takeClient(client: DockerClient, reader: string): void {
  takenBy.set(client, reader);
}

/** Which of a fleet's clients have a reader already; paths are `dockerClients.<service>`. */
export function takenClientProblems(clients: Readonly<Record<string, DockerClient>>): Problem[] {
  return Object.entries(clients).flatMap(([service, client]) => {
    const reader = takenBy.get(client);
    const rule = `is the client of ${reader} already: nobody else can read its certificate`;
    const fix = "name one more client where the certificates are made, and give that";
    return reader === undefined ? [] : [{ path: `dockerClients.${service}`, value: client.name, rule, fix }];
  });
}

function arnOf(arns: Readonly<Record<string, string>>, name: string): string {
  const arn = arns[name];
  if (arn === undefined) {
    throw new Error(`there is no certificate for ${name}`);
  }
  return arn;
}
