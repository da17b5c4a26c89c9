import { failureLines } from "../checks/bootReport";
import { type Cause, lateSeconds } from "./cause";
import { ExitCode } from "./ending";
import type { Standing } from "./standing";
import type { RolloutOptions } from "./variables";

/** One host may fail for a reason of its own; as many as that, and none that succeeded, and it is the release. */
const hopelessHosts = 3;

export function abandonedCause(standing: Standing, { groupName, release }: RolloutOptions): Cause | undefined {
  const { abandoned, hasServed } = standing;
  if (abandoned.length < hopelessHosts || hasServed) {
    return undefined;
  }
  return {
    key: "all abandoned",
    // The last report says most, and may be on its way.
    patienceSeconds: abandoned.at(-1)?.report ? 0 : lateSeconds,
    exitCode: ExitCode.AllAbandoned,
    message: [
      `${groupName}: ${abandoned.length} hosts of ${release} gave up, and none came into service`,
      ...lastFailure(standing),
      "  A host that fails stays for a look at it with debugTimeoutSeconds",
    ].join("\n"),
  };
}

/** Why the last host gave up whose report is known; else what its group says of the last one. */
export function lastFailure({ abandoned }: Standing): string[] {
  const known = abandoned.findLast(({ report }) => report?.result === "failed");
  if (known?.report) {
    const [first, ...lines] = failureLines(known.report);
    return [`  ${known.id}: the boot ${first}`, ...lines.map((line) => `  ${line}`)];
  }
  const last = abandoned.at(-1);
  return last ? [`  ${last.id}: ${last.message}; its log group has no report of it`] : [];
}
