import { differences, type Release } from "../components/release";
import { isMapping } from "./configDeclarations";
import { stackReferenceType } from "./engine";
import { inWords } from "./inWords";
import { type Cell, type Colours, grid, visible } from "./layout";
import type { Manifest, Value } from "./manifest";
import type { RunningState } from "./runningStates";

/** Which release a stack's hosts are of, are to be of, and which is proven; nothing for a stack that has none. */
export function releaseText(
  { stack, outputs, resources }: Manifest,
  states: readonly RunningState[],
  colours: Colours,
): string[] {
  const desired = releaseIn(outputs.release);
  if (desired === undefined) {
    return [];
  }
  const proof = releaseIn(outputs.provenRelease) as (Release & { readonly proof?: Value }) | undefined;
  const stateOf = (name: string | undefined) => states.find((state) => state.stack === name);
  const running = stateOf(stack);
  const promotedFrom = resources.filter(({ type }) => type === stackReferenceType).map(({ name }) => name);
  const rows: [label: string, text: string][] = [
    ...(running === undefined
      ? []
      : [["running", running.release?.id ?? "none that its state names"] as [string, string]]),
    ["desired", desired.id],
    ...promotedFrom.map((name): [string, string] => {
      const proven = stateOf(name.split("/").pop())?.provenRelease?.id;
      const what = proven === undefined ? "what that stack has proven by then" : `it has proven ${proven}`;
      return ["taken from", `${name}: ${what}`];
    }),
    ...(running === undefined ? [] : [["proven here", running.provenRelease?.id ?? "none"] as [string, string]]),
    [
      "proven",
      proof === undefined
        ? "not by this deployment: it checks no host"
        : provesNothing(resources)
          ? "never: the fleet wants no host, and canary is false"
          : `once hosts of it are in service, which only the deployment can tell: ${inWords(proof.proof ?? null)}`,
    ],
    ...(running?.release === undefined
      ? []
      : differences(running.release, desired).map(({ what, proven: was, desired: is }): [string, string] => [
          "changes",
          `${what}: ${was} → ${is}`,
        ])),
  ];
  return grid(rows.map(([label, text]): Cell[] => [{ text: label, paint: colours.dim }, visible(text)]));
}

function provesNothing(resources: Manifest["resources"]): boolean {
  const has = (type: string, is: (inputs: Manifest["outputs"]) => boolean) =>
    resources.some((resource) => resource.type === type && is(resource.inputs));
  const wantsNone = has("aws:autoscaling/group:Group", ({ desiredCapacity }) => desiredCapacity === 0);
  return wantsNone && has("ci-hosts:index:RolloutCheck", ({ canary }) => canary === false);
}

function releaseIn(output: Value | undefined): Release | undefined {
  return isMapping(output) && "id" in output ? (output as unknown as Release) : undefined;
}
