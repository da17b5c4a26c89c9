import type { Problem } from "../problems";
import { type OperatingSystem, operatingSystems } from "./operatingSystems";
import { type DockerChoice, DockerSource, defaultSysboxVersion, dockerVersionOf, type SysboxChoice } from "./releases";

/** Versions from `from` on and up to, not including, `before`; open where there is no bound. */
interface Range {
  readonly from?: string;
  readonly before?: string;
}

/** A combination that is known not to work. What a row does not name, any version of it is meant. */
interface Incompatibility {
  readonly sysbox: Range;
  readonly docker?: Range;
  readonly kernel?: Range;
  /** What a user would see. */
  readonly symptom: string;
  /** Where it was reported. */
  readonly issue: string;
  /** What to take instead. */
  readonly fix: string;
}

/** Of reports on plain Docker; what fails under Kubernetes alone (nestybox/sysbox#1013, #1035) is no row. */
const incompatibilities: readonly Incompatibility[] = [
  {
    sysbox: { before: "0.7.1" },
    docker: { from: "29.5.0" },
    symptom: 'containers fail to start, "namespace {"time" ""} does not exist"',
    issue: "https://github.com/nestybox/sysbox/issues/1011",
    fix: "take sysbox 0.7.1 or a Docker before 29.5.0",
  },
  {
    sysbox: { before: "0.7.0" },
    docker: { from: "28.5.2" },
    symptom: 'containers inside fail to start, "unsafe procfs detected: … invalid cross-device link"',
    issue: "https://github.com/nestybox/sysbox/issues/973",
    fix: "take sysbox 0.7.1 or a Docker before 28.5.2",
  },
  {
    sysbox: { before: "0.6.6" },
    docker: { from: "27.4.0" },
    symptom: 'containers inside fail to start, "error mounting "proc" to rootfs"',
    issue: "https://github.com/nestybox/sysbox/issues/889",
    fix: "take sysbox 0.7.1 or a Docker before 27.4.0",
  },
  {
    sysbox: { before: "0.6.4" },
    kernel: { from: "6.5" },
    symptom: "/proc and /sys are emulated wrongly in containers",
    issue: "https://github.com/nestybox/sysbox/pull/792",
    fix: "take sysbox 0.7.1 or an operating system with an older kernel, debian-12",
  },
];

/**
 * What is known not to work together, one problem for each report; the paths are `sysbox.version`. A Docker that moves
 * with its distribution is judged by every version that it may become.
 */
export function compatibilityProblems(
  sysbox: SysboxChoice,
  docker: DockerChoice,
  operatingSystem: OperatingSystem,
): Problem[] {
  const sysboxVersion = sysbox.version ?? defaultSysboxVersion;
  const { kernel, docker: packaged } = operatingSystems[operatingSystem];
  const dockerVersion = dockerVersionOf(docker, operatingSystem);
  const moves = docker.source === DockerSource.Distribution && packaged.moves;
  const name = `Docker ${dockerVersion}${moves ? " or newer, as the distribution moves on" : ""}`;

  return incompatibilities
    .filter(
      (row) =>
        reaches(sysboxVersion, false, row.sysbox) &&
        reaches(dockerVersion, moves, row.docker ?? {}) &&
        reaches(kernel, false, row.kernel ?? {}),
    )
    .map(({ symptom, issue, fix }) => ({
      path: "sysbox.version",
      value: sysboxVersion,
      rule: `does not work with ${name} on ${operatingSystem} (kernel ${kernel}): ${symptom}; see ${issue}`,
      fix,
    }));
}

/** Whether a version is in a range, or, when it moves, could come to be. */
function reaches(version: string, moves: boolean, { from, before }: Range): boolean {
  const highEnough = moves || from === undefined || compare(version, from) >= 0;
  return highEnough && (before === undefined || compare(version, before) < 0);
}

/** Compares numbers as numbers: 0.10 is after 0.9. */
const { compare } = new Intl.Collator("en", { numeric: true });
