import { lastFailure } from "./abandonedCause";
import { byHand, type Cause, lateSeconds } from "./cause";
import { ExitCode } from "./ending";
import type { Standing } from "./standing";
import type { RolloutOptions } from "./variables";

const endings: Readonly<Record<string, readonly [exitCode: number, what: string]>> = {
  Failed: [ExitCode.RefreshFailed, "the refresh failed"],
  Cancelled: [ExitCode.RefreshCancelled, "the refresh was cancelled"],
  RollbackInProgress: [ExitCode.RollingBack, "the refresh goes back to the release before"],
  RollbackSuccessful: [ExitCode.RolledBack, "the refresh went back to the release before"],
  RollbackFailed: [ExitCode.RollbackFailed, "the refresh failed, and so did the way back to the release before"],
};

/** A refresh that will not bring the release. */
export function refreshCause(standing: Standing, { groupName }: RolloutOptions): Cause | undefined {
  const { refresh } = standing;
  const [exitCode, what] = endings[refresh?.status ?? ""] ?? [];
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
      "  Deploy what the hosts can boot with; to try this release again, start a refresh and repeat the deployment:",
      `  ${startRefresh(groupName)}`,
    ].join("\n"),
  };
}

export function startRefresh(groupName: string): string {
  return byHand("start-instance-refresh", groupName, ` --preferences '{"SkipMatching":true}'`);
}
