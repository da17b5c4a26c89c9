import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import { named, type Tags } from "./tags";

/** What is common to all bundles. */
export interface BundleOptions {
  readonly kmsKeyArn: pulumi.Input<string | undefined>;
  readonly tags: Tags;
}

/** A secret of Secrets Manager with certificates and keys as JSON, file by file. */
export function createBundle(
  name: string,
  files: Readonly<Record<string, pulumi.Input<string>>>,
  { kmsKeyArn, tags }: BundleOptions,
  child: pulumi.CustomResourceOptions,
): { arn: pulumi.Output<string>; versionId: pulumi.Output<string> } {
  const secret = new secretsmanager.Secret(
    name,
    { kmsKeyId: kmsKeyArn, recoveryWindowInDays: 7, tags: named(name, tags) },
    child,
  );
  const version = new secretsmanager.SecretVersion(
    `${name}-version`,
    { secretId: secret.id, secretString: pulumi.secret(pulumi.jsonStringify(files)) },
    child,
  );
  return { arn: secret.arn, versionId: version.versionId };
}
