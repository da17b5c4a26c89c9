import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { assumedByEc2, ownLifecycle, ownTelemetry, readSecrets, sessionManager } from "./policies";
import { named, type Tags } from "./tags";

/** What a host's role is made for. */
export interface HostRoleOptions {
  /** Whether hosts tell Auto Scaling how they are. */
  readonly autoScaled: boolean;
  readonly logGroupArn: pulumi.Input<string>;
  /** Secrets that the host reads; none, no permission. */
  readonly secretArns: pulumi.Input<string>[];
  readonly kmsKeyArn: pulumi.Input<string | undefined>;
  readonly permissionsBoundaryArn: pulumi.Input<string | undefined>;
  readonly tags: Tags;
}

/** A host's identity, and the policies that it needs before it can come into service. */
export interface HostRole {
  readonly role: iam.Role;
  readonly profile: iam.InstanceProfile;
  readonly policies: iam.RolePolicy[];
}

/** A role for a host: its own lifecycle if it has one, its own telemetry, its own secrets, Session Manager, and nothing else. */
export function createHostRole(
  name: string,
  { autoScaled, logGroupArn, secretArns, kmsKeyArn, permissionsBoundaryArn, tags }: HostRoleOptions,
  child: pulumi.CustomResourceOptions,
): HostRole {
  const role = new iam.Role(
    `${name}-role`,
    {
      assumeRolePolicy: pulumi.jsonStringify(assumedByEc2()),
      permissionsBoundary: permissionsBoundaryArn,
      tags: named(`${name}-role`, tags),
    },
    child,
  );
  const profile = new iam.InstanceProfile(
    `${name}-profile`,
    { role: role.name, tags: named(`${name}-profile`, tags) },
    child,
  );
  const allow = (what: string, policy: pulumi.Input<iam.PolicyDocument>): iam.RolePolicy =>
    new iam.RolePolicy(`${name}-${what}`, { role: role.id, policy: pulumi.jsonStringify(policy) }, child);

  const policies = [
    ...(autoScaled ? [allow("lifecycle", role.name.apply(ownLifecycle))] : []),
    allow("telemetry", pulumi.output(logGroupArn).apply(ownTelemetry)),
    allow("session", sessionManager()),
  ];
  if (secretArns.length > 0) {
    const secrets = pulumi
      .all([pulumi.all(secretArns), pulumi.output(kmsKeyArn)])
      .apply(([arns, key]) => readSecrets(arns, key));
    policies.push(allow("secrets", secrets));
  }
  return { role, profile, policies };
}
