import type { Problem } from "../problems";
import { ciHostProblems } from "./ciHostProblems";
import { compatibilityProblems } from "./compatibility";
import { sysboxDaemonProblems } from "./daemonConfig";
import { probeProblems } from "./probe";
import { releaseProblems } from "./releaseProblems";
import type { SysboxHostOptions } from "./sysboxHost";

/** What is wrong with the options of a sysbox host; paths are the options' names. */
export function sysboxHostProblems(options: SysboxHostOptions): Problem[] {
  const { operatingSystem, docker = {}, sysbox = {} } = options;
  const releases = releaseProblems(docker, sysbox);
  return [
    ...releases,
    // Whether versions go together is a question only for versions.
    ...(releases.length === 0 ? compatibilityProblems(sysbox, docker, operatingSystem) : []),
    ...sysboxDaemonProblems(options),
    ...ciHostProblems(options),
    ...probeProblems(options),
  ];
}
