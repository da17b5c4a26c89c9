import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** Speed of the preview as ratios within this run: seconds differ from machine to machine, ratios hardly do. */

const root = join(__dirname, "..");
const command = join(root, "preview", "main.js");
const runs = 7;

const pair = ["--stack", "staging", "--stack", "production"];
const base = median(["-e", "require('@pulumi/pulumi')"], root);
const stacks = median([command, ...pair], root);
const diff = median([command, ...pair, "--base", "HEAD"], root);
const all = median([command], root);
const thousand = median([command, "--format", "json"], join(root, "test/fixtures/thousand"));

report("node -e \"require('@pulumi/pulumi')\"", base, "");
report("preview of staging and production", stacks, `${(stacks / base).toFixed(2)} x, at most 4.5`);
report("the same, compared with HEAD", diff, `${(diff / base).toFixed(2)} x, at most 8`);
report("preview of all committed stacks", all, `${(all / base).toFixed(2)} x`);
report("program of 1,000 resources", thousand, `${(thousand / 1000).toFixed(2)} ms per resource, at most 6`);

/** Median time in ms of whole runs of Node, after one that warms the disk's cache. */
function median(nodeArguments: string[], cwd: string): number {
  const times = Array.from({ length: runs + 1 }, () => {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, nodeArguments, { cwd, maxBuffer: 1024 ** 3 });
    if (status !== 0) {
      throw new Error(`node ${nodeArguments.join(" ")} failed: ${stderr}`);
    }
    return performance.now() - start;
  });
  return times.slice(1).sort((a, b) => a - b)[Math.floor(runs / 2)] ?? Number.NaN;
}

function report(what: string, milliseconds: number, ratio: string): void {
  process.stdout.write(`${what.padEnd(40)}${(milliseconds / 1000).toFixed(2).padStart(7)} s  ${ratio}\n`);
}
