import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as ec2 from "@pulumi/aws/ec2";
import { CiNetwork } from "../../components";
import { rules, violations } from "../../policy/violations";
import { record } from "../../preview/inProcess";
import type { Manifest } from "../../preview/manifest";
import { listStacks, previewStacks } from "../../preview/stacks";
import { fixtures } from "../policy";
import { instanceType, resource, writes } from "../policy/fixture";

const root = join(__dirname, "../..");

describe("the rules", () => {
  it("each have fixtures that break them in three spellings or more, and one that nearly does", () => {
    assert.deepEqual(Object.keys(fixtures).sort(), rules.map(({ id }) => id).sort());
    for (const [id, { breaks, passes }] of Object.entries(fixtures)) {
      assert.ok(breaks.length >= 3, `${id} has ${breaks.length} breaking fixtures`);
      assert.ok(passes.length >= 1, `${id} has no fixture that passes`);
    }
  });

  for (const [id, { breaks, passes }] of Object.entries(fixtures)) {
    describe(id, () => {
      const found = (resources: Parameters<typeof violations>[0]["resources"]) =>
        violations({ resources })
          .filter(({ rule }) => rule === id)
          .map(({ name, path }) => `${name}: ${path}`);
      for (const [spelling, at, ...resources] of breaks) {
        it(`does not let pass: ${spelling}`, () =>
          assert.ok(found(resources).includes(at), found(resources).join("\n")));
      }
      for (const [spelling, ...resources] of passes) {
        it(`lets pass: ${spelling}`, () => assert.deepEqual(found(resources), []));
      }
    });
  }

  it("say the same in docs/policies.md", () => {
    const rows = readFileSync(join(root, "docs/policies.md"), "utf8").match(/^\| `.*$/gm);
    assert.deepEqual(
      rows,
      rules.map(({ id, severity, what, why, fix }) => `| \`${id}\` | ${severity} | ${what} | ${why} | ${fix} |`),
    );
  });
});

describe("violations", () => {
  it("stand in the order of severity, then of resources", () => {
    const machine = (name: string) => resource(instanceType, name, { metadataOptions: { httpTokens: "optional" } });
    assert.deepEqual(
      violations({ resources: [machine("b"), machine("a")] }).map(({ severity, name, rule }) => [severity, name, rule]),
      [
        ["critical", "a", "imds-v2-only"],
        ["critical", "b", "imds-v2-only"],
        ["high", "a", "imds-hop-limit-one"],
        ["high", "a", "encrypted-volumes"],
        ["high", "b", "imds-hop-limit-one"],
        ["high", "b", "encrypted-volumes"],
      ],
    );
  });

  it("say where, what, why and the way out", () => {
    const source = "stacks/index.ts:8";
    const [violation] = violations({ resources: [{ ...resource(instanceType, "host"), source }] });
    assert.deepEqual(violation, {
      rule: "imds-v2-only",
      severity: "critical",
      urn: "urn:pulumi:stack::project::aws:ec2/instance:Instance::host",
      name: "host",
      source,
      path: "metadataOptions.httpTokens",
      found: "is not given, then the image decides",
      what: "The instance metadata service answers IMDSv2 alone, or is off.",
      why: "IMDSv1 hands the host's credentials to every request that a job or a forged URL gets through.",
      fix: 'Set metadataOptions.httpTokens to "required".',
    });
  });

  it("show no credential that they are about", () => {
    const planted = fixtures["no-credentials-in-clear"]?.breaks.flatMap(([, , ...resources]) => resources) ?? [];
    const said = JSON.stringify(
      violations({ resources: planted }).filter(({ rule }) => rule === "no-credentials-in-clear"),
    );
    assert.doesNotMatch(said, /BEGIN|MHcC|AKIA|ghp_|glrt-|hunter|wJalr|0123456/);
  });
});

describe("a program's own resources beside the components", () => {
  const dockerHost = (tier: "ciSubnetIds" | "isolatedSubnetIds") =>
    record(() => {
      const network = new CiNetwork("ci", { vpcCidr: "10.64.0.0/16", zones: ["eu-central-1a"] });
      const daemon = JSON.stringify({ hosts: ["tcp://0.0.0.0:2376"], tlsverify: true });
      new ec2.Instance("docker", {
        subnetId: network[tier].apply(([id]) => String(id)),
        userData: writes("/etc/docker/daemon.json", daemon),
        metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
        rootBlockDevice: { encrypted: true },
      });
    });

  it("are held to the rules where the components put them", async () => {
    assert.deepEqual(
      violations(await dockerHost("ciSubnetIds")).map(({ rule, name }) => `${rule}: ${name}`),
      ["docker-host-isolated: ci-ci-internet-eu-central-1a"],
    );
  });

  it("keep the rules where they should stand", async () => {
    assert.deepEqual(violations(await dockerHost("isolatedSubnetIds")), []);
  });
});

describe("the committed stacks", () => {
  let manifests: Manifest[];
  before(async function () {
    this.timeout(60_000);
    manifests = await previewStacks(root, listStacks(root));
  });

  it("keep every rule", () => assert.deepEqual(manifests.flatMap(violations), []));
});
