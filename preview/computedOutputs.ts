import type { OutputProperty } from "./resourceClasses";
import type { Wire, WireObject } from "./wire";

/** Makes an output's value from the resource's inputs, the symbol that would stand for it, and the configuration. */
type OutputModel = (inputs: WireObject, symbol: string, config: Readonly<Record<string, string>>) => Wire;

const everyType: Readonly<Record<string, OutputModel>> = {
  // AWS merges a provider's default tags into it; the preview knows the resource's own.
  tagsAll: (inputs) => inputs.tags ?? {},
  // Since pulumi-aws 7 each resource tells its region, the provider's where it has none of its own.
  region: (_, symbol, config) => config["aws:region"] ?? symbol,
};

/** Outputs that a program computes with, so that a symbol would not do. */
const byType: Readonly<Record<string, Readonly<Record<string, OutputModel>>>> = {
  "tls:index/locallySignedCert:LocallySignedCert": { readyForRenewal: () => false },
  "tls:index/selfSignedCert:SelfSignedCert": { readyForRenewal: () => false },
};

/** The outputs that a deployment adds to the inputs of a resource; what was given is not among them. */
export function computedOutputs(
  type: string,
  inputs: WireObject,
  declared: readonly OutputProperty[],
  symbolOf: (property: string) => string,
  config: Readonly<Record<string, string>>,
): WireObject {
  const models: Readonly<Record<string, OutputModel>> = byType[type] ?? {};
  const values = new Map<string, Wire>();
  for (const { name, list } of declared) {
    const text = symbolOf(name);
    values.set(name, everyType[name]?.(inputs, text, config) ?? (list ? [text] : text));
  }
  for (const [name, model] of Object.entries(models)) {
    values.set(name, model(inputs, symbolOf(name), config));
  }
  return Object.fromEntries([...values].filter(([name]) => (inputs[name] ?? null) === null));
}
