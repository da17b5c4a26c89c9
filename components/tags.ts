import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "./problems";
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

/**
 * What is wrong with tags that hosts have; paths are `tags["…"]`. AWS's rules for tags, and EC2's for those that the
 * metadata service serves, which our hosts read: it refuses to launch an instance with any other ("View tags for your EC2
 * instances using instance metadata" in the EC2 user guide). What only a deployment knows is not judged.
 */
export function tagProblems(tags: Readonly<Record<string, unknown>>): Problem[] {
  const entries = Object.entries(tags);
  const count = `are ${entries.length}, and AWS takes 50, some of which are the hosts' own: 45 at most`;
  return [
    ...entries.flatMap(([key, value]) => {
      const rule = keyRule(key) ?? valueRule(value);
      return rule === undefined ? [] : [{ path: `tags["${key}"]`, value, rule, fix: 'as in `CostCenter: "4711"`' }];
    }),
    ...(entries.length > 45 ? [{ path: "tags", value: entries.length, rule: count, fix: "leave some out" }] : []),
  ];
}

function keyRule(key: string): string | undefined {
  if (/^aws:/i.test(key)) {
    return "must not begin with aws:, AWS keeps that";
  }
  return /^[\w\-+=,.@:]{1,128}$/.test(key) && !/^(?:\.|\.\.|_index)$/.test(key)
    ? undefined
    : "must have a key of 1 to 128 letters, digits and -_+=,.@: alone: EC2 launches no host with another, its metadata service could not serve it";
}

function valueRule(value: unknown): string | undefined {
  return typeof value !== "string" || /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value)
    ? undefined
    : "must have at most 256 letters, digits, spaces and _.:/=+-@, AWS's rule for tags";
}
