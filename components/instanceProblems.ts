import type * as pulumi from "@pulumi/pulumi";
import { type Architecture, architectureOf } from "./host/architecture";
import type { Problem } from "./problems";

/** What keeps an instance type from running hosts of an architecture. */
export function instanceTypeProblem(path: string, type: string, architecture: Architecture): Problem[] {
  const itsArchitecture = architectureOf(type);
  if (itsArchitecture === undefined) {
    const rule = "must be an EC2 instance type that runs Linux, family.size";
    return [{ path, value: type, rule, fix: "see `aws ec2 describe-instance-types`; an example is m7i.large" }];
  }
  if (itsArchitecture !== architecture) {
    const rule = `is ${itsArchitecture}, and the hosts are ${architecture}: one AMI cannot boot both`;
    return [{ path, value: type, rule, fix: `take a type of ${architecture}` }];
  }
  return [];
}

/** What is wrong with the id of an image, if one is given that is known already; the path is `amiId`. */
export function amiProblems(amiId: pulumi.Input<string> | undefined): Problem[] {
  if (typeof amiId !== "string" || /^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(amiId)) {
    return [];
  }
  const rule = "must be the id of an AMI: ami- and 8 or 17 hexadecimal digits";
  return [{ path: "amiId", value: amiId, rule, fix: "leave it out to follow the publisher's current image" }];
}
