import * as pulumi from "@pulumi/pulumi";
import { releaseTag } from "./release";

/** Tags as a user gives them. */
export type Tags = pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;

/** The given tags and a `Name`, which is what AWS's console lists. */
export function named(name: string, tags: Tags): pulumi.Output<Record<string, string>> {
  return pulumi.output(tags ?? {}).apply((given): Record<string, string> => ({ ...given, Name: name }));
}

/** The given tags, and the release of the machines that they are on. */
export function released(tags: pulumi.Output<Record<string, string>>, releaseId: pulumi.Input<string>) {
  return pulumi.all([tags, releaseId]).apply(withRelease);
}

function withRelease([tags, releaseId]: [Record<string, string>, string]): Record<string, string> {
  return { ...tags, [releaseTag]: releaseId };
}
