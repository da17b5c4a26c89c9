import { type Answer, isOfEarlierBoot } from "../checks/answer";
import { type BootReport, failureLines } from "../checks/bootReport";
import type { Ending, Obstacle } from "../checks/ending";
import { ExitCode } from "./ending";
import type { CheckOptions } from "./variables";

/** What a host's answer means: the end, or what there is to wait for. */
export function verdict(answer: Answer, options: CheckOptions): Ending | Obstacle {
  const { instanceId } = options;
  switch (answer.kind) {
    case "none":
      return {
        key: "no report",
        sentence: "the boot has not begun",
        ending: {
          exitCode: ExitCode.StillBooting,
          message: `${instanceId}: the host's boot did not begin in time\n  On the host, cloud-init status --long and journalctl --unit ci-host-boot say why`,
        },
      };
    case "unreadable":
      return unreadable(instanceId, answer.why);
    case "other-schema":
      return {
        exitCode: ExitCode.OtherSchema,
        message: `${instanceId}: the host's report is of schema ${answer.schema}, this library reads another\n  The host was made by another version of the library: replace it, or deploy with that version`,
      };
    case "report":
      return ofReport(answer, options);
    default: {
      const never: never = answer;
      throw new Error(`no such answer: ${JSON.stringify(never)}`);
    }
  }
}

export function unreadable(instanceId: string, why: string): Obstacle {
  return {
    key: "unreadable",
    sentence: `the report cannot be read: ${why}`,
    patienceSeconds: 60,
    ending: {
      exitCode: ExitCode.ReportUnreadable,
      message: `${instanceId}: the host's report cannot be read: ${why}\n  On the host: cat /var/lib/ci-host/boot.json`,
    },
  };
}

function ofReport(answer: Answer & { readonly kind: "report" }, options: CheckOptions): Ending | Obstacle {
  const { instanceId, serverSecretVersionId } = options;
  const { boot, served } = answer;
  if (boot.instance !== instanceId) {
    return stale(instanceId, `is that of ${boot.instance}, whose disk or image this host got`);
  }
  if (boot.result === "failed") {
    // One of an earlier boot, too: a host that gave up stays out of service, and writes no other.
    return bootFailed(boot);
  }
  if (isOfEarlierBoot(answer)) {
    return stale(instanceId, `is of ${boot.writtenAt}, from before the host's last start`);
  }
  if (boot.result === "running") {
    return stillBooting(boot);
  }
  if (serverSecretVersionId !== undefined && served !== serverSecretVersionId) {
    return notServed(instanceId, serverSecretVersionId, answer);
  }
  return succeeded(boot, served);
}

function stale(instanceId: string, what: string): Obstacle {
  return {
    key: `stale ${what}`,
    sentence: `the report ${what}`,
    ending: {
      exitCode: ExitCode.StaleReport,
      message: `${instanceId}: the host wrote no report of its own boot; the one it has ${what}\n  On the host, journalctl --unit ci-host-boot says why`,
    },
  };
}

function stillBooting({ instance, stage, startedAt }: BootReport): Obstacle {
  const where = `stage ${stage ?? "unknown"}`;
  return {
    key: where,
    sentence: `boots, ${where}`,
    ending: {
      exitCode: ExitCode.StillBooting,
      message: `${instance}: not in service in time, still in ${where} of the boot of ${startedAt}\n  Give timeoutSeconds more than a boot takes; on the host, journalctl --unit ci-host-boot shows what it does`,
    },
  };
}

function bootFailed(boot: BootReport): Ending {
  return { exitCode: ExitCode.BootFailed, message: `${boot.instance}: the boot ${failureLines(boot).join("\n")}` };
}

function notServed(
  instanceId: string,
  wanted: string,
  { served, refused }: Answer & { kind: "report" },
): Ending | Obstacle {
  const now = served === null ? "no certificate" : `the certificate of version ${served}`;
  const ending = (why: string): Ending => ({
    exitCode: ExitCode.VersionNotServed,
    message: `${instanceId}: the host serves ${now}, not ${wanted}\n  ${why}`,
  });
  if (refused === wanted) {
    return ending("It has refused the new one for good: the event certificate-rotation in its log group says why");
  }
  return {
    key: `serves ${served}`,
    sentence: `in service with ${now}; waits for version ${wanted}`,
    ending: ending(
      "It has not taken over the new one yet: its timer has not come, it cannot read the secret, or its clock is behind\n" +
        "  On the host, journalctl --unit ci-host-certificates says which",
    ),
  };
}

function succeeded(boot: BootReport, served: string | null): Ending {
  const { instance, startedAt, writtenAt, versions, probe, stages } = boot;
  const seconds = Math.max(0, Math.round((Date.parse(writtenAt) - Date.parse(startedAt)) / 1000));
  const known = Object.entries(versions ?? {}).flatMap(([name, version]) => (version ? [`${name} ${version}`] : []));
  const proven = `${probe.length} checks of its probe passed`;
  return {
    exitCode: ExitCode.Succeeded,
    message: `${instance}: in service, ${seconds} s after its boot began (${[...known, proven].join(", ")})`,
    report: JSON.stringify({
      instance,
      startedAt,
      writtenAt,
      versions: versions ?? { kernel: null, docker: null, containerd: null, sysbox: null },
      probe,
      stages,
      ...(served === null ? {} : { serverSecretVersionId: served }),
    }),
  };
}
