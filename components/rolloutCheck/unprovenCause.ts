import { failureLines } from "../checks/bootReport";
import type { Cause } from "./causes";
import { ExitCode } from "./ending";
import type { Trouble } from "./hostReports";
import type { Standing, UnprovenHost } from "./standing";
import type { RolloutOptions } from "./variables";

/** What a host says of itself does not change any more, unless it is replaced; in seconds. */
const replacementSeconds = 120;

const exitCodes: Readonly<Record<Trouble["kind"], number>> = {
  silent: ExitCode.NoReport,
  "other-release": ExitCode.OtherRelease,
  "other-schema": ExitCode.OtherSchema,
  unreadable: ExitCode.ReportUnreadable,
};

const waysOut: Readonly<Record<Trouble["kind"], string>> = {
  silent: "On the host: cat /var/lib/ci-host/boot.json; journalctl --unit ci-host-boot says what became of the report",
  "other-release": "The template's version was made of another release than the check awaits: deploy both together",
  "other-schema": "The host was made by another version of the library: replace it, or deploy with that version",
  unreadable: "On the host: cat /var/lib/ci-host/boot.json",
};

/** A host in service that does not prove the release. */
export function unprovenCause({ unproven }: Standing, options: RolloutOptions): Cause | undefined {
  const worst = unproven.find(({ trouble }) => trouble && trouble.kind !== "silent");
  const [first] = unproven;
  const host = unproven.find(({ report }) => report) ?? worst ?? first;
  return host && causeOf(host, options);
}

function causeOf({ host, report, trouble }: UnprovenHost, { groupName, release }: RolloutOptions): Cause {
  if (report) {
    const what = report.result === "failed" ? failureLines(report) : ["succeeded, and the group calls it unhealthy"];
    return {
      key: `failed ${host.id}`,
      exitCode: ExitCode.HostFailed,
      message: `${groupName}: ${host.id} is in service and not well: its last boot ${what.join("\n")}`,
    };
  }
  const { kind, what } = trouble ?? { kind: "silent" as const, what: `has sent no report of a boot with ${release}` };
  return {
    key: `${kind} ${host.id}`,
    exitCode: exitCodes[kind],
    message: `${groupName}: ${host.id} is in service, and ${what}, awaited is ${release}\n  ${waysOut[kind]}`,
    ...(kind.startsWith("other") ? { patienceSeconds: replacementSeconds } : {}),
  };
}
