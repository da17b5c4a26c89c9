import * as pulumi from "@pulumi/pulumi";
import { createCheckCommand } from "./checkCommand";
import { rolloutMitigations } from "./mitigations";
import { refuse } from "./problems";
import type { ProvenRelease, Release } from "./release";
import { variables } from "./rolloutCheck/variables";
import { rolloutCheckProblems } from "./rolloutCheckProblems";

/** The inputs of a {@link RolloutCheck}. */
export interface RolloutCheckArgs {
  /** The region that the group is in. */
  region: pulumi.Input<string>;
  /** The auto scaling group whose hosts are awaited. */
  groupName: pulumi.Input<string>;
  /** The log group that they send their boot reports to. */
  logGroupName: pulumi.Input<string>;
  /** Version of the launch template that they must have: a number, not `$Latest`. */
  templateVersion: pulumi.Input<string>;
  /** What they must report to be made of. */
  release: pulumi.Input<Release>;
  /** How long the rollout may take, in seconds, 300 to 43200. Defaults to 3600. */
  timeoutSeconds?: number;
  /**
   * What happens where the group wants no host: one is started, checked and taken away again. With false the release
   * stays unproven, and the check says so. Defaults to true.
   */
  canary?: boolean;
  /** Base URL that stands in for AWS's endpoints, as seen from whoever deploys. */
  awsEndpointUrl?: string;
}

/**
 * Lets a deployment wait until every host of a fleet is in service with the release, and fail with the host, the stage
 * and the reason where that does not come about. It asks Auto Scaling and CloudWatch Logs, and through Systems Manager
 * those hosts whose report is late; whoever deploys needs no way to the hosts. It takes AWS credentials from the
 * deployment's environment. A preview asks nothing, and destroying it does nothing.
 */
export class RolloutCheck extends pulumi.ComponentResource {
  /** What was found out, in JSON: outcome, release, template version, time, hosts, versions; or that it is unproven. */
  public readonly proof: pulumi.Output<string>;
  /** The release, once hosts came into service with it; none where it stays unproven. */
  public readonly provenRelease: pulumi.Output<ProvenRelease | undefined>;
  /** What it does against the threats of CI: ids that docs/posture.md explains. */
  public readonly mitigations: pulumi.Output<string[]>;

  constructor(name: string, args: RolloutCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ci-hosts:index:RolloutCheck", name, args, opts);

    refuse(`RolloutCheck ${name}`, rolloutCheckProblems(args));
    const { groupName, templateVersion, timeoutSeconds = 3600, canary = true, awsEndpointUrl } = args;
    const release = pulumi.output(args.release);
    const releaseId = release.apply(idOf);

    const check = createCheckCommand(
      `${name}-proof`,
      "rolloutCheck",
      {
        environment: {
          [variables.region]: args.region,
          [variables.groupName]: groupName,
          [variables.logGroupName]: args.logGroupName,
          [variables.templateVersion]: templateVersion,
          [variables.release]: releaseId,
          [variables.timeoutSeconds]: String(timeoutSeconds),
          [variables.canary]: String(canary),
          ...(awsEndpointUrl === undefined ? {} : { [variables.awsEndpointUrl]: awsEndpointUrl }),
        },
        triggers: pulumi.all([groupName, templateVersion, releaseId]),
      },
      { parent: this },
    );

    this.proof = check.stdout;
    this.provenRelease = pulumi.all([check.stdout, release]).apply(provenRelease);
    this.mitigations = pulumi.output(rolloutMitigations);
    this.registerOutputs({
      proof: this.proof,
      provenRelease: this.provenRelease,
      mitigations: this.mitigations,
    });
  }
}

/** What stands for the proof in this repository's preview. */
const symbolForm = /^(?:‹[^‹›]*›)+$/;

function idOf({ id }: Release): string {
  return id;
}

/** The release that a check's proof is of. */
export function provenRelease([proof, release]: [string, Release]): ProvenRelease | undefined {
  if (symbolForm.test(proof)) {
    return { ...release, proof };
  }
  if (!proof.startsWith("{")) {
    throw new Error(`the check printed no proof of release ${release.id}`);
  }
  const { outcome, release: id } = JSON.parse(proof) as { readonly outcome?: unknown; readonly release?: unknown };
  if (id !== release.id) {
    throw new Error(`the proof is of release ${id}, not of ${release.id}: deploy both together`);
  }
  return outcome === "proven" ? { ...release, proof } : undefined;
}
