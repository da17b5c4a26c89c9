import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
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
