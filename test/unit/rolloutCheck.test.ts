import * as assert from "node:assert/strict";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Ending } from "../../components/checks/ending";
import type { Release } from "../../components/release";
import { provenRelease, RolloutCheck, type RolloutCheckArgs } from "../../components/rolloutCheck";
import { ExitCode } from "../../components/rolloutCheck/ending";
import { readOptions } from "../../components/rolloutCheck/options";
import { variables } from "../../components/rolloutCheck/variables";
import { record } from "../../preview/inProcess";
import { FakeAws } from "../fakeAws";
import { inputsOf, only, ownership } from "../resources";
import { options } from "../rollout/play";
import { beginning, type Scenario, World } from "../rollout/world";
import { WorldAws } from "../rollout/worldAws";
import { type RunOptions, runCheck } from "../runCheck";

const release: Release = {
  id: options.release,
  amiId: "ami-0123456789abcdef0",
  operatingSystem: "ubuntu-24.04",
  architecture: "amd64",
  docker: {},
  images: {},
  settings: {},
  files: {},
};
const args: RolloutCheckArgs = {
  region: "eu-central-1",
  groupName: options.groupName,
  logGroupName: options.logGroupName,
  templateVersion: options.templateVersion,
  release,
};
const recorded = (changes: Partial<RolloutCheckArgs> = {}, preview = false) =>
  record(() => new RolloutCheck("ci", { ...args, ...changes }), { preview });

describe("RolloutCheck", () => {
  it("owns all that it creates", async () => {
    assert.deepEqual(ownership(await recorded()), [
      "ci-proof: command:local:Command in ci-hosts:index:RolloutCheck",
      "ci: ci-hosts:index:RolloutCheck in the stack",
    ]);
  });

  it("runs one and the same command, whatever its arguments, and nothing when it is destroyed", async () => {
    const run = "exec node 'components/rolloutCheck/main.js'";
    for (const changes of [{}, { region: "us-east-1", timeoutSeconds: 300, canary: false, templateVersion: "8" }]) {
      const { create, update, logging, addPreviousOutputInEnv, ...others } = inputsOf(
        await recorded(changes),
        "ci-proof",
      );
      assert.deepEqual(
        { create, update, destroy: others.delete, logging, addPreviousOutputInEnv },
        { create: run, update: run, destroy: undefined, logging: "stderr", addPreviousOutputInEnv: false },
      );
    }
  });

  it("tells its program what to wait for in the environment, and no secret", async () => {
    const { inputs, secretInputs } = only(await recorded({ awsEndpointUrl: "http://127.0.0.1:4566" }), "ci-proof");
    assert.deepEqual(inputs.environment, {
      [variables.awsEndpointUrl]: "http://127.0.0.1:4566",
      [variables.canary]: "true",
      [variables.groupName]: "ci",
      [variables.logGroupName]: "/ci/hosts",
      [variables.region]: "eu-central-1",
      [variables.release]: release.id,
      [variables.templateVersion]: "7",
      [variables.timeoutSeconds]: "3600",
    });
    assert.deepEqual(secretInputs, []);
  });

  it("is proven anew when group, template or release changes, and for nothing else", async () => {
    const triggers = async (changes: Partial<RolloutCheckArgs>) =>
      inputsOf(await recorded(changes), "ci-proof").triggers;
    const before = ["ci", "7", release.id];
    const other = { ...release, id: "ami-0123456789abcdef0.fedcba9876543210" };
    assert.deepEqual(await triggers({ groupName: "other" }), ["other", "7", release.id]);
    assert.deepEqual(await triggers({ templateVersion: pulumi.output("8") }), ["ci", "8", release.id]);
    assert.deepEqual(await triggers({ release: pulumi.output(other) }), ["ci", "7", other.id]);
    for (const changes of [{}, { timeoutSeconds: 600 }, { canary: false }, { logGroupName: "/ci/other" }]) {
      assert.deepEqual(await triggers(changes), before, Object.keys(changes).join());
    }
    const { options: resourceOptions } = only(await recorded(), "ci-proof");
    assert.deepEqual(resourceOptions.replaceOnChanges, ["triggers[*]"]);
  });

  it("tells the release with what proved it, a symbol in this repository's preview", async () => {
    const { outputs } = only(await recorded(), "ci");
    const proof = "‹ci-proof.stdout›";
    assert.deepEqual(outputs, {
      mitigations: ["release-proven"],
      proof,
      provenRelease: { ...release, proof },
    });
  });

  it("takes the proof of this release alone, and none that says that it is unproven", () => {
    const proof = (outcome: string, id = release.id) => JSON.stringify({ outcome, release: id });
    assert.deepEqual(provenRelease([proof("proven"), release]), { ...release, proof: proof("proven") });
    assert.equal(provenRelease([proof("unproven"), release]), undefined);
    for (const outcome of ["proven", "unproven"]) {
      assert.throws(
        () => provenRelease([proof(outcome, "ami-1.2"), release]),
        new RegExp(`^Error: the proof is of release ami-1\\.2, not of ${release.id}: `),
      );
    }
    for (const nothing of ["", "\n", "proven"]) {
      assert.throws(() => provenRelease([nothing, release]), new RegExp(`printed no proof of release ${release.id}$`));
    }
  });

  it("registers the same in a preview of the real CLI, where the proof is unknown", async () => {
    const { inputs } = only(await recorded({}, true), "ci-proof");
    assert.deepEqual(inputs, inputsOf(await recorded(), "ci-proof"));
  });

  it("refuses all mistakes at once", async () => {
    const mistakes = {
      region: "Frankfurt",
      groupName: "a:b",
      logGroupName: "a b",
      templateVersion: "$Latest",
      release: { ...release, id: "latest" },
      timeoutSeconds: 299,
      awsEndpointUrl: "127.0.0.1",
    };
    await assert.rejects(recorded(mistakes), (error: Error) => {
      const paths = [...error.message.matchAll(/^ {2}([\w.]+):/gm)].map(([, path]) => path);
      assert.deepEqual(paths, [
        "region",
        "groupName",
        "logGroupName",
        "templateVersion",
        "release.id",
        "timeoutSeconds",
        "awsEndpointUrl",
      ]);
      return /^7 mistakes in RolloutCheck ci:/.test(error.message);
    });
    for (const timeoutSeconds of [0, 299, 300.5, 43201, Number.NaN, Number.POSITIVE_INFINITY]) {
      await assert.rejects(recorded({ timeoutSeconds }), /must be a whole number from 300 to 43200/);
    }
    for (const timeoutSeconds of [300, 43200]) {
      await recorded({ timeoutSeconds });
    }
  });
});

describe("the command of a RolloutCheck", () => {
  const fake = new FakeAws();
  before(() => fake.start());
  after(() => fake.stop());

  /** Runs it in a world that stands still. */
  async function run(
    scenario: Scenario | World,
    changes: Partial<RolloutCheckArgs> = {},
    more: Partial<RunOptions> = {},
  ) {
    const world = scenario instanceof World ? scenario : new World(scenario);
    const aws = new WorldAws(world);
    fake.play((call) => aws.answer(call));
    const { create, environment } = inputsOf(await recorded({ awsEndpointUrl: fake.url, ...changes }), "ci-proof");
    const hurried = {
      NODE_OPTIONS: `--require ${join(__dirname, "../rollout/hurry.js")}`,
      WORLD_BEGINS_AT: String(beginning),
    };
    const told = { ...hurried, ...(environment as Record<string, string>) };
    const ran = await runCheck(create as string, told, { credentials: fake.credentials, ...more });
    for (const secret of [fake.credentials.secretAccessKey, fake.credentials.sessionToken]) {
      assert.ok(!ran.stderr.includes(secret));
    }
    return { ...ran, world };
  }

  it("prints the proof alone to stdout, and the progress to stderr", async () => {
    const { status, stdout, stderr } = await run({ ready: 2 });
    const proven = provenRelease([stdout, release]);
    assert.equal(proven?.id, release.id);
    const { provenAt, waitedSeconds, ...proof } = JSON.parse(stdout);
    assert.deepEqual(proof, {
      outcome: "proven",
      release: release.id,
      templateVersion: "7",
      hosts: { count: 2, ids: ["i-00000000000000001", "i-00000000000000002"] },
      versions: { kernel: ["6.1.1"], docker: ["28.0.1"], containerd: ["2.0.1"], sysbox: ["0.6.7"] },
      abandoned: [],
      canary: false,
    });
    assert.ok(Math.abs(Date.parse(provenAt) - beginning) < 60_000 && waitedSeconds < 60);
    assert.equal(stdout.split("\n").length, 2);
    const [looks, done, ...more] = stderr.split("\n");
    assert.match(looks ?? "", /^\[0:00\] ci: 2 of 2 hosts in service with ami-\S+; looks again$/);
    assert.match(done ?? "", /^ci: 2 hosts in service with ami-\S+, after 0:0\d \(kernel 6\.1\.1, docker 28\.0\.1, /);
    assert.deepEqual({ status, more }, { status: 0, more: [""] });
  });

  it("fails, and prints no proof, where the group cannot come to its hosts", async () => {
    const { status, stdout, stderr } = await run({ suspended: ["Launch"] });
    assert.deepEqual({ status, stdout }, { status: ExitCode.ProcessSuspended, stdout: "" });
    assert.match(stderr, /\nci: processes of the group are suspended: Launch; 2 hosts missing\n/);
  });

  it("is green without a proof where it is told so", async () => {
    const { status, stdout, stderr } = await run({ desired: 0 }, { canary: false });
    assert.equal(status, 0);
    assert.equal(provenRelease([stdout, release]), undefined);
    assert.match(stderr, /^ci: UNPROVEN: /);
  });

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    it(`takes its canary away on ${signal}`, async () => {
      const { status, stderr, world } = await run(
        { desired: 0 },
        {},
        {
          started(child) {
            // Once there is news of the canary, its capacity has been asked for.
            child.stderr.once("data", () => child.kill(signal));
          },
        },
      );
      assert.equal(status, ExitCode.Interrupted);
      assert.match(
        stderr,
        new RegExp(`\nci: the check was interrupted \\(${signal}\\); .*\n  The canary is taken away`),
      );
      assert.equal(world.desired, 0);
    });
  }

  it("takes its canary away where nobody reads any more what it says", async () => {
    const world = new World({ desired: 0 });
    const { status } = await run(
      world,
      {},
      {
        started(child) {
          child.stderr.once("data", () => {
            child.stderr.destroy();
            // News, which it tries to tell.
            world.suspended = ["ReplaceUnhealthy"];
          });
        },
      },
    );
    assert.deepEqual([status, world.desired], [ExitCode.Interrupted, 0]);
  });

  it("says what is wrong with what it was told", () => {
    const told = {
      [variables.region]: "eu-central-1",
      [variables.groupName]: "ci",
      [variables.logGroupName]: "/ci/hosts",
      [variables.templateVersion]: "7",
      [variables.release]: release.id,
      [variables.timeoutSeconds]: "300",
      [variables.canary]: "false",
    };
    const codeOf = (env: NodeJS.ProcessEnv) => (readOptions(env) as Ending).exitCode;
    const { region, ...rest } = { ...options, timeoutSeconds: 300, canary: false, region: "eu-central-1" };
    assert.deepEqual(readOptions(told), { region, ...rest, awsEndpointUrl: undefined });
    assert.equal(codeOf({ ...told, [variables.region]: "evil.example.com/" }), ExitCode.NoRegion);
    for (const [name, value] of [
      [variables.groupName, ""],
      [variables.logGroupName, 'a"b'],
      [variables.templateVersion, "$Default"],
      [variables.release, `${release.id}")`],
      [variables.timeoutSeconds, "0"],
      [variables.canary, "maybe"],
    ] as const) {
      const ending = readOptions({ ...told, [name]: value }) as Ending;
      assert.equal(ending.exitCode, ExitCode.BadOptions);
      assert.match(ending.message, new RegExp(`^${name} is not `));
    }
  });

  it("has an exit code of its own for each ending", () => {
    const codes = Object.values(ExitCode);
    assert.equal(new Set(codes).size, codes.length);
  });
});
