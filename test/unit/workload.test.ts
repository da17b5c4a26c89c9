import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { workload, workloadProblems } from "../../components/host/workload";
import { RefusedError } from "../../components/problems";
import { golden } from "../golden";

const seed = readFileSync(join(__dirname, "../../stacks/compose.yaml"), "utf8");
const digest = `sha256:${"a".repeat(64)}`;

describe("workload", () => {
  it("writes the example for the host as it stands in the golden file", () => {
    golden("workload.yaml", workload({ compose: seed, requireImageDigests: true }).compose);
  });
});
void parse; void RefusedError; void workloadProblems; void digest;
