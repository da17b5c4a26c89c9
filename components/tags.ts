import * as pulumi from "@pulumi/pulumi";

/** Tags as a user gives them. */
export type Tags = pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;

/** The given tags and a `Name`, which is what AWS's console lists. */
export function named(name: string, tags: Tags): pulumi.Output<Record<string, string>> {
  return pulumi.output(tags ?? {}).apply((given): Record<string, string> => ({ ...given, Name: name }));
}
