import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const root = join(__dirname, "../..");
const text = (file: string) => readFileSync(join(root, file), "utf8");

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
