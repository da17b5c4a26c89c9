import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import { readableOnlyByAdministrators } from "./policies";
import { named, type Tags } from "./tags";

/** What is common to all bundles. */
export interface BundleOptions {
  /** Who may read a bundle that has no reader yet. */
  readonly administratorArns: pulumi.Output<string[]>;
  readonly kmsKeyArn: pulumi.Input<string | undefined>;
  readonly tags: Tags;
}

/**
 * A secret of Secrets Manager with certificates and keys as JSON, file by file. It is closed to all but the administrators
 * before there is anything in it; its reader's policy, another resource, takes the place of that.
 */
export function createBundle(
  name: string,
  files: Readonly<Record<string, pulumi.Input<string>>>,
  { administratorArns, kmsKeyArn, tags }: BundleOptions,
  child: pulumi.CustomResourceOptions,
): { arn: pulumi.Output<string>; versionId: pulumi.Output<string> } {
  const secret = new secretsmanager.Secret(
    name,
    {
      kmsKeyId: kmsKeyArn,
      recoveryWindowInDays: 7,
      policy: pulumi.jsonStringify(administratorArns.apply(readableOnlyByAdministrators)),
      tags: named(name, tags),
    },
    // A refresh finds the reader's policy here, and it stays.
    { ...child, ignoreChanges: ["policy"] },
  );
  const version = new secretsmanager.SecretVersion(
    `${name}-version`,
    { secretId: secret.id, secretString: pulumi.secret(pulumi.jsonStringify(files)) },
    child,
  );
  return { arn: secret.arn, versionId: version.versionId };
}
