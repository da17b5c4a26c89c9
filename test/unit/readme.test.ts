import * as assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { dockerHostSchema } from "../../stacks/dockerHostConfig";

const root = join(__dirname, "../..");
const text = (file: string) => readFileSync(join(root, file), "utf8");

describe("docs/tls-docker-host.md", () => {
  it("describes every key of dockerHost", () => {
    const rows = [...text("docs/tls-docker-host.md").matchAll(/^\| ((?:`\w+`(?:, )?)+) \| /gm)];
    const named = rows.flatMap(([, keys = ""]) => keys.match(/\w+/g) ?? []);
    const keys = Object.keys(dockerHostSchema.shape);
    assert.deepEqual(
      keys.filter((key) => !named.includes(key)),
      [],
    );
  });
});

describe("the README", () => {
  it("describes every key of the configuration as Pulumi.yaml does", () => {
    const { config } = parse(text("Pulumi.yaml")) as { config: Record<string, { type: string; description: string }> };
    const rows = [...text("README.md").matchAll(/^\| `(\w+)` \| (\w+) \| .+? \| (.*) \|$/gm)].map((row) =>
      row.slice(1),
    );
    assert.deepEqual(
      rows,
      Object.entries(config).map(([key, { type, description }]) => [key, type, description.trim()]),
    );
  });
});

describe("the documentation", () => {
  const documents = ["README.md", "CONTRIBUTING.md", ...readdirSync(join(root, "docs")).map((file) => `docs/${file}`)];
  const blocks = documents.flatMap((file) =>
    [...text(file).matchAll(/^```(json|yaml)\n([\s\S]*?)^```$/gm)].map(([, language, block = ""]) => ({
      file,
      language,
      block,
    })),
  );

  it("holds JSON and YAML that parse", () => {
    assert.notDeepEqual(blocks, []);
    for (const { file, language, block } of blocks) {
      assert.doesNotThrow(() => (language === "json" ? JSON.parse(block) : parse(block)), `${file}:\n${block}`);
    }
  });

  it("links to files that are there", () => {
    const missing = documents.flatMap((file) =>
      [...text(file).matchAll(/\]\(([\w./-]+?)(?:#[\w-]+)?\)/g)]
        .map(([, target = ""]) => join(root, dirname(file), target))
        .filter((target) => !existsSync(target)),
    );
    assert.deepEqual(missing, []);
  });
});
