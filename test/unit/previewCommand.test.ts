import * as assert from "node:assert/strict";
import { type Programs, previewCommand } from "../../preview/command";
import type { Manifest } from "../../preview/manifest";
import { manifestOf, registered } from "../manifests";

const empty = (stack: string): Manifest => ({ project: "shop", stack, resources: [], outputs: { answer: "‹db.id›" } });

const commit = "0123456789abcdef0123456789abcdef01234567";

interface Given extends Partial<Programs> {
  readonly isTTY?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

async function run(argv: readonly string[], { isTTY = false, env = {}, ...programs }: Given = {}) {
  const printed = { stdout: "", stderr: "" };
  const into = (stream: keyof typeof printed) => ({
    isTTY,
    write(text: string) {
      printed[stream] += text;
    },
  });
  const known = ["production", "staging"];
  const all: Programs = {
    list: () => known,
    states: () => [],
    run: async (stacks) => stacks.map(empty),
    runBoth: async (_, choose) => {
      const stacks = choose(known).map(empty);
      return { commit, base: stacks, head: stacks };
    },
  };
  const terminal = { stdout: into("stdout"), stderr: into("stderr"), env };
  const exitCode = await previewCommand(argv, { ...all, ...programs }, terminal);
  return { exitCode, ...printed };
}

describe("npm run preview", () => {
  it("previews all stacks", async () => {
    const { exitCode, stdout, stderr } = await run([]);
    assert.deepEqual(stdout.match(/^━━ \w+/gm), ["━━ production", "━━ staging"]);
    assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: "" });
  });

  it("previews the named stacks alone, each once, in the order of the flags", async () => {
    const { stdout } = await run(["--stack", "staging", "--stack=production", "--stack", "staging"]);
    assert.deepEqual(stdout.match(/^━━ \w+/gm), ["━━ staging", "━━ production"]);
  });

  it("takes the state of no stack that it does not preview", async () => {
    const states = () => [{ stack: "dev", release: undefined, provenRelease: undefined }];
    const { exitCode, stdout, stderr } = await run(["--state", "dev.json"], { states });
    assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: "" });
    assert.match(stderr, /--state: "dev"\n {4}is the stack of a state, and not previewed\n {4}→ add --stack/);
  });

  it("prints one JSON document", async () => {
    const { stdout } = await run(["--format", "json", "--stack", "staging"]);
    const { stacks, posture } = JSON.parse(stdout);
    const outputs = { answer: "‹db.id›" };
    assert.deepEqual(stacks, [
      { stack: "staging", project: "shop", counts: {}, violations: [], resources: [], outputs, hostPlans: [] },
    ]);
    assert.deepEqual(
      posture.environments.map(({ stack }: { stack: string }) => stack),
      ["staging"],
    );
  });

  it("prints the host plans alone as JSON, too", async () => {
    const { stdout } = await run(["--format=json", "--host-plan", "--stack=staging"]);
    assert.deepEqual(JSON.parse(stdout), { stacks: [{ stack: "staging", project: "shop", hostPlans: [] }] });
  });

  it("runs no program to print its help", async () => {
    const { exitCode, stdout } = await run(["--help"], { run: () => assert.fail("a program ran") });
    assert.equal(exitCode, 0);
    for (const flag of ["--stack", "--base", "--format", "--host-plan", "--exit-code", "--help"]) {
      assert.ok(stdout.includes(flag), `${flag} is missing`);
    }
  });

  const colourCases: [what: string, given: Given, coloured: boolean][] = [
    ["no colour in a pipe", {}, false],
    ["no colour in a pipe in CI", { env: { CI: "true" } }, false],
    ["colour on a terminal", { isTTY: true }, true],
    ["no colour on a terminal with NO_COLOR", { isTTY: true, env: { NO_COLOR: "1" } }, false],
    ["no colour on a dumb terminal", { isTTY: true, env: { TERM: "dumb" } }, false],
    ["colour in a pipe with FORCE_COLOR", { env: { FORCE_COLOR: "1" } }, true],
    ["no colour on a terminal with FORCE_COLOR=0", { isTTY: true, env: { FORCE_COLOR: "0" } }, false],
    ["no colour with both NO_COLOR and FORCE_COLOR", { env: { NO_COLOR: "1", FORCE_COLOR: "1" } }, false],
  ];
  for (const [what, given, coloured] of colourCases) {
    it(`uses ${what}`, async () => {
      const { stdout } = await run([], given);
      assert.equal(stdout.includes("\u001b["), coloured);
    });
  }

  it("never colours JSON", async () => {
    const { stdout } = await run(["--format=json"], { isTTY: true, env: { FORCE_COLOR: "1" } });
    assert.ok(!stdout.includes("\u001b["));
  });

  const wrong: [argv: string[], ...said: string[]][] = [
    [["--stck", "staging"], "--stck: (not set)", "is not a flag of this command", "--stack, --format"],
    [["-x"], "-x: (not set)", "is not a flag of this command"],
    [["--constructor"], "--constructor", "is not a flag of this command"],
    [["staging"], "staging: (not set)", "name a stack with --stack NAME"],
    [["--", "staging"], "staging: (not set)", "name a stack with --stack NAME"],
    [["--stack"], "--stack: (not set)", "needs a value"],
    [["--stack="], '--stack: ""', "needs a value"],
    [["--stack", "--help"], '--stack: "--help"', "needs a value"],
    [["--format"], "--format: (not set)", "write --format json"],
    [["--format", "yaml"], '--format: "yaml"', "write one of: text, markdown, json"],
    [["--format", "markdown"], '--format: "markdown"', "needs a base", "add --base REF"],
    [["--exit-code", "--format=markdown"], "1 mistake", "--format"],
    [["--base"], "--base: (not set)", "write --base origin/main"],
    [["--base="], '--base: ""', "needs a value"],
    [["--base", "--exit-code"], '--base: "--exit-code"', "needs a value"],
    [["--base", "main", "--host-plan"], "--host-plan: (not set)", "shows one state", "leave one of them out"],
    [["--base", "main", "--stack", "prod"], '--stack: "prod"', "the stacks are production, staging"],
    [["--host-plan=yes"], '--host-plan: "yes"', "takes no value"],
    [["--stack", "prod"], '--stack: "prod"', "is not a stack of this project", "the stacks are production, staging"],
    [["--stack", "prod", "--stack", "dev"], "2 mistakes", '--stack: "prod"', '--stack: "dev"'],
    [["--fmt", "--format=xml", "--help=1", "now"], "4 mistakes", "--fmt", "--format", "--help", "now"],
  ];
  for (const [argv, ...said] of wrong) {
    it(`refuses ${argv.join(" ")}`, async () => {
      const { exitCode, stdout, stderr } = await run(argv, { run: () => assert.fail("a program ran") });
      for (const part of said) {
        assert.ok(stderr.includes(part), `${part} is missing in\n${stderr}`);
      }
      assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: "" });
    });
  }

  describe("with --base", () => {
    const volume = { type: "aws:ebs/volume:Volume", inputs: { encrypted: true, size: 1 } };
    const network = { type: "aws:ec2/vpc:Vpc", inputs: { tags: { Owner: "platform" } } };
    const stack = (...resources: (typeof volume | typeof network)[]) =>
      manifestOf(resources.map(({ type, inputs }) => registered(type, "it", { inputs })));
    const kept = manifestOf([registered(volume.type, "it", { inputs: volume.inputs, options: { protect: true } })]);
    const between = (before: Manifest, after: Manifest): Given => ({
      run: () => assert.fail("a single run was made"),
      runBoth: async () => ({ commit, base: [before], head: [after] }),
    });
    const nothing = between(stack(network), stack(network));
    const changes = between(stack(network), stack({ ...network, inputs: { tags: { Owner: "build" } } }));
    const destroys = between(stack(volume, network), stack(network));
    const blocked = between(kept, stack());

    it("passes the base on, and the stacks that are chosen of all that either side has", async () => {
      const calls: unknown[] = [];
      const runBoth: Programs["runBoth"] = async (base, choose) => {
        calls.push([base, choose(["gone", "new"])]);
        return { commit, base: [], head: [] };
      };
      await run(["--base", "origin/main", "--stack", "gone"], { runBoth });
      await run(["--base=v1"], { runBoth });
      assert.deepEqual(calls, [
        ["origin/main", ["gone"]],
        ["v1", ["gone", "new"]],
      ]);
    });

    it("prints the review as text, Markdown and JSON", async () => {
      const text = await run(["--base", "main"], changes);
      assert.match(text.stdout, /^━━ Changes since main \(0123456\)/);
      assert.match(text.stdout, /tags\.Owner: platform → build/);
      const markdown = await run(["--base", "main", "--format", "markdown"], changes);
      assert.match(markdown.stdout, /^<!-- ci-hosts preview -->\n/);
      const json = await run(["--base", "main", "--format", "json"], changes);
      assert.deepEqual(JSON.parse(json.stdout).base, { ref: "main", commit });
      for (const { exitCode, stderr } of [text, markdown, json]) {
        assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: "" });
      }
    });

    it("says in one line that nothing changes", async () => {
      const { stdout } = await run(["--base", "main"], nothing);
      assert.equal(stdout, "No change since main (0123456) in staging\n");
    });

    it("colours the review on a terminal, and nothing but text", async () => {
      assert.ok((await run(["--base", "main"], { ...changes, isTTY: true })).stdout.includes("\u001b["));
      for (const argv of [["--format=markdown"], ["--format=json"]]) {
        const { stdout } = await run(["--base", "main", ...argv], {
          ...changes,
          isTTY: true,
          env: { FORCE_COLOR: "1" },
        });
        assert.ok(!stdout.includes("\u001b["), argv.join());
      }
      assert.ok(!(await run(["--base", "main"], changes)).stdout.includes("\u001b["));
    });

    const exitCodes: [what: string, given: Given, exitCode: number][] = [
      ["no change", nothing, 0],
      ["a change that the deployment will refuse", blocked, 1],
      ["a change", changes, 2],
      ["a change that destroys", destroys, 3],
    ];
    for (const [what, given, expected] of exitCodes) {
      it(`ends with ${expected} for ${what} if --exit-code asks for it, else with 0`, async () => {
        const asked = await run(["--base", "main", "--exit-code"], given);
        assert.deepEqual({ exitCode: asked.exitCode, stderr: asked.stderr }, { exitCode: expected, stderr: "" });
        assert.notEqual(asked.stdout, "");
        const { exitCode } = await run(["--base", "main"], given);
        assert.equal(exitCode, 0);
      });
    }

    it("ends with 1 and prints nothing when a program fails", async () => {
      const runBoth = () => Promise.reject(new Error("at the base, 0123456: dev: boom"));
      const { exitCode, stdout, stderr } = await run(["--base", "main", "--exit-code"], { runBoth });
      assert.match(stderr, /at the base, 0123456: dev: boom/);
      assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: "" });
    });
  });

  it("refuses a project without stacks", async () => {
    const { exitCode, stdout, stderr } = await run([], { list: () => [] });
    assert.match(stderr, /there is no stack to preview/);
    assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: "" });
  });

  it("prints nothing of any stack when one of them fails", async () => {
    const { exitCode, stdout, stderr } = await run([], { run: () => Promise.reject(new Error("production: boom")) });
    assert.match(stderr, /production: boom/);
    assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: "" });
  });
});
