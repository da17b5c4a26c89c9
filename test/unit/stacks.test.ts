import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { previewCommand } from "../../preview/command";
import { unpack } from "../../preview/decode";
import { type Manifest, manifestJson } from "../../preview/manifest";
import { listStacks, previewStacks } from "../../preview/stacks";
import { golden } from "../golden";
import { inputsOf } from "../resources";
import { isInstalled, unless } from "../unless";

const root = join(__dirname, "../..");
const documentOf = (userData: unknown): string => unpack(String(userData)).bytes.toString("utf8");
const userDataOf = (manifest: Manifest): string => documentOf(inputsOf(manifest, "fleet-template").userData);
const dockerHostOf = (manifest: Manifest): string => documentOf(inputsOf(manifest, "docker-instance").userDataBase64);

describe("the committed stacks", () => {
  const stacks = listStacks(root);
  let manifests: Manifest[];
  before(async function () {
    this.timeout(60_000);
    manifests = await previewStacks(root, stacks);
  });

  it("are legacy, production and staging", () => {
    assert.deepEqual(stacks, ["legacy", "production", "staging"]);
    assert.deepEqual(
      manifests.map(({ stack }) => stack),
      stacks,
    );
  });

  it("give byte-identical manifests on every run", async function () {
    this.timeout(60_000);
    const again = await previewStacks(root, stacks);
    assert.deepEqual(again.map(manifestJson), manifests.map(manifestJson));
  });

  it("put on a host what their golden files say", () => {
    for (const manifest of manifests) {
      golden(`stacks/${manifest.stack}-user-data.yaml`, userDataOf(manifest));
    }
    const [legacy] = manifests;
    assert.ok(legacy !== undefined);
    golden("stacks/legacy-docker-host-user-data.yaml", dockerHostOf(legacy));
  });

  it("have user data that cloud-init accepts", function () {
    unless(this, isInstalled("cloud-init"), "cloud-init is not installed");
    this.timeout(60_000);
    const directory = mkdtempSync(join(tmpdir(), "user-data-"));
    try {
      const documents = manifests.flatMap((manifest) =>
        manifest.stack === "legacy" ? [userDataOf(manifest), dockerHostOf(manifest)] : [userDataOf(manifest)],
      );
      const file = join(directory, "user-data");
      for (const document of documents) {
        writeFileSync(file, document);
        const { stdout, stderr } = spawnSync("cloud-init", ["schema", "--config-file", file], { encoding: "utf8" });
        assert.match(stdout, /Valid cloud-config/, stderr);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("hold no key, token or secret, in any encoding that a machine or a reviewer would read", () => {
    const credential =
      /-----BEGIN [A-Z]|\bA(?:KIA|SIA)[A-Z0-9]{16}\b|\bgh[pousr]_\w{36}|\bglpat-[\w-]{20}|\bxox[abp]-|password\s*[=:]\s*\S|secret_?access_?key\s*[=:]\s*[\w/+]{20}/i;
    const walked: string[] = [];
    const walk = (value: unknown): void => {
      if (typeof value === "string") {
        const { bytes } = unpack(value);
        walked.push(value, bytes.toString("utf8"));
      } else if (typeof value === "object" && value !== null) {
        Object.entries(value).forEach(([key, item]) => {
          walked.push(key);
          walk(item);
        });
      }
    };
    manifests.forEach(walk);
    assert.ok(
      walked.some((text) => text.startsWith("#cloud-config")),
      "user data is not among what was walked",
    );
    assert.deepEqual(
      walked.filter((text) => credential.test(text)),
      [],
    );
  });

  it("are shown in text of at most 100 columns, without a colour where nobody sees one", async () => {
    let shown = "";
    const exitCode = await previewCommand(
      [],
      {
        list: () => stacks,
        states: () => [],
        run: async () => manifests,
        runBoth: () => assert.fail("a base was asked for"),
      },
      { stdout: { write: (text) => (shown += text) }, stderr: { write: (text) => assert.fail(text) }, env: {} },
    );
    assert.equal(exitCode, 0);
    assert.deepEqual(
      shown.split("\n").filter((line) => [...line].length > 100),
      [],
    );
    assert.ok(!shown.includes("\u001b"), "there is an escape sequence");
  });
});
