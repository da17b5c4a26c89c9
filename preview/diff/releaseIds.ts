import type { Manifest, Value } from "../manifest";
import { isMapping } from "./awsMeaning";

/** `ami-0123456789abcdef0.0123456789abcdef`, or a symbol in place of the image: nothing that opens or names a thing. */
const idForm = /^(?:ami-[0-9a-f]+|‹[^‹›]*›)\.[0-9a-f]{16}$/;

/**
 * A run of a stack in which resources that name its release, or are given it whole, do so without saying which it is.
 * Another release has another id in each tag and in each check; the host's settings and the stack's exports say what
 * changed.
 */
export function withoutReleaseId(manifest: Manifest): Manifest {
  const { release, provenRelease } = manifest.outputs;
  if (!isRelease(release)) {
    return manifest;
  }
  const whole = JSON.stringify(release);
  const named = (value: Value): Value => {
    if (Array.isArray(value)) {
      return value.map(named);
    }
    if (!isMapping(value)) {
      return value === release.id ? placeholder : value;
    }
    return value.id === release.id && JSON.stringify(value) === whole ? placeholder : eachValue(value, named);
  };
  return {
    ...manifest,
    resources: manifest.resources.map((resource) => ({ ...resource, inputs: eachValue(resource.inputs, named) })),
    outputs: {
      ...manifest.outputs,
      ...(provenRelease !== undefined && { provenRelease: besideProof(provenRelease, whole) }),
    },
  };
}

/** A run of a stack that comes or goes: of what its release is made, the id stands for all. */
export function withReleaseIdAlone(manifest: Manifest): Manifest {
  const outputs = eachValue(manifest.outputs, (value) => (isRelease(value) ? { id: value.id } : value));
  return { ...manifest, outputs };
}

const placeholder = "‹release›";

/** What is proven is the release itself, most of the time: said once, it need not be read twice. */
function besideProof(provenRelease: Value, whole: string): Value {
  if (!isMapping(provenRelease)) {
    return provenRelease;
  }
  const { proof, ...proven } = provenRelease;
  return JSON.stringify(proven) === whole ? { of: placeholder, ...(proof !== undefined && { proof }) } : provenRelease;
}

type Mapping = { readonly [key: string]: Value };

function eachValue(mapping: Mapping, change: (value: Value) => Value): Mapping {
  return Object.fromEntries(Object.entries(mapping).map(([key, value]) => [key, change(value)]));
}

function isRelease(value: Value | undefined): value is { readonly id: string } {
  return isMapping(value) && typeof value.id === "string" && idForm.test(value.id);
}
