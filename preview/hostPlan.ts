import type { Manifest, ManifestResource } from "./manifest";
import { decodeUserData, type UserData } from "./userData";

/** What a machine that is made from a resource will find in its user data. */
export interface HostPlan {
  readonly urn: string;
  readonly name: string;
  readonly source: string;
  /** The input that holds the user data. */
  readonly property: string;
  readonly userData: UserData;
}

/** Where user data stands, by type; `optional` is where the provider encodes what isn't base64 yet. */
export const userDataInputs: Readonly<Record<string, Readonly<Record<string, "required" | "optional">>>> = {
  "aws:ec2/instance:Instance": { userData: "optional", userDataBase64: "required" },
  "aws:ec2/launchConfiguration:LaunchConfiguration": { userData: "optional", userDataBase64: "required" },
  "aws:ec2/launchTemplate:LaunchTemplate": { userData: "required" },
  "aws:ec2/spotInstanceRequest:SpotInstanceRequest": { userData: "optional", userDataBase64: "required" },
};

/** The plans of a stack, in the order of the URNs. */
export function hostPlans(manifest: Manifest): HostPlan[] {
  return manifest.resources.flatMap(plansOf);
}

function plansOf({ urn, type, name, source, inputs }: ManifestResource): HostPlan[] {
  return Object.entries(userDataInputs[type] ?? {}).flatMap(([property, base64]) => {
    const value = inputs[property];
    return typeof value === "string" ? [{ urn, name, source, property, userData: decodeUserData(value, base64) }] : [];
  });
}
