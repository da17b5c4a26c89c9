import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RefusedError } from "../../components/problems";
import { coloursFor, columnsOf, pageWidth } from "../../preview/layout";
import type { Value } from "../../preview/manifest";
import { releaseText } from "../../preview/releaseText";
import { type RunningState, readStates } from "../../preview/runningStates";
import { manifestOf, registered } from "../manifests";

const release = (settings: Record<string, string>, digest: string) => ({
  id: `ami-0aaaaaaaaaaaaaaa1.${digest.repeat(16)}`,
  amiId: "ami-0aaaaaaaaaaaaaaa1",
  operatingSystem: "ubuntu-24.04",
  architecture: "amd64",
  docker: { version: "29.7.2" },
  images: {},
  settings,
  files: {},
});
const running = release({ DRAIN_TIMEOUT_SECONDS: "300" }, "1");
const desired = release({ DRAIN_TIMEOUT_SECONDS: "600" }, "2");

/** What `pulumi stack export` writes, as far as it is looked at. */
function exported(outputs: unknown, { project = "ci-hosts", stack = "production" } = {}) {
  const urn = `urn:pulumi:${stack}::${project}::pulumi:pulumi:Stack::${project}-${stack}`;
  return JSON.stringify({ version: 3, deployment: { resources: [{ urn, type: "pulumi:pulumi:Stack", outputs }] } });
}

describe("the state of a stack that runs", () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "states-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  function written(name: string, text: string): string {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  }

  it("says which release runs, and which is proven", () => {
    const file = written("both.json", exported({ release: desired, provenRelease: { ...running, proof: "{}" } }));
    assert.deepEqual(readStates([file], "ci-hosts"), [
      { stack: "production", release: desired, provenRelease: { ...running, proof: "{}" } },
    ]);
  });

  it("may say neither", () => {
    for (const [name, outputs] of Object.entries({
      none: undefined,
      others: { vpcId: "vpc-1" },
      odd: { release: 1 },
    })) {
      const [state] = readStates([written(`${name}.json`, exported(outputs))], "ci-hosts");
      assert.deepEqual(state, { stack: "production", release: undefined, provenRelease: undefined });
    }
  });

  it("is refused where its release is in a form of another version", () => {
    for (const [name, odd] of Object.entries({ short: { id: "ami-1.2" }, other: { ...running, docker: "29.7.2" } })) {
      const file = written(`${name}.json`, exported({ release: odd }));
      assert.throws(() => readStates([file], "ci-hosts"), /names a release in a form that this version does not read/);
    }
  });

  it("is refused where it is none, every file at once", () => {
    const files = [
      join(directory, "absent.json"),
      written("text.json", "no JSON"),
      written("empty.json", "{}"),
      written("other.json", exported({}, { project: "shop" })),
      written("first.json", exported({})),
      written("second.json", exported({})),
    ];
    assert.throws(
      () => readStates(files, "ci-hosts"),
      (error) => {
        assert.ok(error instanceof RefusedError);
        assert.deepEqual(
          error.problems.map(({ path, value, rule }) => `${path} ${String(value).split("/").pop()} ${rule}`),
          [
            "--state absent.json cannot be read: ENOENT",
            "--state text.json is not JSON",
            "--state empty.json is no exported stack",
            "--state other.json is of the project shop, not of ci-hosts",
            "--state second.json is of production, as another one is",
          ],
        );
        return true;
      },
    );
  });
});

describe("the preview's release", () => {
  const said = (outputs: Record<string, unknown>, states: RunningState[] = [], from?: string) => {
    const references = from === undefined ? [] : [registered("pulumi:pulumi:StackReference", from)];
    const manifest = manifestOf(references, { outputs: outputs as Record<string, Value> });
    return releaseText(manifest, states, coloursFor(false, {}));
  };
  const proven = { ...desired, proof: "‹rollout-proof.stdout›" };

  it("is none of a stack that exports none", () => {
    assert.deepEqual(said({ vpcId: "vpc-1" }), []);
  });

  it("is the desired one, and says that only a deployment proves it", () => {
    assert.match(
      said({ release: desired, provenRelease: proven }).join("\n"),
      /^desired {2}ami-0a{15}1\.2{16}\nproven {3}once hosts/,
    );
  });

  it("says so where a deployment checks no host", () => {
    assert.match(said({ release: desired }).join("\n"), /proven {3}not by this deployment/);
  });

  it("is never proven where the fleet wants no host and no canary is allowed", () => {
    const group = registered("aws:autoscaling/group:Group", "fleet-group", { inputs: { desiredCapacity: 0 } });
    const check = (canary: boolean) =>
      registered("ci-hosts:index:RolloutCheck", "rollout", { custom: false, inputs: { canary } });
    const outputs = { release: desired, provenRelease: proven } as unknown as Record<string, Value>;
    const text = (canary: boolean) =>
      releaseText(manifestOf([group, check(canary)], { outputs }), [], coloursFor(false, {})).join("\n");
    assert.match(text(false), /proven {3}never: the fleet wants no host, and canary is false/);
    assert.match(text(true), /proven {3}once hosts/);
  });

  it("says where it is taken from", () => {
    const lines = said({ release: desired, provenRelease: proven }, [], "organization/ci-hosts/staging");
    assert.match(
      lines.join("\n"),
      /^taken from {2}organization\/ci-hosts\/staging: what that stack has proven by then$/m,
    );
  });

  it("says what that stack has proven so far, where its state is given", () => {
    const state = { stack: "production", release: running, provenRelease: running };
    const lines = said({ release: desired, provenRelease: proven }, [state], "organization/ci-hosts/production");
    assert.match(
      lines.join("\n"),
      /^taken from {2}organization\/ci-hosts\/production: it has proven ami-0a{15}1\.1{16}$/m,
    );
  });

  it("is held against the one that runs, and the one that is proven so far", () => {
    const state = { stack: "staging", release: running, provenRelease: undefined };
    const lines = said({ release: desired, provenRelease: proven }, [state]);
    assert.match(lines.join("\n"), /^running {6}ami-0a{15}1\.1{16}$/m);
    assert.match(lines.join("\n"), /^proven here {2}none$/m);
    assert.match(lines.join("\n"), /^changes {6}setting DRAIN_TIMEOUT_SECONDS: 300 → 600$/m);
    assert.deepEqual(
      lines.filter((line) => columnsOf(line) > pageWidth),
      [],
    );
  });
});
