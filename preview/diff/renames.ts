import { gzipSync } from "node:zlib";
import { unpack } from "../decode";
import { userDataInputs } from "../hostPlan";
import type { ManifestResource, Value } from "../manifest";

/** The resource as it was, with the symbols of resources that have another name now under that name. */
export function withNames(resource: ManifestResource, names: ReadonlyMap<string, string>): ManifestResource {
  const isSame = [...names].every(([former, now]) => former === now);
  const inputs = Object.entries(resource.inputs).map(([input, value]) => {
    const isUserData = userDataInputs[resource.type]?.[input] !== undefined && typeof value === "string";
    return [input, isUserData ? repacked(value, names) : (JSON.parse(renamed(JSON.stringify(value), names)) as Value)];
  });
  return isSame ? resource : { ...resource, inputs: Object.fromEntries(inputs) };
}

function renamed(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(/‹([^‹›]+?)\.(\w+)›/g, (symbol, name, output) => {
    const now = names.get(name);
    return now === undefined ? symbol : `‹${now}.${output}›`;
  });
}

function repacked(value: string, names: ReadonlyMap<string, string>): string {
  const { bytes, packings } = unpack(value);
  const text = bytes.toString("utf8");
  const now = renamed(text, names);
  if (now === text) {
    return value;
  }
  const packed = packings.includes("gzip") ? gzipSync(now) : Buffer.from(now);
  return packings.includes("base64") ? packed.toString("base64") : now;
}
