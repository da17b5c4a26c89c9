import { type Problem, within } from "../problems";
import type { LifecycleHook } from "./boot";
import { compatibilityProblems } from "./compatibility";
import { sysboxDaemonProblems } from "./daemonConfig";
import { DataVolume, dataVolumeProblems } from "./dataVolume";
import { mirrorProblems } from "./packages";
import { probeProblems } from "./probe";
import { releaseProblems } from "./releaseProblems";
import { settingProblems } from "./settings";
import type { SysboxHostOptions } from "./sysboxHost";
import { urlProblems } from "./urlProblems";

/** What is wrong with the options of a sysbox host; paths are the options' names. */
export function sysboxHostProblems(options: SysboxHostOptions): Problem[] {
  const { operatingSystem, docker = {}, sysbox = {}, secretArns = {}, logGroupName } = options;
  const releases = releaseProblems(docker, sysbox);
  return [
    ...releases,
    // Whether versions go together is a question only for versions.
    ...(releases.length === 0 ? compatibilityProblems(sysbox, docker, operatingSystem) : []),
    ...sysboxDaemonProblems(options),
    ...dataVolumeProblems(options.dataVolume ?? DataVolume.Auto),
    ...hookProblems("launchingHook", options.launchingHook, 300, "what a boot takes at least"),
    ...hookProblems("terminatingHook", options.terminatingHook, 30, "AWS's own least"),
    ...probeProblems(options),
    ...(logGroupName === undefined ? [] : settingProblems("logGroupName", logGroupName, "line")),
    ...(options.awsEndpointUrl === undefined ? [] : urlProblems("awsEndpointUrl", options.awsEndpointUrl)),
    ...mirrorProblems(options),
    ...secretProblems(secretArns, options.compose),
  ];
}

function hookProblems(path: string, hook: LifecycleHook | undefined, least: number, why: string): Problem[] {
  if (hook === undefined) {
    return [];
  }
  const { name, timeoutSeconds } = hook;
  const problems = settingProblems("name", name, "word");
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < least || timeoutSeconds > 7200) {
    const rule = `must be a whole number from ${least}, ${why}, to 7200, what AWS lets a hook wait`;
    problems.push({ path: "timeoutSeconds", value: timeoutSeconds, rule, fix: "900 is a quarter of an hour" });
  }
  return within(path, problems);
}

function secretProblems(secretArns: Readonly<Record<string, string>>, compose: string | undefined): Problem[] {
  const entries = Object.entries(secretArns);
  if (compose === undefined && entries.length > 0) {
    const rule = "is for the workload, and there is none";
    return [{ path: "secretArns", value: secretArns, rule, fix: "give compose, or leave the secrets out" }];
  }
  return entries.flatMap(([name, arn]) => [
    ...(/^[a-z][a-z0-9-]{0,62}$/.test(name)
      ? []
      : [
          {
            path: `secretArns.${name}`,
            value: name,
            rule: "is not a name for a file: small letters, digits and hyphens, at most 63, a letter first",
            fix: "rename it; the host keeps the secret under this name",
          },
        ]),
    ...settingProblems(`secretArns.${name}`, arn, "word"),
  ]);
}
