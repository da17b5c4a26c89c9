/** What a program registers, as plain data: the one thing that plans, diffs, policies and tests look at. */
export interface Manifest {
  readonly project: string;
  readonly stack: string;
  /** Sorted by URN; the stack itself is not among them. */
  readonly resources: readonly ManifestResource[];
  /** The stack's exports. */
  readonly outputs: Readonly<Record<string, Value>>;
  /** What AWS's default provider works with: configuration by full key, `aws:region`. Absent where there is none. */
  readonly providerConfig?: Readonly<Record<string, string>>;
}

/** A registered resource: the request, with what is computed shown as a symbol and what is secret never shown. */
export interface ManifestResource {
  readonly urn: string;
  /** `aws:ec2/launchTemplate:LaunchTemplate` */
  readonly type: string;
  readonly name: string;
  /** URN of the parent, or "" under the stack. */
  readonly parent: string;
  /** False for a component. */
  readonly custom: boolean;
  /** Keys in the order of the alphabet. A secret stands as a symbol: `‹secret›`, `‹secret ci-hosts:token›`. */
  readonly inputs: Readonly<Record<string, Value>>;
  /** What a component registered as its outputs; empty for a custom resource. */
  readonly outputs: Readonly<Record<string, Value>>;
  /** Paths of the inputs that are marked secret, `connection.privateKey`, sorted. */
  readonly secretInputs: readonly string[];
  /** URNs, sorted. */
  readonly dependencies: readonly string[];
  /** Input to the URNs it comes from; inputs that come from none are left out. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** Only the options that were given. */
  readonly options: ResourceOptions;
  /** `components/fleet.ts:112`, relative to the project's root; "" where the SDK did not say. */
  readonly source: string;
}

/** The options of a registration that decide what a change does; absent means Pulumi's default. */
export interface ResourceOptions {
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly deleteBeforeReplace?: boolean;
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
  readonly additionalSecretOutputs?: readonly string[];
  /** URNs, or `name`/`type`/`parent` of a specification, as text. */
  readonly aliases?: readonly string[];
  /** Provider reference, `urn::id`. */
  readonly provider?: string;
  /** Package to provider reference. */
  readonly providers?: Readonly<Record<string, string>>;
  readonly importId?: string;
  /** Id of an existing resource that is only looked up, never changed. */
  readonly readId?: string;
  readonly deletedWith?: string;
  /** URNs, sorted. */
  readonly replaceWith?: readonly string[];
  /** A change of it replaces the resource. */
  readonly replacementTrigger?: Value;
  readonly customTimeouts?: Readonly<Record<string, string>>;
}

/** A JSON value. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/** The manifest as text that is the same byte for byte whenever the manifest is the same. */
export function manifestJson(manifest: Manifest): string {
  return `${JSON.stringify(manifest, sortedKeys, 2)}\n`;
}

function sortedKeys(_key: string, value: Value): Value {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
