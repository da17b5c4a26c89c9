import type { ManifestResource, Value } from "../manifest";
import { isMapping, listed, policyOf } from "./awsMeaning";

/** What a policy allows: one action on one resource, under conditions. */
interface Grant {
  readonly action: string;
  readonly resource: string;
  readonly condition: string;
  readonly principal: string;
}

/** What a policy that was there lets do beyond what it let before; of a new one, what it lets do with a wildcard. */
export function widerGrants(before: ManifestResource | undefined, after: ManifestResource): string[] {
  const [old, now] = [before?.inputs ?? {}, after.inputs];
  return [...policyInputs].flatMap((input) => {
    const allowed = grants(old[input], "Allow");
    const gained = grants(now[input], "Allow").filter((grant) => !allowed.some((one) => covers(one, grant)));
    const shown = before === undefined ? gained.filter(({ action }) => action.includes("*")) : gained;
    const stillDenied = grants(now[input], "Deny");
    const lifted = grants(old[input], "Deny").filter((grant) => !stillDenied.some((one) => covers(one, grant)));
    return [
      ...shown.map((grant) => `may now do ${inWords(grant)}`),
      ...lifted.map((grant) => `is no longer denied ${inWords(grant)}`),
    ];
  });
}

const policyInputs = ["policy", "assumeRolePolicy"];

function grants(value: Value | undefined, effect: "Allow" | "Deny"): Grant[] {
  const statements = listed(policyOf(value ?? null)?.Statement ?? []).filter(isMapping);
  return statements
    .filter((statement) => statement.Effect === effect)
    .flatMap(({ Action, NotAction, Resource, NotResource, Condition, Principal }) => {
      const actions = listed(Action ?? [])
        .concat(listed(NotAction ?? []).map((action) => `all but ${action}`))
        .map(String);
      const things = listed(Resource ?? [])
        .concat(listed(NotResource ?? []).map((arn) => `all but ${arn}`))
        .map(String);
      const condition = Condition === undefined ? "" : JSON.stringify(Condition);
      const principal = Principal === undefined ? "" : JSON.stringify(Principal);
      return actions.flatMap((action) =>
        (things.length > 0 ? things : [""]).map((resource) => ({ action, resource, condition, principal })),
      );
    });
}

/** Whether the one lets do all that the other does. */
function covers(one: Grant, other: Grant): boolean {
  return (
    matches(one.action.toLowerCase(), other.action.toLowerCase()) &&
    matches(one.resource, other.resource) &&
    demandsNoMore(one.condition, other.condition) &&
    one.principal === other.principal
  );
}

/** Whether each condition of the one is one of the other's as well. */
function demandsNoMore(one: string, other: string): boolean {
  const terms = (condition: string) => (condition === "" ? [] : conditionTerms(JSON.parse(condition)));
  const others = terms(other);
  return terms(one).every((term) => others.includes(term));
}

/** IAM's wildcards. */
function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(text);
}

function inWords({ action, resource, condition, principal }: Grant): string {
  const who = principal === "" ? "" : ` by ${principal}`;
  const what = resource === "" ? "" : ` on ${resource}`;
  return `${action}${what}${who}${condition === "" ? "" : `, where ${conditionTerms(JSON.parse(condition)).join(" and ")}`}`;
}

/** `StringEquals aws:SourceAccount 111122223333` and the like, all of which must hold. */
function conditionTerms(condition: Value): string[] {
  return Object.entries(isMapping(condition) ? condition : {}).flatMap(([operator, keys]) =>
    Object.entries(isMapping(keys) ? keys : {}).map(
      ([key, value]) => `${operator} ${key} ${[...listed(value)].map(String).sort().join(" or ")}`,
    ),
  );
}
