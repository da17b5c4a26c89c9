import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import { readableOnlyBy } from "./policies";

/** A secret with a certificate and its key, and who may read it. */
export interface BundleReaderOptions {
  readonly secretArn: pulumi.Input<string>;
  /** The role that uses it. */
  readonly roleArn: pulumi.Input<string>;
  /** Principals that may read it besides. */
  readonly administratorArns: pulumi.Input<string[]>;
}

/** Keeps a bundle from everybody but the role that uses it and the administrators, whatever other policies allow. */
export function createBundleReader(
  name: string,
  { secretArn, roleArn, administratorArns }: BundleReaderOptions,
  child: pulumi.CustomResourceOptions,
): secretsmanager.SecretPolicy {
  const policy = pulumi
    .all([roleArn, administratorArns])
    .apply(([role, administrators]) => readableOnlyBy([role], administrators));
  return new secretsmanager.SecretPolicy(`${name}-reader`, { secretArn, policy: pulumi.jsonStringify(policy) }, child);
}
