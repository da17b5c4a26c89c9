import type { Manifest, ManifestResource } from "../manifest";
import type { Change } from "./compare";

/** Where a provider works: what its change does to all that it manages. */
export interface Move {
  /** Whether that is replaced for sure: a region is part of each resource, whose account the credentials decide. */
  readonly isReplacement: boolean;
  /** Goes on after the provider's name. */
  readonly sentence: string;
}

const credentials = [
  ...["profile", "accessKey", "secretKey", "token", "assumeRole", "assumeRoles", "assumeRoleWithWebIdentity"],
  ...["sharedConfigFiles", "sharedCredentialsFiles", "allowedAccountIds", "forbiddenAccountIds", "endpoints"],
];

/** What is to be said of a provider of AWS that works in another place now, if it does. */
export function moveOf({ type }: ManifestResource, changes: readonly Change[]): Move | undefined {
  return type === "pulumi:providers:aws" ? moveBy(changes.map(({ path: [input = ""] }) => input)) : undefined;
}

/** The same by the names of its inputs that have changed. */
export function moveBy(inputs: readonly string[]): Move | undefined {
  const changed = [...new Set(inputs)];
  if (changed.includes("region")) {
    return { isReplacement: true, sentence: "has another region: all that it manages is made again there" };
  }
  const other = changed.filter((input) => credentials.includes(input));
  return other.length === 0
    ? undefined
    : {
        isReplacement: false,
        sentence: `may work in another account (${other.join(", ")}), which has nothing of what it manages`,
      };
}

/** The inputs of AWS's default provider that are configured otherwise, in the order of the alphabet. */
export function reconfigured(base: Manifest, head: Manifest): string[] {
  const [before, after] = [base.providerConfig ?? {}, head.providerConfig ?? {}];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key])
    .map((key) => key.replace("aws:", ""))
    .sort();
}

/** The URN in a reference, `urn::id`; "" for the default provider. */
export function providerUrn({ options }: ManifestResource): string {
  return (options.provider ?? "").replace(/::[^:]*$/, "");
}
