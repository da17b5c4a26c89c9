import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { FakeAws } from "../fakeAws";
import { Refusal } from "../host/cloud/awsProtocols";
import { play } from "../rollout/play";
import type { Fate, Scenario, World } from "../rollout/world";

const fake = new FakeAws();
before(() => fake.start());
after(() => fake.stop());

const throttle = new Refusal("Throttling", "Rate exceeded");
const fates: readonly Fate[] = [
  "serves",
  "serves",
  "fails",
  "hangs",
  "logless",
  "mute",
  "forges",
  "otherwise",
  "garbles",
];

/** What others, or chance, may do to a group; none of it asks for more hosts. */
const mishaps: Readonly<Record<string, (world: World) => void>> = {
  "a host is lost": (world) => world.terminate(world.inService.at(-1)?.id ?? ""),
  "a host is unwell": (world) => {
    Object.assign(world.inService[0] ?? {}, { healthy: false });
  },
  "a host is called well": (world) => {
    for (const host of world.hosts) {
      host.healthy = true;
    }
  },
  "the refresh is cancelled": (world) => world.endRefresh("Cancelled", "by hand"),
  "the refresh is called done": (world) => world.endRefresh("Successful", ""),
  "launching stops": (world) => {
    world.suspended = ["Launch"];
  },
  "launching goes on": (world) => {
    world.suspended = [];
  },
};

const mishap = fc.constantFrom(...Object.keys(mishaps));
const happenings = fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), mishap), { maxLength: 4 });
const scenarios = fc.record({
  desired: fc.integer({ min: 0, max: 4 }),
  old: fc.integer({ min: 0, max: 3 }),
  ready: fc.integer({ min: 0, max: 3 }),
  refresh: fc.constantFrom("none", "InProgress", "Successful", "Pending", "Failed"),
  bootSeconds: fc.integer({ min: 5, max: 200 }),
  fates: fc.array(fc.constantFrom(...fates), { maxLength: 6 }),
});

function scenarioOf(base: Scenario, happens: readonly (readonly [number, string])[]): Scenario {
  return {
    ...base,
    later: Object.fromEntries(happens.map(([second, what]) => [second, mishaps[what] ?? assert.fail()])),
  };
}

describe("a rollout in any world", () => {
  it("is called proven only if every host in service is of the release, and there are as many as wanted", async () => {
    let provenOnes = 0;
    await fc.assert(
      fc.asyncProperty(
        scenarios,
        happenings,
        fc.option(fc.integer({ min: 50, max: 500 })),
        fc.integer({ min: 2, max: 40 }),
        fc.boolean(),
        async (base, happens, scaledAt, throttledOneOf, canary) => {
          const scenario = scenarioOf(base, happens);
          const later = { ...scenario.later };
          if (scaledAt !== null) {
            later[scaledAt] = (world) => {
              world.desired = 3;
            };
          }
          const { exitCode, report, wasProven, message, rounds } = await play(
            fake,
            { ...scenario, later },
            {
              timeoutSeconds: 900,
              canary,
              instead: (_, count) => (count % throttledOneOf === 1 ? throttle : undefined),
            },
          );
          const { outcome } = JSON.parse(report ?? "{}");
          assert.equal(exitCode === 0, ["proven", "unproven"].includes(outcome), message);
          if (outcome === "proven") {
            provenOnes += 1;
            assert.ok(wasProven, message);
          }
          assert.ok(outcome !== "unproven" || !canary, message);
          assert.ok(Math.max(...rounds) <= 40);
        },
      ),
      { numRuns: 150 },
    );
    assert.ok(provenOnes > 10, `only ${provenOnes} worlds were proven`);
  });

  it("leaves a group that wanted no host with none, whatever becomes of its canary", async () => {
    await fc.assert(
      fc.asyncProperty(
        scenarios,
        happenings,
        fc.option(fc.integer({ min: 1, max: 500 })),
        async (base, happens, interruptedAt) => {
          const scenario = scenarioOf({ ...base, desired: 0, old: 0, ready: 0 }, happens);
          const setting = { timeoutSeconds: 600, ...(interruptedAt === null ? {} : { interruptedAt }) };
          const { world, message } = await play(fake, scenario, setting);
          assert.equal(world.desired, 0, message);
          world.advance(world.now + 60);
          assert.deepEqual(world.inService, [], message);
        },
      ),
      { numRuns: 60 },
    );
  });
});
