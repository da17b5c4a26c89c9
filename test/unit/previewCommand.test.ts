import * as assert from "node:assert/strict";
import { type Programs, previewCommand } from "../../preview/command";
import type { Manifest } from "../../preview/manifest";

const empty = (stack: string): Manifest => ({ project: "shop", stack, resources: [], outputs: { answer: "‹db.id›" } });

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
  const all = { list: () => ["production", "staging"], run: async (stacks: readonly string[]) => stacks.map(empty) };
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

  it("prints one JSON document", async () => {
    const { stdout } = await run(["--format", "json", "--stack", "staging"]);
    assert.deepEqual(JSON.parse(stdout), {
      stacks: [
        { stack: "staging", project: "shop", counts: {}, resources: [], outputs: { answer: "‹db.id›" }, hostPlans: [] },
      ],
    });
  });

  it("prints the host plans alone as JSON, too", async () => {
    const { stdout } = await run(["--format=json", "--host-plan", "--stack=staging"]);
    assert.deepEqual(JSON.parse(stdout), { stacks: [{ stack: "staging", project: "shop", hostPlans: [] }] });
  });

  it("runs no program to print its help", async () => {
    const { exitCode, stdout } = await run(["--help"], { run: () => assert.fail("a program ran") });
    assert.equal(exitCode, 0);
    for (const flag of ["--stack", "--format", "--host-plan", "--help"]) {
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
    [["--format", "yaml"], '--format: "yaml"', "write one of: text, json"],
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
