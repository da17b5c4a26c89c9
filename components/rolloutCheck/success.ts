import type { BootReport } from "../checks/bootReport";
import { clockTime } from "../checks/clock";
import type { Ending } from "../checks/ending";
import { ExitCode } from "./ending";
import { proofOf } from "./proof";
import type { Standing } from "./standing";
import { hosts } from "./summary";
import type { RolloutOptions } from "./variables";

export function proven(
  standing: Standing,
  reports: readonly BootReport[],
  options: RolloutOptions,
  circumstances: { readonly now: number; readonly waitedSeconds: number; readonly canary: boolean },
): Ending {
  const proof = proofOf(standing, reports, options, circumstances);
  const versions = Object.entries(proof.versions).flatMap(([name, seen]) =>
    seen.length > 0 ? [`${name} ${seen.join(" and ")}`] : [],
  );
  const gaveUp = proof.abandoned.length > 0 ? [`gave up and replaced: ${proof.abandoned.join(", ")}`] : [];
  const after = clockTime(circumstances.waitedSeconds * 1000);
  const what = [...versions, ...gaveUp].join(", ");
  return {
    exitCode: ExitCode.Succeeded,
    message: `${options.groupName}: ${hosts(proof.hosts.count)} in service with ${proof.release}, after ${after} (${what})`,
    report: JSON.stringify(proof),
  };
}

export function unproven({ groupName, release }: RolloutOptions): Ending {
  const reason = "the group wants no host, and canary is false";
  return {
    exitCode: ExitCode.Succeeded,
    message: `${groupName}: UNPROVEN: no host has come into service with ${release}: ${reason}`,
    report: JSON.stringify({ outcome: "unproven", release, reason }),
  };
}
