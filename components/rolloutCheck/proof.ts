import type { BootReport } from "../checks/bootReport";
import { clockTime } from "../checks/clock";
import type { Ending } from "../checks/ending";
import { ExitCode } from "./ending";
import type { Standing } from "./standing";
import { hosts } from "./summary";
import type { RolloutOptions } from "./variables";

const idsLimit = 20;

type Versions = NonNullable<BootReport["versions"]>;

/** What a check found out about a release that it proved. */
export interface Proof {
  readonly outcome: "proven";
  /** The release's id. */
  readonly release: string;
  readonly templateVersion: string;
  readonly provenAt: string;
  /** How many were in service, and up to 20 of them. */
  readonly hosts: { readonly count: number; readonly ids: readonly string[] };
  /** Each version that a host reported of something. */
  readonly versions: Readonly<Record<keyof Versions, readonly string[]>>;
  readonly waitedSeconds: number;
  /** Hosts that gave up, and were replaced: up to 20. */
  readonly abandoned: readonly string[];
  /** Whether the host was there for the check alone. */
  readonly canary: boolean;
}

/** How a check ends that found the release in service. */
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

/** How one ends that may not start a host to find it out. */
export function unproven({ groupName, release }: RolloutOptions): Ending {
  const reason = "the group wants no host, and canary is false";
  return {
    exitCode: ExitCode.Succeeded,
    message: `${groupName}: UNPROVEN: no host has come into service with ${release}: ${reason}`,
    report: JSON.stringify({ outcome: "unproven", release, reason }),
  };
}

function proofOf(
  { proven, abandoned }: Standing,
  reports: readonly BootReport[],
  { release, templateVersion }: RolloutOptions,
  { now, waitedSeconds, canary }: { readonly now: number; readonly waitedSeconds: number; readonly canary: boolean },
): Proof {
  return {
    outcome: "proven",
    release,
    templateVersion,
    provenAt: new Date(now).toISOString(),
    hosts: { count: proven.length, ids: proven.slice(0, idsLimit).map(({ id }) => id) },
    versions: {
      kernel: seen(reports, "kernel"),
      docker: seen(reports, "docker"),
      containerd: seen(reports, "containerd"),
      sysbox: seen(reports, "sysbox"),
    },
    waitedSeconds: Math.round(waitedSeconds),
    abandoned: abandoned.slice(0, idsLimit).map(({ id }) => id),
    canary,
  };
}

function seen(reports: readonly BootReport[], name: keyof Versions): string[] {
  return [...new Set(reports.flatMap(({ versions }) => versions?.[name] ?? []))].sort().slice(0, idsLimit);
}
