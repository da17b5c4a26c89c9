import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { posture } from "../../policy/posture";
import type { Resource } from "../../policy/rule";
import type { Programs } from "../../preview/command";
import { coloursFor } from "../../preview/layout";
import type { Manifest } from "../../preview/manifest";
import { postureCommand } from "../../preview/posture/command";
import { postureSection } from "../../preview/posture/text";
import { golden } from "../golden";
import { resource, templateType } from "../policy/fixture";

const root = join(__dirname, "../..");
const colours = coloursFor(false, {});

/** A small stack: one template in a component, and a flow log beside it. */
function stack(
  name: string,
  { docker = "29.7.2", runtime = "sysbox-runc", template = "fleet-template" } = {},
): Manifest {
  const service = { runtime: "sysbox-runc", cpus: 1, mem_limit: "1g", pids_limit: 100 };
  const files = {
    "/etc/docker/daemon.json": JSON.stringify({ runtimes: { [runtime]: { path: "/usr/bin/sysbox-runc" } } }),
    "/etc/ci-host/compose.yaml": JSON.stringify({ services: { runner: service } }),
    "/etc/ci-host/settings": `DOCKER_PACKAGES=docker-ce=5:${docker}-1~debian.12~bookworm\nSYSBOX_URL=https://x/sysbox-ce_0.7.1.deb\nSYSBOX_SHA256=${"0".repeat(64)}\n`,
  };
  const writeFiles = Object.entries(files).map(([path, content]) => ({ path, content }));
  const fleet = { ...resource("ci-hosts:index:CiFleet", "fleet"), custom: false };
  const all: (Resource & { custom?: boolean; parent?: string })[] = [
    fleet,
    {
      ...resource(templateType, template, {
        userData: `#cloud-config\n${JSON.stringify({ write_files: writeFiles })}`,
        metadataOptions: { httpTokens: "optional", httpPutResponseHopLimit: 1 },
        blockDeviceMappings: [{ ebs: { encrypted: "true" } }],
      }),
      source: "components/hostTemplate.ts:33",
      parent: fleet.urn,
    },
    { ...resource("aws:ec2/flowLog:FlowLog", "log", { trafficType: "ALL" }), source: "stacks/index.ts:9" },
  ];
  const resources = all.map((each) => ({
    parent: "",
    custom: true,
    outputs: {},
    dependencies: [],
    options: {},
    ...each,
  }));
  return { project: "shop", stack: name, resources, outputs: { posture: { fleet: ["proof-before-jobs"] } } };
}

const manifests: Readonly<Record<string, Manifest>> = {
  production: stack("production", { docker: "29.7.1", runtime: "other" }),
  staging: stack("staging"),
};

async function run(argv: readonly string[], programs: Partial<Programs> = {}) {
  const printed = { stdout: "", stderr: "" };
  const into = (stream: keyof typeof printed) => ({ write: (text: string) => (printed[stream] += text) });
  const all = {
    list: () => Object.keys(manifests),
    run: async (stacks: readonly string[]) => stacks.flatMap((name) => manifests[name] ?? []),
    ...programs,
  };
  const exitCode = await postureCommand(argv, all, { stdout: into("stdout"), stderr: into("stderr"), env: {} });
  return { exitCode, ...printed };
}

describe("npm run posture", () => {
  it("prints text of at most 100 columns", async () => {
    const { stdout, stderr, exitCode } = await run(["--stack", "production"]);
    assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: "" });
    assert.deepEqual(
      stdout.split("\n").filter((line) => [...line].length > 100),
      [],
    );
    golden("posture/posture.txt", stdout);
  });

  it("prints Markdown", async () => {
    golden("posture/posture.md", (await run(["--format", "markdown", "--stack", "production"])).stdout);
  });

  it("says in each format in what a stack is behind", async () => {
    const behind = "production is behind staging: Docker 29.7.1, staging has 29.7.2";
    for (const format of ["text", "markdown"]) {
      assert.ok((await run(["--format", format])).stdout.includes(behind), format);
    }
    const [first] = JSON.parse((await run(["--format", "json"])).stdout).behind;
    assert.deepEqual(first, {
      stack: "production",
      ahead: "staging",
      what: "Docker",
      has: "29.7.1",
      aheadHas: "29.7.2",
    });
  });

  it("prints the posture itself as JSON", async () => {
    const { stdout } = await run(["--format=json", "--stack", "staging"]);
    assert.deepEqual(JSON.parse(stdout), posture([stack("staging")]));
  });

  it("lets no name end a cell, be markup or turn the text around", async () => {
    const hostile = stack("staging", { template: "a|<b>`x`\n[y](z)\u202e" });
    const { stdout } = await run(["--format=markdown", "--stack=staging"], { run: async () => [hostile] });
    assert.ok(!/<b>|`x`|\[y\]|\u202e/.test(stdout));
    const rows = stdout.split("\n").filter((line) => line.startsWith("| "));
    assert.deepEqual([...new Set(rows.map((row) => row.split("|").length))], [4, 6]);
    const text = await run(["--stack=staging"], { run: async () => [hostile] });
    assert.ok(!text.stdout.includes("\u202e"));
  });

  const wrong: [argv: string[], ...said: string[]][] = [
    [["--stck"], "--stck"],
    [["staging"], "staging"],
    [["--stack"], "--stack"],
    [["--stack", "prod", "--format", "yaml"], "2 mistakes", '"prod"', "production, staging", "text, markdown, json"],
  ];
  for (const [argv, ...said] of wrong) {
    it(`refuses ${argv.join(" ")}`, async () => {
      const { exitCode, stdout, stderr } = await run(argv, { run: () => assert.fail("a program ran") });
      for (const part of said) {
        assert.ok(stderr.includes(part), stderr);
      }
      assert.doesNotMatch(stderr, /^ {4}at /m);
      assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: "" });
    });
  }

  it("prints its help without running a program", async () => {
    const { stdout } = await run(["--help"], { run: () => assert.fail("a program ran") });
    assert.match(stdout, /--stack .*--format .*--help/s);
  });

  it("runs as a process", function () {
    this.timeout(60_000);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, "preview/posture/main.js"), "--stack", "staging"],
      { cwd: root, encoding: "utf8" },
    );
    assert.match(stdout, /^staging {2}ci-hosts, sysbox\n\nPrivileged container escape {2}critical → low\n/);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  });
});

describe("the posture in a preview", () => {
  const all = posture(Object.values(manifests));

  it("has the risks, what is missing, and in what the stack is behind", () => {
    golden("posture/section.txt", `${postureSection(all, "production", colours).join("\n")}\n`);
    assert.ok(!postureSection(all, "staging", colours).join().includes("behind"));
  });

  it("says in one line that nothing is missing", () => {
    const environments = all.environments.map((each) => ({
      ...each,
      unfounded: [],
      mitigations: each.mitigations.filter(({ status }) => status !== "missing"),
    }));
    assert.deepEqual(postureSection({ environments, behind: [] }, "staging", colours).slice(-2), [
      "",
      "All 8 mitigations are implemented; npm run posture shows where.",
    ]);
  });
});
