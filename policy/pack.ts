import type {
  EnforcementLevel,
  PolicyResource,
  ReportViolation,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import type { Value } from "../preview/manifest";
import { unknownSymbol } from "../preview/symbols";
import type { Finding, Resource, Rule } from "./rule";
import { rules } from "./violations";

/** The rules as policies: critical and high ones stop a deployment, the others are said. */
export const policies: (ResourceValidationPolicy | StackValidationPolicy)[] = rules
  .filter((rule) => !("needsSecretMarks" in rule))
  .map(policyOf);

function policyOf(rule: Rule): ResourceValidationPolicy | StackValidationPolicy {
  const { id, severity, what, why, fix } = rule;
  const enforcementLevel: EnforcementLevel = severity === "critical" || severity === "high" ? "mandatory" : "advisory";
  const policy = { name: id, description: `${what} ${why}`, severity, enforcementLevel, remediationSteps: fix };
  const say = ({ path, found }: Finding) => `${path === "" ? "" : `${path} `}${found}. ${fix}`;
  if ("checkStack" in rule) {
    const validateStack = ({ resources }: { resources: PolicyResource[] }, report: ReportViolation) => {
      for (const finding of rule.checkStack(resources.map(fromStack))) {
        report(say(finding), finding.resource.urn);
      }
    };
    return { ...policy, validateStack };
  }
  return {
    ...policy,
    validateResource: ({ urn, type, name, props }, report) => {
      for (const finding of rule.check(resourceOf(urn, type, name, props))) {
        report(say(finding));
      }
    },
  };
}

function fromStack({ urn, type, name, props, propertyDependencies }: PolicyResource): Resource {
  const links = Object.entries(propertyDependencies).map(([input, sources]) => [
    input,
    sources.map((each) => each.urn),
  ]);
  return { ...resourceOf(urn, type, name, props), propertyDependencies: Object.fromEntries(links) };
}

function resourceOf(urn: string, type: string, name: string, props: Record<string, unknown>): Resource {
  // Reading a property throws where its value is not known yet, but for its descriptor.
  const inputs = Object.entries(Object.getOwnPropertyDescriptors(props)).map(([key, { value }]) => [key, known(value)]);
  return {
    urn,
    type,
    name,
    source: "",
    inputs: Object.fromEntries(inputs),
    secretInputs: [],
    propertyDependencies: {},
  };
}

/** The values that stand for one that is not known yet: pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go. */
const unknowns: ReadonlySet<unknown> = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** The same as a JSON value, with a symbol for what is not known. */
function known(value: unknown): Value {
  if (unknowns.has(value)) {
    return unknownSymbol;
  }
  if (Array.isArray(value)) {
    return value.map(known);
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, known(item)]));
  }
  return (value ?? null) as Value;
}
