import * as assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "../..");
const command = join(root, "preview/main.js");

describe("the preview as a process", () => {
  let project: string;
  before(() => {
    project = mkdtempSync(join(tmpdir(), "project-"));
    symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
    writeFileSync(join(project, "package.json"), "{}\n");
    writeFileSync(join(project, "Pulumi.yaml"), "name: broken\nruntime: nodejs\nmain: index.ts\n");
    writeFileSync(join(project, "Pulumi.good.yaml"), "config: {}\n");
    writeFileSync(join(project, "Pulumi.bad.yaml"), "config: {}\n");
    writeFileSync(
      join(project, "index.ts"),
      'import { getStack } from "@pulumi/pulumi";\nif (getStack() === "bad") throw new Error("boom");\nexport const a = 1;\n',
    );
  });
  after(() => rmSync(project, { recursive: true }));

  const run = (...argv: string[]) =>
    spawnSync(process.execPath, [command, ...argv], { cwd: project, encoding: "utf8" });

  it("ends with 0 and prints to stdout alone", () => {
    const { status, stdout, stderr } = run("--stack", "good");
    assert.match(stdout, /^━━ good .*\n\na {2}1\n$/s);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  });

  it("ends with 1, and at once, where the program has no SDK", () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "project-"));
    try {
      writeFileSync(join(elsewhere, "Pulumi.yaml"), "name: alone\nruntime: nodejs\nmain: index.ts\n");
      writeFileSync(join(elsewhere, "Pulumi.dev.yaml"), "config: {}\n");
      writeFileSync(join(elsewhere, "index.ts"), "export const a = 1;\n");
      const { status, stderr } = spawnSync(process.execPath, [command], {
        cwd: elsewhere,
        encoding: "utf8",
        timeout: 20_000,
      });
      assert.match(stderr, /^1 mistake in the program:\n.*\n.*does not find @pulumi\/pulumi.*\n.*npm ci/);
      assert.equal(status, 1);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it("ends with 1 and prints no stack when the program throws in one", () => {
    const { status, stdout, stderr } = run();
    assert.match(stderr, /^bad: .*boom/s);
    assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
  });

  it("ends with 1 for a wrong flag, and for an unknown stack", () => {
    for (const argv of [["--stacks"], ["--stack", "gone"]]) {
      const { status, stdout, stderr } = run(...argv);
      assert.match(stderr, /^1 mistake in the command line:\n/);
      assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
    }
  });

  it("takes it quietly when nobody reads on", async () => {
    const child = spawn(process.execPath, [command, "--stack", "good"], { cwd: project });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (text) => (stderr += text));
    const status = await new Promise((resolve) => child.once("close", resolve));
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  });
});
