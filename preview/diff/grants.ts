import { lowerKeys } from "../../policy/values";
import type { ManifestResource, Value } from "../manifest";
import { isMapping, listed, policyOf } from "./awsMeaning";

/** What a policy allows: an action on a resource, under conditions. */
interface Grant {
  readonly action: Scope;
  readonly resource: Scope;
  readonly conditions: readonly Term[];
  readonly principal: string;
}

/** A pattern of what is meant, or of all that is not: everything else is. */
interface Scope {
  readonly patterns: readonly string[];
  readonly isAllBut: boolean;
}

/** `StringEquals aws:SourceAccount 111122223333` and the like, all of which must hold. */
interface Term {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/**
 * What policies let do beyond what they let before; of a new one that stands on nothing that there was, what it lets do
 * with a wildcard, to anyone, or with the secrets and roles of all.
 */
export function widerGrants(
  before: ManifestResource | undefined,
  after: ManifestResource | undefined,
  isGained = before !== undefined,
): string[] {
  const [old, now] = [policiesOf(before), policiesOf(after)];
  const allowed = grants(old, "Allow");
  const gained = grants(now, "Allow").filter((grant) => !allowed.some((one) => covers(one, grant)));
  const stillDenied = grants(now, "Deny");
  const lifted = grants(old, "Deny").filter((grant) => !stillDenied.some((one) => covers(one, grant)));
  const formerPolicies = attachedTo(before);
  return [
    ...gained
      .filter((grant) => isGained || isBroad(grant, after?.type ?? ""))
      .map((grant) => `may now do ${inWords(grant)}`),
    ...lifted.map((grant) => `is no longer denied ${inWords(grant)}`),
    ...attachedTo(after)
      .filter((arn) => isGained && !formerPolicies.includes(arn))
      .map((arn) => `gets the policy ${arn}`),
  ];
}

const policyInputs = ["policy", "assumeRolePolicy"];

function policiesOf(resource: ManifestResource | undefined): Value[] {
  const { inlinePolicies, ...inputs } = resource?.inputs ?? {};
  const inline = listed(inlinePolicies ?? []).filter(isMapping);
  return [...policyInputs.map((input) => inputs[input]), ...inline.map(({ policy }) => policy)].flatMap((policy) =>
    policy === undefined ? [] : [policy],
  );
}

function attachedTo(resource: ManifestResource | undefined): string[] {
  const { managedPolicyArns, policyArn } = resource?.inputs ?? {};
  return [...listed(managedPolicyArns ?? []), ...listed(policyArn ?? [])].map(String);
}

function grants(policies: readonly Value[], effect: "Allow" | "Deny"): Grant[] {
  const statements = policies.flatMap((policy) => listed(lowerKeys(policyOf(policy)).statement ?? []).map(lowerKeys));
  return statements
    .filter((statement) => String(statement.effect).toLowerCase() === effect.toLowerCase())
    .flatMap(({ action, notaction, resource, notresource, condition, principal, notprincipal }) => {
      const who = [principal, notprincipal && { "all but": notprincipal }].filter((one) => one !== undefined);
      return scopes(action, notaction).flatMap((one) =>
        scopes(resource, notresource).map((other) => ({
          action: one,
          resource: other,
          conditions: termsOf(condition ?? null),
          principal: who.length === 0 ? "" : JSON.stringify(who[0]),
        })),
      );
    });
}

/** What stands after `NotAction` is one exception from all; what has neither is about what the policy stands on. */
function scopes(named: Value | undefined, excepted: Value | undefined): Scope[] {
  return excepted === undefined
    ? listed(named ?? "").map((one) => ({ patterns: [String(one)], isAllBut: false }))
    : [{ patterns: listed(excepted).map(String).sort(), isAllBut: true }];
}

/** Actions that give away what others keep: secrets, and roles. */
const delicate =
  /^(?:secretsmanager:(?:batch)?getsecretvalue|ssm:getparameter\w*|kms:decrypt|s3:getobject|sts:assumerole|iam:passrole)$/i;

/** Whose policies name anyone as a rule, since nobody but the machines of the VPC gets there. */
const onlyFromInside = ["aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"];

const anyone = /^(?:"\*"|\{.*(?::"\*"|\["\*"\]|"all but").*\})$/;

function isBroad({ action, resource, principal }: Grant, type: string): boolean {
  return (
    action.isAllBut ||
    action.patterns.some((pattern) => /[*?]/.test(pattern)) ||
    (anyone.test(principal) && !onlyFromInside.includes(type)) ||
    (action.patterns.some((pattern) => delicate.test(pattern)) &&
      (resource.isAllBut ||
        resource.patterns.includes("*") ||
        action.patterns.some((pattern) => /^(?:sts|iam):/i.test(pattern) && resource.patterns.join() !== "")))
  );
}

/** Whether the one lets do all that the other does. */
function covers(one: Grant, other: Grant): boolean {
  return (
    includes(lowered(one.action), lowered(other.action)) &&
    includes(one.resource, other.resource) &&
    one.conditions.every((term) => other.conditions.some((demanded) => isDemandedBy(term, demanded))) &&
    one.principal === other.principal
  );
}

function lowered({ patterns, isAllBut }: Scope): Scope {
  return { patterns: patterns.map((pattern) => pattern.toLowerCase()), isAllBut };
}

function includes(one: Scope, other: Scope): boolean {
  if (!one.isAllBut) {
    return other.isAllBut
      ? one.patterns.includes("*")
      : other.patterns.every((text) => one.patterns.some((pattern) => matches(pattern, text)));
  }
  return one.patterns.every((excepted) =>
    other.isAllBut
      ? other.patterns.some((pattern) => matches(pattern, excepted))
      : !other.patterns.some((text) => matches(excepted, text) || matches(text, excepted)),
  );
}

/** Whether the one holds wherever the other does: one of fewer values, or, where it says what is not, of more. */
function isDemandedBy(one: Term, other: Term): boolean {
  const [wide, narrow] = /Not/.test(one.operator) ? [other, one] : [one, other];
  return (
    one.operator === other.operator &&
    one.key === other.key &&
    narrow.values.every((value) => wide.values.includes(value))
  );
}

/** IAM's wildcards. */
function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(text);
}

function inWords({ action, resource, conditions, principal }: Grant): string {
  const who = principal === "" ? "" : ` by ${principal}`;
  const what = scopeInWords(resource) === "" ? "" : ` on ${scopeInWords(resource)}`;
  const where = conditions
    .map(({ operator, key, values }) => `${operator} ${key} ${values.join(" or ")}`)
    .join(" and ");
  return `${scopeInWords(action)}${what}${who}${where === "" ? "" : `, where ${where}`}`;
}

function scopeInWords({ patterns, isAllBut }: Scope): string {
  return `${isAllBut ? "all but " : ""}${patterns.join(", ")}`;
}

function termsOf(condition: Value): Term[] {
  return Object.entries(isMapping(condition) ? condition : {}).flatMap(([operator, keys]) =>
    Object.entries(isMapping(keys) ? keys : {}).map(([key, value]) => ({
      operator,
      key,
      values: [...listed(value)].map(String).sort(),
    })),
  );
}
