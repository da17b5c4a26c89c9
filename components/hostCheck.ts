import * as pulumi from "@pulumi/pulumi";
import { createCheckCommand } from "./checkCommand";
import { variables } from "./hostCheck/variables";
import { hostCheckProblems } from "./hostCheckProblems";
import { refuse } from "./problems";

/** The inputs of a {@link HostCheck}. */
export interface HostCheckArgs {
  instanceId: pulumi.Input<string>;
  /** The region that the instance is in. */
  region: pulumi.Input<string>;
  /** What must be proven anew when it changes, beside the instance and the certificate: a digest of its user data, say. */
  triggers?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Version id of the secret with the server's certificate. Given, the check waits until the host serves that version,
   * and each new version is awaited anew.
   */
  serverSecretVersionId?: pulumi.Input<string | undefined>;
  /** How long the host may take, in seconds, 60 to 7200. Defaults to 900. */
  timeoutSeconds?: number;
  /** Base URL that stands in for AWS's endpoint, as seen from whoever deploys. */
  awsEndpointUrl?: string;
}

/**
 * Lets a deployment wait until a host is in service, and fail with the stage and the reason where its boot fails. It
 * asks through Systems Manager's Run Command, so whoever deploys needs no way to the host. It takes AWS credentials from
 * the deployment's environment. A preview asks nothing, and destroying it does nothing.
 */
export class HostCheck extends pulumi.ComponentResource {
  /** What the host reported, in JSON: instance, times, versions, checks that passed, stages, certificate served. */
  public readonly report: pulumi.Output<string>;
  public readonly kernelVersion: pulumi.Output<string>;
  public readonly dockerVersion: pulumi.Output<string>;

  constructor(name: string, args: HostCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ci-hosts:index:HostCheck", name, args, opts);

    refuse(`HostCheck ${name}`, hostCheckProblems(args));
    const { instanceId, region, timeoutSeconds = 900, awsEndpointUrl } = args;
    const secretVersion = pulumi.output(args.serverSecretVersionId).apply(orNothing);

    const check = createCheckCommand(
      `${name}-report`,
      "hostCheck",
      {
        environment: {
          [variables.instanceId]: instanceId,
          [variables.region]: region,
          [variables.timeoutSeconds]: String(timeoutSeconds),
          [variables.serverSecretVersionId]: secretVersion,
          ...(awsEndpointUrl === undefined ? {} : { [variables.awsEndpointUrl]: awsEndpointUrl }),
        },
        triggers: pulumi
          .all([instanceId, secretVersion, pulumi.output(args.triggers ?? [])])
          .apply(([instance, version, others]) => [instance, version, ...others]),
      },
      { parent: this },
    );

    this.report = check.stdout;
    this.kernelVersion = check.stdout.apply(kernelVersionIn);
    this.dockerVersion = check.stdout.apply(dockerVersionIn);
    this.registerOutputs({
      report: this.report,
      kernelVersion: this.kernelVersion,
      dockerVersion: this.dockerVersion,
    });
  }
}

function orNothing(value: string | undefined): string {
  return value ?? "";
}

export function kernelVersionIn(report: string): string {
  return versionIn(report, "kernel");
}

export function dockerVersionIn(report: string): string {
  return versionIn(report, "docker");
}

/** In this repository's preview the report is a symbol, and stands for what would be in it. */
function versionIn(report: string, name: "kernel" | "docker"): string {
  if (!report.startsWith("{")) {
    return report;
  }
  const { versions } = JSON.parse(report) as { readonly versions: Readonly<Record<string, string | null>> };
  return versions[name] ?? "unknown";
}
