import type { Manifest, ManifestResource, Value } from "../manifest";

/** `ami-0123456789abcdef0.0123456789abcdef`, or a symbol in place of the image: nothing that opens or names a thing. */
const idForm = /^(?:ami-[0-9a-f]+|‹[^‹›]*›)\.[0-9a-f]{16}$/;

/**
 * A run of a stack in which the resources name its release without the id. Another release has another id in each tag and
 * in each check; what it is made of, the host's settings and the stack's exports say what changed.
 */
export function withoutReleaseId(manifest: Manifest): Manifest {
  const { release, provenRelease, ...others } = manifest.outputs;
  const id = isMapping(release) ? release.id : undefined;
  if (typeof id !== "string" || !idForm.test(id)) {
    return manifest;
  }
  return {
    ...manifest,
    resources: manifest.resources.map(
      (resource): ManifestResource => ({ ...resource, inputs: replaced(resource.inputs, id) }),
    ),
    outputs: {
      ...others,
      ...(release !== undefined && { release }),
      ...(provenRelease !== undefined && { provenRelease: proofAlone(provenRelease, release) }),
    },
  };
}

/** What is proven is the release itself, most of the time: said once, it need not be read twice. */
function proofAlone(provenRelease: Value, release: Value | undefined): Value {
  if (!isMapping(provenRelease)) {
    return provenRelease;
  }
  const { proof, ...proven } = provenRelease;
  return proof !== undefined && JSON.stringify(proven) === JSON.stringify(release)
    ? { of: "‹release›", proof }
    : provenRelease;
}

function replaced<T extends Value>(value: T, id: string): T {
  return JSON.parse(JSON.stringify(value), (_, item) => (item === id ? "‹release›" : item)) as T;
}

function isMapping(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
