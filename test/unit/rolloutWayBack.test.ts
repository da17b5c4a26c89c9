import * as assert from "node:assert/strict";
import { ExitCode } from "../../components/rolloutCheck/ending";
import { type Call, FakeAws, type Reply } from "../fakeAws";
import { Refusal } from "../host/cloud/awsProtocols";
import { type Played, play, type Setting } from "../rollout/play";
import type { Scenario, World } from "../rollout/world";

const fake = new FakeAws();
before(() => fake.start());
after(() => fake.stop());

const denied = (action: string): Setting => ({
  instead: (call: Call): Reply | undefined =>
    call.action === action ? new Refusal("AccessDenied", `not authorized to perform: ${action}`, 403) : undefined,
});
const hopeless: Scenario = { desired: 4, old: 4, fates: Array(20).fill("fails") };
const failed: Scenario = {
  ...hopeless,
  later: { 100: (world) => world.endRefresh("Failed", "Alarm ci-boots went off") },
};
const goesBack = /\n {2}The group goes back to version 6 of its template, with which it has 3 hosts in service\n/;

function started({ calls }: Played): Call[] {
  return calls.filter(({ action }) => action === "StartInstanceRefresh");
}

/** What the group is like once it has had time. */
function afterwards({ world, seconds }: Played) {
  world.advance(seconds + 1200);
  const { groupVersion, inService, pending } = world;
  return {
    group: groupVersion,
    hosts: [...inService, ...pending].map((host) => host.templateVersion),
    refresh: world.refresh?.status,
  };
}

const former = { group: "6", hosts: ["6", "6", "6", "6"], refresh: "Successful" };

describe("a group whose new hosts do not come up", () => {
  const endings: readonly [what: string, scenario: Scenario, exitCode: number][] = [
    ["they give up, one after the other, while the refresh goes on", hopeless, ExitCode.AllAbandoned],
    ["the refresh fails", failed, ExitCode.RefreshFailed],
  ];
  for (const [what, scenario, exitCode] of endings) {
    it(`goes back to the release before: ${what}`, async () => {
      const played = await play(fake, scenario);
      assert.equal(played.exitCode, exitCode, played.message);
      assert.match(played.message, goesBack);
      assert.match(played.message, /pulumi up --refresh/);
      assert.doesNotMatch(played.message, /start-instance-refresh/);
      assert.deepEqual(afterwards(played), former);
    });
  }

  it("also where some of the new ones are in service", async () => {
    const fates = ["serves" as const, ...Array(20).fill("fails")];
    const played = await play(fake, {
      ...hopeless,
      fates,
      later: { 300: (world) => world.endRefresh("Failed", "An alarm went off") },
    });
    assert.equal(played.exitCode, ExitCode.RefreshFailed, played.message);
    assert.deepEqual(afterwards(played), former);
  });

  it("keeps all else of its configuration, and the deployment's share of hosts that stay", async () => {
    const [call] = started(await play(fake, failed));
    const policy = "DesiredConfiguration.MixedInstancesPolicy";
    const { parameters = {} } = call ?? {};
    const told = Object.fromEntries(
      Object.entries(parameters).filter(([name]) => name.startsWith("DesiredConfiguration") || name.startsWith("Pref")),
    );
    assert.deepEqual(told, {
      [`${policy}.InstancesDistribution.OnDemandBaseCapacity`]: "1",
      [`${policy}.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId`]: "lt-1",
      [`${policy}.LaunchTemplate.LaunchTemplateSpecification.Version`]: "6",
      [`${policy}.LaunchTemplate.Overrides.member.1.InstanceType`]: "m7i.large",
      [`${policy}.LaunchTemplate.Overrides.member.2.InstanceType`]: "m6i.large",
      "Preferences.InstanceWarmup": "0",
      "Preferences.MaxHealthyPercentage": "115",
      "Preferences.MinHealthyPercentage": "90",
      "Preferences.SkipMatching": "true",
    });
  });

  it("is not what a repeated check takes for proven, which says what to do", async () => {
    const { world } = await play(fake, failed);
    const again = await play(fake, {
      old: 4,
      desired: 4,
      before: (other) => Object.assign(other, { groupVersion: "6", refresh: world.refresh }),
    });
    assert.equal(again.exitCode, ExitCode.MixedReleases, again.message);
    assert.match(
      again.message,
      /The group itself has version 6\. pulumi up --refresh sees that, and gives it this one/,
    );
  });

  for (const action of ["CancelInstanceRefresh", "StartInstanceRefresh"]) {
    it(`says so where it may not go back: ${action} is denied`, async () => {
      const played = await play(fake, hopeless, denied(action));
      assert.equal(played.exitCode, ExitCode.AllAbandoned, played.message);
      assert.match(
        played.message,
        /\nci: THE GROUP STILL STARTS HOSTS OF THIS RELEASE, .* version 6 of its template:\n/,
      );
      assert.match(played.message, new RegExp(`autoscaling:${action}`));
      assert.match(played.message, /^ci: 3 hosts of ami-\S+ gave up/);
    });
  }

  it("goes back although the refresh ends by itself before it is cancelled", async () => {
    const gone = new Refusal("ActiveInstanceRefreshNotFound", "No in progress Instance Refresh");
    let world: World | undefined;
    const before = (played: World) => {
      world = played;
    };
    const instead = ({ action }: Call) => {
      if (action !== "CancelInstanceRefresh") {
        return undefined;
      }
      world?.endRefresh("Failed", "An alarm went off");
      return gone;
    };
    assert.match((await play(fake, { ...hopeless, before }, { instead })).message, goesBack);
  });

  it("goes back although AWS throttles three calls of ten", async () => {
    let count = 0;
    const throttle = new Refusal("Throttling", "Rate exceeded");
    const played = await play(fake, failed, {
      instead: () => {
        count += 1;
        return count % 10 < 3 ? throttle : undefined;
      },
    });
    assert.match(played.message, goesBack);
    assert.deepEqual(afterwards(played), former);
  });

  it("says so where no host of a release before is left to go back to", async () => {
    const { message } = await play(fake, { desired: 4, fates: Array(20).fill("fails") });
    assert.match(message, /\n {2}No host of another release is in service to go back to: /);
  });

  const left: readonly [what: string, scenario: Scenario, setting: Setting, exitCode: number][] = [
    ["there is no release before", { desired: 4, fates: Array(20).fill("fails") }, {}, ExitCode.AllAbandoned],
    [
      "somebody cancelled the refresh",
      { ...hopeless, later: { 60: (world) => world.endRefresh("Cancelled", "by hand") } },
      {},
      ExitCode.RefreshCancelled,
    ],
    ["the time is up, and hosts still boot", { ...hopeless, fates: ["hangs"] }, {}, ExitCode.HostsPending],
    ["the check was interrupted", hopeless, { interruptedAt: 60 }, ExitCode.Interrupted],
    [
      "AWS has gone back",
      {
        ...failed,
        later: {
          100: (world) => {
            world.groupVersion = "6";
            world.endRefresh("Failed", "An alarm went off");
          },
        },
      },
      {},
      ExitCode.RefreshFailed,
    ],
  ];
  for (const [what, scenario, setting, exitCode] of left) {
    it(`is left as it is where ${what}`, async () => {
      const played = await play(fake, scenario, setting);
      assert.equal(played.exitCode, exitCode, played.message);
      assert.deepEqual(started(played), []);
      assert.doesNotMatch(played.message, /goes back|THE GROUP STILL/);
    });
  }
});
