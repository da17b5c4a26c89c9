import type { iam } from "@pulumi/aws/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { clientEnvironment } from "./host/dockerClients";

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
  /** What lets a role read the bundle, for its policy. */
  readStatements: pulumi.Output<iam.PolicyStatement[]>;
}

/** What a container that has a client's bundle mounted at /run/docker-client gets into its environment. */
export function dockerClientEnvironment(hostname: string): DockerClientEnvironment {
  return { ...clientEnvironment(hostname) };
}
