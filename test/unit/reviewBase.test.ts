import * as assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { RefusedError } from "../../components/problems";
import { runBoth } from "../../preview/diff/bothRuns";
import type { Manifest } from "../../preview/manifest";
import { temporaryProject } from "../temporaryProject";

/** A program that makes a role of each of these names. */
function roles(...names: string[]): string {
  return [
    'import * as aws from "@pulumi/aws";',
    `for (const name of ${JSON.stringify(names)})`,
    '  new aws.iam.Role(name, { assumeRolePolicy: "{}" });',
  ].join("\n");
}

const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];

function git(root: string, ...args: string[]): string {
  return execFileSync("git", ["-C", root, ...identity, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
}

function commit(root: string, files: Readonly<Record<string, string>>): string {
  write(root, files);
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "--message", "change");
  return git(root, "rev-parse", "HEAD");
}

/** Sends SIGINT to a preview of a repository as soon as it has a second worktree, and waits until it has ended. */
async function interrupt(root: string): Promise<void> {
  const main = resolve(__dirname, "../../preview/main.js");
  const running = spawn(process.execPath, [main, "--base", "main"], { cwd: root, stdio: "ignore" });
  const ended = once(running, "exit");
  while (worktrees(root) === 1) {
    assert.equal(running.exitCode, null, "it ended before there was a second worktree");
    await new Promise((wake) => setTimeout(wake, 20));
  }
  running.kill("SIGINT");
  await ended;
}

/** A repository with one commit on `main`, checked out as `change`. */
function repository(files: Record<string, string>): string {
  const root = temporaryProject({ ".gitignore": "node_modules\n", ...files });
  git(root, "init", "--quiet", "--initial-branch=main");
  commit(root, {});
  git(root, "checkout", "--quiet", "-b", "change");
  return root;
}

const all = (known: readonly string[]) => known;

function names(manifests: readonly Manifest[]): Record<string, string[]> {
  return Object.fromEntries(manifests.map(({ stack, resources }) => [stack, resources.map(({ name }) => name)]));
}

function worktrees(root: string): number {
  return git(root, "worktree", "list").split("\n").length;
}

async function failure(running: Promise<unknown>): Promise<Error> {
  try {
    await running;
  } catch (error) {
    return error as Error;
  }
  return assert.fail("it should fail");
}

/** Puts an `npm` first on the path that is this shell script; the path is as it was afterwards. */
async function withNpm<T>(root: string, script: string, run: () => Promise<T>): Promise<T> {
  const directory = join(root, "node_modules", "..", ".git", "bin");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "npm"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(directory, "npm"), 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${directory}${delimiter}${path}`;
  try {
    return await run();
  } finally {
    process.env.PATH = path;
  }
}

describe("a run of base and head", function () {
  this.timeout(120_000);

  it("compares the working tree, as it is, with the commit at which it left the branch", async () => {
    const root = repository({ "index.ts": roles("first") });
    const left = git(root, "rev-parse", "main");
    commit(root, { "index.ts": roles("first", "committed") });
    git(root, "checkout", "--quiet", "main");
    commit(root, { "index.ts": roles("first", "meanwhile") });
    git(root, "checkout", "--quiet", "change");
    write(root, { "index.ts": roles("first", "committed", "uncommitted") });

    const found = await runBoth(root, "main", all);
    assert.equal(found.commit, left);
    assert.deepEqual(names(found.base), { dev: ["first"] });
    assert.deepEqual(names(found.head), { dev: ["committed", "first", "uncommitted"] });
    assert.equal(worktrees(root), 1);
    assert.equal(git(root, "status", "--porcelain"), "M index.ts");
  });

  it("takes a tag, and a commit by its abbreviated name", async () => {
    const root = repository({ "index.ts": roles("first") });
    git(root, "tag", "v1");
    for (const ref of ["v1", git(root, "rev-parse", "--short", "HEAD"), "HEAD"]) {
      assert.equal((await runBoth(root, ref, all)).commit, git(root, "rev-parse", "main"));
    }
  });

  it("runs a stack on the side that has it", async () => {
    const root = repository({ "index.ts": roles("first"), "Pulumi.old.yaml": "config: {}\n" });
    rmSync(join(root, "Pulumi.old.yaml"));
    write(root, { "Pulumi.new.yaml": "config: {}\n" });
    const offered: (readonly string[])[] = [];
    const found = await runBoth(root, "main", (known) => {
      offered.push(known);
      return known;
    });
    assert.deepEqual(offered, [["dev", "new", "old"]]);
    assert.deepEqual(Object.keys(names(found.base)), ["dev", "old"]);
    assert.deepEqual(Object.keys(names(found.head)), ["dev", "new"]);
    const chosen = await runBoth(root, "main", () => ["new"]);
    assert.deepEqual([names(chosen.base), names(chosen.head)], [{}, { new: ["first"] }]);
  });

  it("finds a project in a folder of the repository, and its packages above it", async () => {
    const top = repository({
      "infra/Pulumi.yaml": "name: shop\nmain: index.ts\nruntime: nodejs\n",
      "infra/Pulumi.dev.yaml": "config: {}\n",
      "infra/index.ts": roles("first"),
    });
    write(top, { "infra/index.ts": roles("second") });
    const found = await runBoth(join(top, "infra"), "main", all);
    assert.deepEqual([names(found.base), names(found.head)], [{ dev: ["first"] }, { dev: ["second"] }]);
    assert.equal(worktrees(top), 1);
  });

  it("says of a program that fails whether it is the base's", async () => {
    const root = repository({ "index.ts": 'throw new Error("broken then");' });
    write(root, { "index.ts": roles("first") });
    const short = git(root, "rev-parse", "main").slice(0, 7);
    const { message } = await failure(runBoth(root, "main", all));
    assert.match(message, new RegExp(`^at the base, ${short}: dev: the program failed`));
    assert.match(message, /broken then/);
    assert.equal(worktrees(root), 1);

    commit(root, {});
    write(root, { "index.ts": 'throw new Error("broken now");' });
    const now = await failure(runBoth(root, "HEAD", all));
    assert.match(now.message, /^dev: the program failed/);
    assert.match(now.message, /broken now/);
    assert.equal(worktrees(root), 1);
  });

  it("says of a configuration that is refused whether it is the base's", async () => {
    const root = repository({ "index.ts": roles("first"), "Pulumi.dev.yaml": "config: { shop:size: 1 }\n" });
    write(root, { "Pulumi.dev.yaml": "config: {}\n" });
    const error = await failure(runBoth(root, "main", all));
    assert.match(error.message, /^at the base, [0-9a-f]{7}: /);
    assert.match(error.message, /shop:size/);
  });

  for (const [when, secondsToCheckOut] of [
    ["while programs run", 0],
    ["while the base is checked out", 1],
  ] as const) {
    it(`leaves nothing behind when it is interrupted ${when}`, async () => {
      const root = repository({ "index.ts": "setInterval(() => {}, 1000);", ".gitattributes": "*.ts filter=slow\n" });
      git(root, "config", "filter.slow.smudge", `sleep ${secondsToCheckOut}; cat`);
      await interrupt(root);
      assert.equal(worktrees(root), 1);
    });
  }

  it("says why git could not check it out, and leaves nothing behind", async () => {
    const root = repository({ "index.ts": roles("first"), ".gitattributes": "*.ts filter=broken\n" });
    git(root, "config", "filter.broken.smudge", "exit 3");
    git(root, "config", "filter.broken.required", "true");
    const { message } = await failure(runBoth(root, "main", all));
    assert.match(message, /index\.ts: smudge filter broken failed/);
    const [directory] = /\/\S*preview-base-\w+/.exec(message) ?? assert.fail(message);
    assert.ok(!existsSync(directory));
    assert.equal(worktrees(root), 1);
  });

  it("runs no hook of the repository", async () => {
    const root = repository({ "index.ts": roles("first") });
    const hook = join(root, ".git/hooks/post-checkout");
    mkdirSync(dirname(hook), { recursive: true });
    writeFileSync(hook, `#!/bin/sh\ntouch ${JSON.stringify(join(root, ".git/hook-ran"))}\n`);
    chmodSync(hook, 0o755);
    await runBoth(root, "main", all);
    assert.ok(!existsSync(join(root, ".git/hook-ran")));
  });
});

describe("a base that can't be had", function () {
  this.timeout(60_000);

  async function refusal(root: string, ref: string): Promise<string> {
    const error = await failure(runBoth(root, ref, () => assert.fail("stacks were chosen")));
    assert.ok(error instanceof RefusedError, error.stack);
    assert.equal(error.problems.length, 1);
    return error.message;
  }

  it("is refused where nothing has its name", async () => {
    const root = repository({ "index.ts": roles("first") });
    const message = await refusal(root, "origin/nowhere");
    assert.match(message, /--base: "origin\/nowhere"/);
    assert.match(message, /Needed a single revision/);
    assert.match(message, /fetch it with its history \(fetch-depth: 0\)/);
    assert.equal(worktrees(root), 1);
  });

  it("is refused where it would be a flag of git", async () => {
    const root = repository({ "index.ts": roles("first") });
    for (const ref of ["--fork-point", "--is-ancestor", "-a"]) {
      assert.ok((await refusal(root, ref)).includes(ref));
    }
  });

  it("is refused where it has no commit in common", async () => {
    const root = repository({ "index.ts": roles("first") });
    git(root, "checkout", "--quiet", "--orphan", "other");
    commit(root, { "index.ts": roles("second") });
    assert.match(await refusal(root, "main"), /has no commit in common with HEAD/);
  });

  it("is refused outside of a repository", async () => {
    assert.match(await refusal(temporaryProject({ "index.ts": roles("first") }), "main"), /not a git repository/);
  });
});

describe("the packages of a base", function () {
  this.timeout(120_000);

  const lock = (version: string, yaml: string) =>
    JSON.stringify({
      name: "shop",
      version,
      lockfileVersion: 3,
      packages: { "": { name: "shop", version }, "node_modules/yaml": { version: yaml } },
    });

  it("are the working tree's where the lockfile is the same, but for the project's own version", async () => {
    const root = repository({ "index.ts": roles("first"), "package-lock.json": lock("1.0.0", "2.0.0") });
    write(root, { "package-lock.json": lock("1.1.0", "2.0.0"), "index.ts": roles("second") });
    const found = await withNpm(root, "echo npm was called >&2; exit 1", () => runBoth(root, "main", all));
    assert.deepEqual([names(found.base), names(found.head)], [{ dev: ["first"] }, { dev: ["second"] }]);
  });

  it("are its own where their directory is a link into the repository", async () => {
    const role = (name: string) => `exports.name = "${name}";\n`;
    const root = repository({
      "index.ts":
        'import * as aws from "@pulumi/aws";\nnew aws.iam.Role(require("own").name, { assumeRolePolicy: "{}" });\n',
      "vendor/own/index.js": role("base"),
    });
    const installed = realpathSync(join(root, "node_modules"));
    rmSync(join(root, "node_modules"));
    symlinkSync("vendor", join(root, "node_modules"));
    symlinkSync(join(installed, "@pulumi"), join(root, "vendor/@pulumi"));
    write(root, { "vendor/own/index.js": role("head") });
    const found = await runBoth(root, "main", all);
    assert.deepEqual([names(found.base), names(found.head)], [{ dev: ["base"] }, { dev: ["head"] }]);
  });

  it("are its own where they stand in the repository itself", async () => {
    const role = (name: string) =>
      `module.exports = (aws) => new aws.iam.Role("${name}", { assumeRolePolicy: "{}" });\n`;
    const root = repository({
      "index.ts":
        'import * as aws from "@pulumi/aws";\nfor (const name of ["plain", "@own/scoped"]) require(name)(aws);\n',
      "package-lock.json": lock("1.0.0", "2.0.0"),
      "packages/plain/index.js": role("plain-base"),
      "packages/scoped/index.js": 'module.exports = require("deeper");\n',
      "packages/deeper/index.js": role("deeper-base"),
    });
    const installed = realpathSync(join(root, "node_modules"));
    rmSync(join(root, "node_modules"));
    for (const directory of ["node_modules/@own", "packages/scoped/node_modules"]) {
      mkdirSync(join(root, directory), { recursive: true });
    }
    symlinkSync(join(installed, "@pulumi"), join(root, "node_modules/@pulumi"));
    symlinkSync("../packages/plain", join(root, "node_modules/plain"));
    symlinkSync("../../packages/scoped", join(root, "node_modules/@own/scoped"));
    symlinkSync("../../deeper", join(root, "packages/scoped/node_modules/deeper"));
    symlinkSync("../nowhere", join(root, "node_modules/dangling"));
    write(root, {
      "packages/plain/index.js": role("plain-head"),
      "packages/deeper/index.js": role("deeper-head"),
    });
    const found = await runBoth(root, "main", all);
    assert.deepEqual(
      [names(found.base), names(found.head)],
      [{ dev: ["deeper-base", "plain-base"] }, { dev: ["deeper-head", "plain-head"] }],
    );
  });

  it("are installed where an archive in the repository is another one", async () => {
    const archive = { resolved: "file:vendor/x.tgz" };
    const root = repository({
      "index.ts": roles("first"),
      "package-lock.json": JSON.stringify({ packages: { "node_modules/x": archive } }),
      "vendor/x.tgz": "old",
    });
    write(root, { "vendor/x.tgz": "new" });
    const error = await failure(withNpm(root, "echo no network >&2; exit 1", () => runBoth(root, "main", all)));
    assert.match(error.message, /npm ci/);
  });

  it("are installed where the lockfile is another, without their scripts", async () => {
    const root = repository({ "index.ts": roles("first"), "package-lock.json": lock("1.0.0", "1.0.0") });
    write(root, { "package-lock.json": lock("1.0.0", "2.0.0") });
    const log = join(root, ".git/npm-calls");
    const packages = JSON.stringify(join(root, "node_modules"));
    const script = `echo "$@" >> ${JSON.stringify(log)}; pwd >> ${JSON.stringify(log)}; ln -s ${packages} node_modules`;
    const found = await withNpm(root, script, () => runBoth(root, "main", all));
    assert.deepEqual(names(found.base), { dev: ["first"] });
    const [call = "", directory = "", ...more] = readFileSync(log, "utf8").trim().split("\n");
    assert.deepEqual(more, []);
    assert.match(call, /^ci .*--ignore-scripts/);
    assert.notEqual(directory, root);
    assert.ok(existsSync(join(root, "node_modules/@pulumi/pulumi")), "the packages of the working tree are gone");
    assert.ok(!existsSync(directory));
  });

  it("are said to have failed to install, where they have, and nothing stays behind", async () => {
    const root = repository({ "index.ts": roles("first"), "package-lock.json": lock("1.0.0", "1.0.0") });
    write(root, { "package-lock.json": lock("1.0.0", "2.0.0") });
    const error = await failure(withNpm(root, "echo no network >&2; exit 1", () => runBoth(root, "main", all)));
    assert.match(error.message, /npm ci/);
    assert.match(error.message, /no network/);
    assert.equal(worktrees(root), 1);
  });

  it("are refused where another tool's lockfile is another", async () => {
    const root = repository({ "index.ts": roles("first"), "yarn.lock": "a\n" });
    write(root, { "yarn.lock": "b\n" });
    const error = await failure(runBoth(root, "main", all));
    assert.ok(error instanceof RefusedError, error.stack);
    assert.match(error.message, /take a base with the same lockfile, or use npm/);
    assert.equal(worktrees(root), 1);
  });
});
