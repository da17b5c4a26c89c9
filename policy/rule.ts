import type { ManifestResource } from "../preview/manifest";

/** What rules look at: of a manifest's resource that much, so that a policy pack can make it from what Pulumi sends. */
export type Resource = Pick<
  ManifestResource,
  "urn" | "type" | "name" | "source" | "inputs" | "secretInputs" | "propertyDependencies"
> & {
  /** With the id of what was only looked up, and whose inputs nobody knows. */
  readonly options?: { readonly readId?: string };
};

export const severities = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof severities)[number];

/** Something that a rule does not let pass. Names values only where they can be no secret. */
export interface Finding {
  /** Where in the inputs: `metadataOptions.httpTokens`, `userData: /etc/docker/daemon.json`. */
  readonly path: string;
  /** What stands there, as the end of a sentence: "is optional". */
  readonly found: string;
}

/** A finding of a rule that looks at a whole stack. */
export interface StackFinding extends Finding {
  readonly resource: Resource;
}

interface RuleText {
  readonly id: string;
  readonly severity: Severity;
  /** What holds where the rule is kept. */
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

/** A rule that each resource keeps or breaks by itself. */
export interface ResourceRule extends RuleText {
  readonly check: (resource: Resource) => readonly Finding[];
  /** It asks what is marked secret, which Pulumi does not tell a policy pack. */
  readonly needsSecretMarks?: true;
}

/** A rule about how resources stand to each other. */
export interface StackRule extends RuleText {
  readonly checkStack: (resources: readonly Resource[]) => readonly StackFinding[];
}

/** A rule is a pure function, and what to say when it is broken. What is not known before a deployment breaks none. */
export type Rule = ResourceRule | StackRule;
