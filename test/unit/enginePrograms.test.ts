import * as assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Manifest, manifestJson } from "../../preview/manifest";
import { previewStacks } from "../../preview/stacks";
import { temporaryProject } from "../temporaryProject";

const vpc = 'import * as aws from "@pulumi/aws";\nnew aws.ec2.Vpc("net", { cidrBlock: "10.0.0.0/16" });\n';

async function preview(files: Record<string, string>): Promise<{ manifest: Manifest; said: string }> {
  let said = "";
  const [manifest, ...more] = await previewStacks(temporaryProject(files), ["dev"], (text) => {
    said += text;
  });
  assert.ok(manifest !== undefined && more.length === 0);
  return { manifest, said };
}

/** The message of the error that a preview of the program ends with. */
async function failure(program: string, files: Record<string, string> = {}): Promise<string> {
  try {
    await preview({ ...files, "index.ts": program });
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail("the preview should fail");
}

describe("a program in the engine", () => {
  it("is recorded with the lines that made each resource, in callbacks too", async () => {
    const { manifest } = await preview({
      "index.ts": [
        'import * as aws from "@pulumi/aws";',
        "interface Zone {",
        "  name: string;",
        "}",
        'const zones: Zone[] = [{ name: "a" }];',
        "for (const { name } of zones) {",
        '  new aws.ec2.Vpc("loop-" + name);',
        "}",
        "zones.map(({ name }) =>",
        '  new aws.ec2.Vpc("callback-" + name),',
        ");",
        'aws.ec2.Vpc.get("looked-up", "vpc-1");',
      ].join("\n"),
    });
    assert.deepEqual(
      manifest.resources.map(({ name, source }) => `${name} ${source}`),
      ["callback-a index.ts:10", "looked-up index.ts:12", "loop-a index.ts:7"],
    );
  });

  it("gets configuration as the CLI gives it, and secrets as symbols", async () => {
    const { manifest } = await preview({
      "Pulumi.yaml": [
        "name: shop",
        "main: index.ts",
        "runtime: nodejs",
        "config:",
        "  zones: { type: array, items: { type: string }, default: [a, b] }",
        "  size: { type: integer, default: 1 }",
        "  token: { type: string, secret: true }",
        "  login: { type: object }",
        "  aws:region: { value: eu-central-1 }",
      ].join("\n"),
      "Pulumi.dev.yaml": [
        "config:",
        '  shop:size: "3"',
        "  shop:token: { secure: AAAB }",
        "  shop:login: { user: ci, password: { secure: AAAC } }",
      ].join("\n"),
      "index.ts": [
        'import * as pulumi from "@pulumi/pulumi";',
        'import * as aws from "@pulumi/aws";',
        "const config = new pulumi.Config();",
        'export const zones = config.requireObject("zones");',
        'export const size = config.requireNumber("size") + 1;',
        'export const token = config.requireSecret("token");',
        'export const login = config.requireSecretObject("login");',
        "export const region = aws.config.region;",
        "export const where = [pulumi.getProject(), pulumi.getStack(), pulumi.runtime.isDryRun()];",
      ].join("\n"),
    });
    assert.deepEqual(manifest.outputs, {
      zones: ["a", "b"],
      size: 4,
      token: "‹secret shop:token›",
      login: { password: "‹secret shop:login.password›", user: "‹secret›" },
      region: "eu-central-1",
      where: ["shop", "dev", false],
    });
  });

  it("gives the same bytes in every run", async () => {
    const root = resolve(__dirname, "../fixtures/realistic");
    const runs = await Promise.all([previewStacks(root, ["staging", "production"]), previewStacks(root, ["staging"])]);
    const [[staging, production], [again]] = runs;
    assert.ok(staging && production && again);
    assert.equal(manifestJson(again), manifestJson(staging));
    assert.equal(staging.resources.length, 70);
    assert.equal(production.resources.length, 83);
  });

  it("can name two resources alike, in whatever order they are registered", async () => {
    const { manifest } = await preview({
      "index.ts": [
        'import * as aws from "@pulumi/aws";',
        'const net = new aws.ec2.Vpc("ci");',
        'export const subnet = new aws.ec2.Subnet("ci", { vpcId: net.id }).arn;',
        "export const arn = net.arn;",
      ].join("\n"),
    });
    assert.deepEqual(manifest.outputs, { arn: "‹aws:ec2/vpc:Vpc::ci.arn›", subnet: "‹aws:ec2/subnet:Subnet::ci.arn›" });
  });

  it("may print, which doesn't reach stdout", async () => {
    const { said } = await preview({ "index.ts": `${vpc}console.log("hello");\nconsole.error("there");\n` });
    assert.equal(said, "hello\nthere\n");
  });

  it("sees no credentials of who previews it", async () => {
    process.env.AWS_SECRET_ACCESS_KEY = "planted";
    try {
      const { manifest } = await preview({ "index.ts": "export const names = Object.values(process.env).join();" });
      assert.doesNotMatch(String(manifest.outputs.names), /planted/);
    } finally {
      delete process.env.AWS_SECRET_ACCESS_KEY;
    }
  });

  it("may serialize functions, as dynamic providers do", async () => {
    const { manifest } = await preview({
      "index.ts": [
        'import * as pulumi from "@pulumi/pulumi";',
        'const provider = { create: async () => ({ id: "1", outs: {} }) };',
        'new pulumi.dynamic.Resource(provider, "made", {});',
      ].join("\n"),
    });
    assert.match(String(manifest.resources[0]?.inputs.__provider), /create/);
  });

  it("may use what the SDK has for other programs", async () => {
    const { manifest } = await preview({
      "index.ts": [
        'import * as pulumi from "@pulumi/pulumi";',
        'import { LocalWorkspace } from "@pulumi/pulumi/automation";',
        'import ts from "typescript";',
        "export const names = [pulumi.automation.LocalWorkspace.name, LocalWorkspace.name];",
        'export const has = ["LocalWorkspace" in pulumi.automation, ts.version !== undefined];',
      ].join("\n"),
    });
    assert.deepEqual(manifest.outputs, { names: ["LocalWorkspace", "LocalWorkspace"], has: [true, true] });
  });

  it("runs as JavaScript without the TypeScript loader where Pulumi.yaml says so", async () => {
    const { manifest } = await preview({
      "Pulumi.yaml": "name: shop\nmain: app\nruntime: { name: nodejs, options: { typescript: false } }\n",
      "app/index.js": 'const aws = require("@pulumi/aws");\nnew aws.ec2.Vpc("net");\n',
      "app/package.json": '{ "main": "index.js" }',
    });
    assert.deepEqual(
      manifest.resources.map(({ source }) => source),
      ["app/index.js:2"],
    );
  });

  const failing: Record<string, { program: string; says: RegExp }> = {
    "throws at once": {
      program: `${vpc}throw new Error("boom");\n`,
      says: /^dev: the program failed\nError: boom\n {4}at .*index\.ts:3:7\)$/,
    },
    "rejects later": {
      program: `${vpc}setTimeout(() => Promise.reject(new Error("boom")), 10);\n`,
      says: /^dev: the program failed\nError: boom\n/,
    },
    "fails while a resource is registered": {
      program: `${vpc}new aws.ec2.Vpc("v", { cidrBlock: new Promise((_, no) => no(new Error("boom"))) });\n`,
      says: /^dev: the program failed\n(.*\n)?.*boom/,
    },
    "refuses its own input": {
      program: `import * as pulumi from "@pulumi/pulumi";\nthrow new pulumi.RunError("zones must not be empty");\n`,
      says: /^dev: the program failed\nzones must not be empty$/,
    },
    "has a syntax error": {
      program: "const = 1;\n",
      says: /^dev: the program failed\nSyntaxError: .*index\.ts.*\(1:7\)$/,
    },
    "imports what isn't there": {
      program: 'import "./missing";\n',
      says: /^dev: the program failed\nError: Cannot find module '\.\/missing'/,
    },
    "exits with an error": { program: `${vpc}process.exit(3);\n`, says: /^dev: the program ended with exit code 3$/ },
    "exits before it is through": {
      program: `${vpc}process.exit(0);\n`,
      says: /^dev: the program ended .*\n.*(promises were still active|program exited before)/,
    },
    "waits for what never comes": {
      program: `${vpc}new aws.ec2.Vpc("v", { cidrBlock: new Promise(() => {}) });\n`,
      says: /^dev: the program ended .*\n.*(promises were still active|program exited before)/,
    },
    "logs an error and goes on": {
      program: `${vpc}import * as pulumi from "@pulumi/pulumi";\npulumi.log.error("no zones");\n`,
      says: /^dev: the program failed\nno zones$/,
    },
    "registers nothing": { program: "export {};\n", says: /^dev: the program registers nothing; is `main`/ },
    "calls an unknown function": {
      program: 'import * as aws from "@pulumi/aws";\nexport const id = aws.ec2.getVpcOutput({}).id;\n',
      says: /^dev: the program calls aws:ec2\/getVpc:getVpc, .* preview\/invokes\.ts/,
    },
    "registers a URN twice": {
      program: `${vpc}new aws.ec2.Vpc("net");\n`,
      says: /^dev: two resources have the URN .* registered at index\.ts:2 and again at index\.ts:3;/,
    },
  };

  for (const [what, { program, says }] of Object.entries(failing)) {
    it(`that ${what} ends the preview with one clear message`, async () => {
      assert.match(await failure(program), says);
    });
  }

  it("leaves nothing behind, whether it fails or not", async () => {
    const temporary = process.env.TMPDIR;
    const own = mkdtempSync(join(tmpdir(), "own-"));
    process.env.TMPDIR = own;
    try {
      await preview({ "index.ts": vpc });
      await failure("setInterval(() => {}, 1000);\nthrow new Error('boom');\n");
      assert.deepEqual(
        readdirSync(own).filter((file) => file.startsWith("preview-")),
        [],
      );
    } finally {
      if (temporary === undefined) {
        delete process.env.TMPDIR;
      } else {
        process.env.TMPDIR = temporary;
      }
      rmSync(own, { recursive: true });
    }
  });

  it("is ended when another stack's fails", async () => {
    const root = temporaryProject({
      "Pulumi.other.yaml": "config: {}\n",
      "index.ts": [
        'import { existsSync, renameSync, writeFileSync } from "node:fs";',
        'import * as pulumi from "@pulumi/pulumi";',
        'const fails = pulumi.getStack() === "dev";',
        'if (!fails) writeFileSync("pid.new", String(process.pid));',
        'if (!fails) renameSync("pid.new", "pid");',
        "setInterval(() => {",
        '  if (fails && existsSync("pid")) throw new Error("boom");',
        "}, 10);",
      ].join("\n"),
    });
    await assert.rejects(previewStacks(root, ["other", "dev"]), /^ProgramError: dev: the program failed\nError: boom/);
    const pid = Number(readFileSync(join(root, "pid"), "utf8"));
    assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  });
});
