import { remembered } from "./remembered";
import type { Finding, Resource, Rule, Severity } from "./rule";
import { severities } from "./rule";
import { certificateRules } from "./rules/certificates";
import { dockerRules } from "./rules/docker";
import { dockerHostRules } from "./rules/dockerHost";
import { hostRules } from "./rules/hosts";
import { iamRules } from "./rules/iam";
import { judgedRules } from "./rules/judged";
import { networkRules } from "./rules/network";
import { releaseRules } from "./rules/releases";
import { secretRules } from "./rules/secrets";
import { userDataRules } from "./rules/userData";
import { workloadRules } from "./rules/workload";

/** Every rule, by subject. */
export const rules: readonly Rule[] = [
  ...networkRules,
  ...hostRules,
  ...userDataRules,
  ...dockerRules,
  ...dockerHostRules,
  ...workloadRules,
  ...secretRules,
  ...iamRules,
  ...certificateRules,
  ...releaseRules,
  ...judgedRules,
];

/** A rule that a resource breaks. */
export interface Violation {
  /** Id of the rule. */
  readonly rule: string;
  readonly severity: Severity;
  readonly urn: string;
  readonly name: string;
  /** `components/fleet.ts:112`, or "". */
  readonly source: string;
  /** Where in the inputs; "" for the resource as such. */
  readonly path: string;
  /** What stands there; never a secret. */
  readonly found: string;
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

/** All that a manifest's resources break, the most severe first, then in the order of the URNs. */
export const violations = remembered(({ resources }: { readonly resources: readonly Resource[] }) =>
  rules.flatMap((rule) => violationsOf(rule, resources)).sort(bySeverityAndResource),
);

function violationsOf(rule: Rule, resources: readonly Resource[]): Violation[] {
  const { id, severity, what, why, fix } = rule;
  return findingsOf(rule, resources)
    .filter(({ resource }) => resource.options?.readId === undefined)
    .map(({ resource, path, found }) => {
      const { urn, name, source } = resource;
      return { rule: id, severity, urn, name, source, path, found, what, why, fix };
    });
}

function findingsOf(rule: Rule, resources: readonly Resource[]): (Finding & { resource: Resource })[] {
  return "checkStack" in rule
    ? [...rule.checkStack(resources)]
    : resources.flatMap((resource) => rule.check(resource).map((finding) => ({ ...finding, resource })));
}

function bySeverityAndResource(a: Violation, b: Violation): number {
  const key = ({ urn, path, rule }: Violation) => `${urn} ${path} ${rule}`;
  const bySeverity = severities.indexOf(a.severity) - severities.indexOf(b.severity);
  return bySeverity !== 0 ? bySeverity : key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}
