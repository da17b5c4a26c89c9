import type { ResourceRule } from "../rule";

const judgedInTheOpen: ResourceRule = {
  id: "judged-in-the-open",
  severity: "high",
  what: "Nothing that decides who gets to a machine, and what it may do, is marked secret.",
  why: "What is secret is shown to no reviewer and judged by no rule: pulumi.secret() is all it would take to pass both.",
  fix: "Take pulumi.secret() away; where a value comes from a secret, keep that out of it, with pulumi.unsecret() if need be.",
  needsSecretMarks: true,
  check: ({ type, secretInputs }) =>
    secretInputs
      .filter((path) => isJudged(type, path))
      .map((path) => ({ path, found: "is secret, so that nobody can judge it" })),
};

export const judgedRules = [judgedInTheOpen];

/** Services whose resources have no secrets as inputs, but for a few. */
const openServices = /^aws:(?:autoscaling|ebs|ec2|iam|vpc)\//;

/** Of these other rules say more, or they are keys of a VPN. */
const elsewhere = /(?:^|\.)(?:userData(?:Base64)?|\w*(?:p|P)resharedKeys?)$/;

/** Inputs of policies, of whatever service. */
const policies = /^(?:access|assumeRole|key|repository|resource)?[pP]olicy$/;

function isJudged(type: string, path: string): boolean {
  return openServices.test(type) ? !elsewhere.test(path) : policies.test(path);
}
