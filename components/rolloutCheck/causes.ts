import { failureLines } from "../checks/bootReport";
import type { Ending } from "../checks/ending";
import { ExitCode } from "./ending";
import type { Standing } from "./standing";
import type { RolloutOptions } from "./variables";

/** What is in the way, and how the check ends if it does not go. */
export interface Cause extends Ending {
  /** Equal for causes that are one and the same to whoever waits. */
  readonly key: string;
  /** How long to wait for it to go, in seconds. As long as there is time if not given. */
  readonly patienceSeconds?: number;
}

/** AWS may be late to show what has happened, in seconds. */
const lateSeconds = 30;

/** By hand, with the name of the group. */
export function byHand(command: string, groupName: string, rest = ""): string {
  return `aws autoscaling ${command} --auto-scaling-group-name '${groupName.replaceAll("'", "'\\''")}'${rest}`;
}

const refreshEndings: Readonly<Record<string, readonly [exitCode: number, what: string]>> = {
  Failed: [ExitCode.RefreshFailed, "the refresh failed"],
  Cancelled: [ExitCode.RefreshCancelled, "the refresh was cancelled"],
  RollbackInProgress: [ExitCode.RollingBack, "the refresh goes back to the release before"],
  RollbackSuccessful: [ExitCode.RolledBack, "the refresh went back to the release before"],
  RollbackFailed: [ExitCode.RollbackFailed, "the refresh failed, and so did the way back to the release before"],
};

/** A refresh that will not bring the release. */
export function refreshCause(standing: Standing, { groupName }: RolloutOptions): Cause | undefined {
  const { refresh, former } = standing;
  const [exitCode, what] = refreshEndings[refresh?.status ?? ""] ?? [];
  if (refresh === undefined || exitCode === undefined) {
    return undefined;
  }
  return {
    key: `refresh ${refresh.status}`,
    patienceSeconds: lateSeconds,
    exitCode,
    message: [
      `${groupName}: ${what} (${refresh.reason})`,
      ...lastFailure(standing),
      ...(refresh.status === "Failed" && former
        ? ["  Deploy what the hosts can boot with"]
        : [
            "  Deploy what the hosts can boot with; to try this release again, start a refresh and repeat the deployment:",
            `  ${startRefresh(groupName)}`,
          ]),
    ].join("\n"),
  };
}

/** The command by which whoever reads it gets the hosts replaced that are of another release. */
export function startRefresh(groupName: string): string {
  return byHand("start-instance-refresh", groupName, ` --preferences '{"SkipMatching":true}'`);
}

/** One host may fail for a reason of its own; as many as that, and none that succeeded, and it is the release. */
const hopelessHosts = 3;

/** Hosts that give up, one after the other. */
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
