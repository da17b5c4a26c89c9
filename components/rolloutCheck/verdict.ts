import type { Obstacle } from "../checks/ending";
import { abandonedCause, byHand, type Cause, lastFailure, refreshCause, startRefresh } from "./causes";
import { ExitCode } from "./ending";
import type { Standing } from "./standing";
import { hosts, newsOf, pendingFor, sentenceOf } from "./summary";
import { unprovenCause } from "./unprovenCause";
import type { RolloutOptions } from "./variables";

/** A refresh that a deployment starts is to be seen by then, in seconds. */
const refreshLateSeconds = 120;

/** What stands between now and a proven release. */
export function obstacleIn(standing: Standing, options: RolloutOptions): Obstacle {
  const sentence = sentenceOf(standing, options.release);
  const cause =
    refreshCause(standing, options) ??
    abandonedCause(standing, options) ??
    launchSuspended(standing, options) ??
    becauseSuspended(causeIn(standing, options), standing, options);
  const { key, patienceSeconds, exitCode, message } = cause;
  return {
    key,
    sentence,
    news: newsOf(standing),
    ending: { exitCode, message: `${message}\n  It stood so: ${sentence}` },
    ...(patienceSeconds === undefined ? {} : { patienceSeconds }),
  };
}

/** Of all that may be in the way, what tells most. */
function causeIn(standing: Standing, options: RolloutOptions): Cause {
  return (
    mixedCause(standing, options) ??
    launchCause(standing, options) ??
    pendingCause(standing, options) ??
    unprovenCause(standing, options) ??
    underWayCause(standing, options) ??
    tooFewCause(standing, options)
  );
}

function launchSuspended(standing: Standing, options: RolloutOptions): Cause | undefined {
  const { suspended, missing } = standing;
  return suspended.includes("Launch") && missing > 0
    ? { key: "suspended", patienceSeconds: 0, ...suspension(standing, options, `${hosts(missing)} missing`) }
    : undefined;
}

function becauseSuspended(cause: Cause, standing: Standing, options: RolloutOptions): Cause {
  return standing.suspended.length === 0
    ? cause
    : { ...cause, ...suspension(standing, options, cause.message.slice(options.groupName.length + 2)) };
}

function suspension({ suspended }: Standing, { groupName }: RolloutOptions, what: string) {
  const resume = byHand("resume-processes", groupName, ` --scaling-processes ${suspended.join(" ")}`);
  return {
    exitCode: ExitCode.ProcessSuspended,
    message: `${groupName}: processes of the group are suspended: ${suspended.join(", ")}; ${what}\n  ${resume}`,
  };
}

function mixedCause(standing: Standing, options: RolloutOptions): Cause | undefined {
  const { others, otherVersion, refreshUnderWay } = standing;
  const { groupName, templateVersion } = options;
  const [first] = others;
  if ((first ?? otherVersion) === undefined || refreshUnderWay) {
    return undefined;
  }
  const mixed = { key: "mixed", patienceSeconds: refreshLateSeconds, exitCode: ExitCode.MixedReleases };
  if (first === undefined) {
    const message = `${groupName}: the group starts its hosts with template version ${otherVersion}, not ${templateVersion}\n  pulumi up --refresh sees that, and gives it this one`;
    return { ...mixed, message };
  }
  return {
    ...mixed,
    message: [
      `${groupName}: ${hosts(others.length)} in service with another template version than ${templateVersion}, and no refresh is under way`,
      ...(otherVersion === undefined
        ? [
            `  ${first.id} has version ${first.templateVersion}. Start a refresh and repeat the deployment:`,
            `  ${startRefresh(groupName)}`,
          ]
        : [`  The group itself has version ${otherVersion}. pulumi up --refresh sees that, and gives it this one`]),
    ].join("\n"),
  };
}

function launchCause({ launchFailure, missing }: Standing, { groupName }: RolloutOptions): Cause | undefined {
  if (launchFailure === undefined || missing === 0) {
    return undefined;
  }
  return {
    key: "launch fails",
    exitCode: ExitCode.LaunchFails,
    message: `${groupName}: ${hosts(missing)} missing, and EC2 starts no instance: ${launchFailure}\n  Give the fleet more instanceTypes or subnets where it is capacity, ask for a higher quota where it is that`,
  };
}

function pendingCause(standing: Standing, { groupName }: RolloutOptions): Cause | undefined {
  const { pending, abandoned } = standing;
  const [slowest] = pending;
  if (slowest === undefined) {
    return undefined;
  }
  const gaveUp = abandoned.length > 0 ? `; ${hosts(abandoned.length)} gave up before` : "";
  return {
    key: "pending",
    exitCode: ExitCode.HostsPending,
    message: [
      `${groupName}: ${hosts(pending.length)} not in service in time; the slowest, ${slowest.host.id}, is ${pendingFor(slowest)}${gaveUp}`,
      ...lastFailure(standing),
      "  Give timeoutSeconds more than a rollout takes; on the host, journalctl --unit ci-host-boot shows what it does",
    ].join("\n"),
  };
}

function underWayCause({ refresh, refreshUnderWay }: Standing, { groupName }: RolloutOptions): Cause | undefined {
  if (refresh === undefined || !refreshUnderWay) {
    return undefined;
  }
  return {
    key: "refresh",
    exitCode: ExitCode.RefreshUnderWay,
    message: `${groupName}: the refresh did not end in time, it is ${refresh.status} at ${refresh.percent} % (${refresh.reason})\n  Give timeoutSeconds more than a rollout takes; jobs that hosts finish first are part of it`,
  };
}

function tooFewCause({ desired, proven, missing }: Standing, { groupName }: RolloutOptions): Cause {
  return {
    key: "too few",
    exitCode: ExitCode.TooFewHosts,
    message: `${groupName}: ${proven.length} of ${hosts(desired)} in service, ${missing} missing and none on its way\n  The group's activities say why: its history in the console, or aws autoscaling describe-scaling-activities`,
  };
}
