import { type Violation, violations } from "../policy/violations";
import { type Cell, type Colours, grid, visible } from "./layout";
import type { Manifest } from "./manifest";

/** What is broken, after the name of the resource: `metadataOptions.httpTokens: is optional (imds-v2-only). Set …` */
export function violationSentence({ rule, path, found, fix }: Violation): string {
  return `${path === "" ? "" : `${path}: `}${found} (${rule}). ${fix}`;
}

/** The rules that a stack breaks, the most severe first; nothing where it breaks none. */
export function violationText(manifest: Manifest, colours: Colours): string[] {
  return grid(
    violations(manifest).map((violation): Cell[] => [
      { text: violation.severity, paint: colours.red },
      `${visible(violation.name)} ${visible(violationSentence(violation))}  [${visible(violation.source)}]`,
    ]),
  );
}
