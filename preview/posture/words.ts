import type { Behind, Environment, Missing, Place, ThreatPosture } from "../../policy/posture";
import { typeName } from "../typeName";

const strategyNames = { sysbox: "sysbox", tls: "remote Docker over TLS" } as const;

export function strategyText({ strategies }: Environment): string {
  return strategies.length === 0 ? "no way out yet" : strategies.map((each) => strategyNames[each]).join(" and ");
}

/** `critical → low`, and what keeps it from getting there: `critical → critical, low with sysbox-runtime`. */
export function riskText({ before, after, goal, missing }: ThreatPosture): string {
  return `${before} → ${after}${missing.length === 0 ? "" : `, ${goal} with ${missing.join(", ")}`}`;
}

export function placeText({ resource, component, componentType, source }: Place): string {
  const within = component === "" ? "" : ` in ${typeName(componentType, false)} ${component}`;
  return `${resource}${within}${source === "" ? "" : `, ${source}`}`;
}

export function missingText({ resource, path, source, found }: Missing): string {
  const at = [resource, path].filter((part) => part !== "").join(", ");
  return `${at === "" ? "" : `${at}: `}${found}${source === "" ? "" : ` (${source})`}`;
}

export function behindText({ stack, ahead, what, has, aheadHas }: Behind): string {
  return has === "missing"
    ? `${stack} is behind ${ahead}: ${what} is missing, ${ahead} has it`
    : `${stack} is behind ${ahead}: ${what} ${has}, ${ahead} has ${aheadHas}`;
}

export function unfoundedText({ unfounded }: Environment): string {
  return `The stack's output posture names ${unfounded.join(", ")}, and what it registers does not bear that out.`;
}
