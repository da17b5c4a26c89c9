import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import { readableOnlyBy } from "./policies";

/** A secret with a certificate and its key, and who may read it. */
export interface BundleReaderOptions {
  readonly secretArn: pulumi.Input<string>;
  /** The roles that use it. */
  readonly roleArns: pulumi.Input<string>[];
  /** Principals that may read it besides. */
  readonly administratorArns: pulumi.Input<string[]>;
}

/**
 * Keeps a bundle from everybody but the roles that use it and the administrators, whatever other policies allow. A secret
 * has one such policy: without this resource the last one stays, since none would let in whoever other policies allow.
 */
export function createBundleReader(
  name: string,
  { secretArn, roleArns, administratorArns }: BundleReaderOptions,
  child: pulumi.CustomResourceOptions,
): secretsmanager.SecretPolicy {
  const policy = pulumi
    .all([pulumi.all(roleArns), administratorArns])
    .apply(([roles, administrators]) => readableOnlyBy(roles, administrators));
  return new secretsmanager.SecretPolicy(
    `${name}-reader`,
    { secretArn, policy: pulumi.jsonStringify(policy) },
    { ...child, retainOnDelete: true },
  );
}
