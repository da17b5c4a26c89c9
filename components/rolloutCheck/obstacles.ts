import type { Obstacle } from "../checks/ending";
import { ExitCode } from "./ending";
import type { Group } from "./group";
import type { Standing } from "./standing";
import { hosts, sentenceOf } from "./summary";
import type { RolloutOptions } from "./variables";

/** A group that was just created is to be seen by then, in seconds. */
const groupPatience = 30;

export function noGroup(group: Group | undefined, { groupName }: RolloutOptions): Obstacle {
  const what = group ? "the group is being deleted" : "there is no such auto scaling group in the region";
  return {
    key: what,
    sentence: what,
    patienceSeconds: groupPatience,
    ending: { exitCode: ExitCode.GroupNotFound, message: `${groupName}: ${what}\n  Deploy the fleet anew` },
  };
}

/** A canary would keep one of them from being taken away. */
export function hostsLeave(count: number, { groupName }: RolloutOptions): Obstacle {
  const what = `the group wants no host, and has ${hosts(count)} in service yet`;
  return {
    key: "hosts leave",
    sentence: what,
    ending: { exitCode: ExitCode.MixedReleases, message: `${groupName}: ${what}, so no canary was started` },
  };
}

export function canaryStarts({ groupName, release }: RolloutOptions): Obstacle {
  return {
    key: "canary",
    sentence: `the group wants no host: one is started to prove ${release}, and taken away again`,
    ending: {
      exitCode: ExitCode.TooFewHosts,
      message: `${groupName}: the desired capacity did not become 1 in time, no canary was started`,
    },
  };
}

/** All was well once. */
export function unconfirmed(standing: Standing, { groupName, release }: RolloutOptions): Obstacle {
  const message = `${groupName}: all hosts were in service with ${release} when the time was up, and it takes a second look\n  Repeat the deployment`;
  return {
    key: "unconfirmed",
    sentence: `${sentenceOf(standing, release)}; looks again`,
    ending: { exitCode: ExitCode.Unconfirmed, message },
  };
}
