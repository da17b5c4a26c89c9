import * as assert from "node:assert/strict";
import { join } from "node:path";
import { releaseOverrideTag } from "../../components";
import { record } from "../../preview/inProcess";
import type { Manifest, Value } from "../../preview/manifest";
import { readProject } from "../../preview/project";
import { readStackConfig } from "../../preview/stackConfig";
import { inputsOf } from "../resources";

const project = readProject(join(__dirname, "../.."));
const newerAmi = "ami-0fedcba9876543210";

/** The committed stack's program, with changes of its configuration, as `up` runs it beside a staging of such exports. */
function deployed(stack: string, changes: Record<string, string>, staging: Manifest["outputs"] = {}) {
  const own = Object.entries(changes).map(([key, value]) => [`ci-hosts:${key}`, value]);
  const config = { ...readStackConfig(project, stack).values, ...Object.fromEntries(own) };
  return record(() => require("../../stacks")(), {
    project: "ci-hosts",
    stack,
    config,
    stackOutputs: { "organization/ci-hosts/staging": staging },
  });
}

const production = (changes: Record<string, string>, staging: Manifest["outputs"]) =>
  deployed("production", { promoteFrom: "staging", ...changes }, staging);

/** What staging exports once its hosts, of this configuration, are in service. */
async function provenBy(changes: Record<string, string>): Promise<Manifest["outputs"]> {
  const { outputs } = await deployed("staging", { amiId: newerAmi, ...changes });
  const { release } = outputs as { readonly release: Record<string, Value> };
  return { release, provenRelease: { ...release, proof: '{"outcome":"proven"}' } };
}

function idOf(outputs: Manifest["outputs"]): Value | undefined {
  return (outputs.release as { readonly [key: string]: Value }).id;
}

describe("production", () => {
  it("takes image and versions from what staging has proven, and is the same release", async () => {
    const docker = { version: "29.8.0", containerdVersion: "2.3.4", buildxVersion: "0.37.0", composeVersion: "5.6.0" };
    const staging = await provenBy({ docker: JSON.stringify(docker) });
    const { outputs, ...manifest } = await production({}, staging);
    assert.equal(idOf(outputs), idOf(staging));
    assert.equal(inputsOf({ ...manifest, outputs }, "fleet-template").imageId, newerAmi);
    assert.equal((outputs.release as { docker: { version: string } }).docker.version, "29.8.0");
  });

  it("keeps the image that is proven, whatever its publisher has by then", async () => {
    const { outputs } = await production({}, await provenBy({}));
    assert.match(String(idOf(outputs)), new RegExp(`^${newerAmi}\\.`));
  });

  it("is refused while staging has proven nothing", async () => {
    const { provenRelease: _, ...unproven } = await provenBy({});
    const wished = { ...unproven, provenRelease: unproven.release as Value };
    for (const staging of [unproven, wished, { ...unproven, provenRelease: null }, {}]) {
      await assert.rejects(production({}, staging), (error: Error) => {
        assert.match(error.message, /^1 mistake in the release of production:\n {2}promoteFrom: "staging"\n/);
        assert.match(error.message, /has proven no release: .*\n {4}→ deploy staging until its RolloutCheck succeeds/);
        return true;
      });
    }
  });

  it("is refused where its hosts would be others, with a table of what differs", async () => {
    const staging = await provenBy({ drainTimeoutSeconds: "300" });
    await assert.rejects(production({ drainTimeoutSeconds: "600" }, staging), (error: Error) => {
      assert.match(error.message, /has proven another release than this stack's hosts would be:\n/);
      assert.match(error.message, /^ +staging proved +here$/m);
      assert.match(error.message, /^ +setting DRAIN_TIMEOUT_SECONDS +300 +600$/m);
      assert.match(error.message, /^ +file \/etc\/systemd\/system\/ci-workload\.service +[0-9a-f]{16} +[0-9a-f]{16}$/m);
      assert.match(error.message, /→ make them the same and prove that in staging first, or give releaseOverride/);
      return true;
    });
  });

  it("registers nothing when it is refused", async () => {
    const registered: string[] = [];
    await assert.rejects(
      record(() => require("../../stacks")(), {
        project: "ci-hosts",
        stack: "production",
        config: { ...readStackConfig(project, "production").values, "ci-hosts:promoteFrom": "staging" },
        stackOutputs: { "organization/ci-hosts/staging": {} },
        outputsOf: async (_, name) => {
          registered.push(name);
          return undefined;
        },
      }),
    );
    assert.deepEqual(registered, []);
  });

  it("does as its own configuration says with an override, and carries the reason", async () => {
    const reason = "CVE-2026-0001 in runc - staging is down";
    const { provenRelease: _, ...unproven } = await provenBy({});
    const manifest = await production({ releaseOverride: reason, amiId: "ami-0123456789abcdef0" }, unproven);
    const template = inputsOf(manifest, "fleet-template");
    assert.equal(template.imageId, "ami-0123456789abcdef0");
    assert.equal((template.tags as Record<string, string>)[releaseOverrideTag], reason);
    const [ofInstances] = template.tagSpecifications as { tags: Record<string, string> }[];
    assert.equal(ofInstances?.tags[releaseOverrideTag], reason);
  });

  const refused: Readonly<Record<string, readonly [changes: Record<string, string>, message: RegExp]>> = {
    "an override without a word": [{ releaseOverride: "because" }, /releaseOverride: "because"\n {4}must be a reason/],
    "an override of blanks": [{ releaseOverride: "            ", amiId: newerAmi }, /must be a reason/],
    "an override without an image to go to": [
      { releaseOverride: "staging is down today" },
      /amiId: .*\n {4}is required with releaseOverride: without it the hosts get their publisher's newest image/,
    ],
    "an override that a tag does not take": [{ releaseOverride: "<b>urgent</b> thing" }, /must be a reason/],
    "an image beside the proof": [{ amiId: newerAmi }, /amiId: .*\n {4}is what staging has proven/],
    "a Docker beside the proof": [{ docker: '{"version":"29.7.2"}' }, /docker: .*\n {4}is what staging has proven/],
    "a sysbox beside the proof": [{ sysbox: '{"version":"0.7.1"}' }, /sysbox: .*\n {4}is what staging has proven/],
    "a promotion from itself": [{ promoteFrom: "production" }, /promoteFrom: .*\n {4}must be another stack/],
    "an override of nothing": [
      { promoteFrom: "", releaseOverride: "staging is down today" },
      /releaseOverride: .*\n {4}overrides what promoteFrom asks for, and that is not set/,
    ],
  };
  for (const [what, [changes, message]] of Object.entries(refused)) {
    it(`is refused ${what}`, () => assert.rejects(production(changes, {}), { message }));
  }
});
