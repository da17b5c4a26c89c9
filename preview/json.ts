import { posture } from "../policy/posture";
import { violations } from "../policy/violations";
import { hostPlans } from "./hostPlan";
import type { Manifest } from "./manifest";

/** The preview for a program, one document: see docs/preview.md. Same manifests, same bytes. */
export function previewJson(manifests: readonly Manifest[], { hostPlanOnly }: { hostPlanOnly: boolean }): string {
  const stacks = manifests.map((manifest) => {
    const { stack, project, resources, outputs, providerConfig } = manifest;
    const plans = hostPlans(manifest);
    return hostPlanOnly
      ? { stack, project, hostPlans: plans }
      : {
          stack,
          project,
          counts: countsByType(manifest),
          violations: violations(manifest),
          resources,
          outputs,
          ...(providerConfig && { providerConfig }),
          hostPlans: plans,
        };
  });
  const document = hostPlanOnly ? { stacks } : { stacks, posture: posture(manifests) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function countsByType({ resources }: Manifest): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const type of resources.map(({ type }) => type).sort()) {
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}
