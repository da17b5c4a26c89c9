import * as assert from "node:assert/strict";
import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { Ending } from "../../components/checks/ending";
import { clientSettings } from "../../components/checks/endpoint";
import { createApi } from "../../components/rolloutCheck/api";
import { checkRollout } from "../../components/rolloutCheck/check";
import type { RolloutOptions } from "../../components/rolloutCheck/variables";
import type { Call, FakeAws, Reply } from "../fakeAws";
import { beginning, release, type Scenario, templateVersion, World } from "./world";
import { WorldAws } from "./worldAws";

export interface Setting extends Partial<RolloutOptions> {
  /** Stands in for the world's answer to a call, the how manieth it is of all. */
  readonly instead?: (call: Call, count: number, seconds: number) => Reply | undefined;
  readonly url?: string;
  readonly secretAccessKey?: string;
  /** When somebody ends the check, in seconds. */
  readonly interruptedAt?: number;
}

export interface Played extends Ending {
  readonly progress: readonly string[];
  readonly world: World;
  /** What the check took, by its own clock. */
  readonly seconds: number;
  readonly calls: readonly Call[];
  /** How many calls each round made. */
  readonly rounds: readonly number[];
  /**
   * Whether the world was as a check may call proven when the group was last asked for before the verdict. Who takes a
   * canary away asks once more.
   */
  readonly wasProven: boolean;
}

export const options: RolloutOptions = {
  groupName: "ci",
  logGroupName: "/ci/hosts",
  templateVersion,
  release,
  timeoutSeconds: 1800,
  canary: true,
};

/** Lets a check look at a world whose clock goes on only when the check sleeps. */
export async function play(fake: FakeAws, scenario: Scenario, setting: Setting = {}): Promise<Played> {
  const { instead, url = fake.url, secretAccessKey, interruptedAt, ...changes } = setting;
  const world = new World(scenario);
  const aws = new WorldAws(world);
  let milliseconds = 0;
  let count = 0;
  fake.play((call) => {
    world.advance(Math.floor(milliseconds / 1000));
    count += 1;
    return instead?.(call, count, world.now) ?? aws.answer(call);
  });
  const interruption = new AbortController();
  const clock = {
    now: () => beginning + milliseconds,
    async sleep(wanted: number, until?: AbortSignal) {
      assert.ok(wanted > 0, "a sleep that takes no time is a busy loop");
      milliseconds += until?.aborted ? 0 : wanted;
      if (interruptedAt !== undefined && milliseconds >= interruptedAt * 1000) {
        interruption.abort("SIGTERM");
      }
    },
  };
  const settings = {
    ...clientSettings({ region: fake.region, awsEndpointUrl: url }),
    credentials: { ...fake.credentials, ...(secretAccessKey === undefined ? {} : { secretAccessKey }) },
  };
  const clients = {
    autoScaling: new AutoScalingClient(settings),
    logs: new CloudWatchLogsClient(settings),
    ssm: new SSMClient(settings),
  };
  const progress: string[] = [];
  const told = { ...options, ...changes };
  try {
    const api = createApi(clients, told.groupName, told.logGroupName);
    const ending = await checkRollout(told, api, clock, (line) => progress.push(line), interruption.signal);
    const calls = [...fake.calls];
    const seconds = milliseconds / 1000;
    const verdictAt = Date.parse(JSON.parse(ending.report ?? "{}").provenAt);
    const look = aws.looks.findLast(({ second }) => beginning + second * 1000 <= verdictAt);
    const wasProven = look?.isProven ?? false;
    return { ...ending, progress, world, seconds, calls, rounds: roundsOf(calls), wasProven };
  } finally {
    for (const client of Object.values(clients)) {
      client.destroy();
    }
  }
}

/** A round begins where the group is asked for. */
function roundsOf(calls: readonly Call[]): number[] {
  const rounds: number[] = [];
  for (const { action } of calls) {
    if (action === "DescribeAutoScalingGroups" || rounds.length === 0) {
      rounds.push(0);
    }
    rounds.push((rounds.pop() ?? 0) + 1);
  }
  return rounds;
}
