import * as assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { review } from "../../preview/diff/review";
import { reviewText } from "../../preview/diff/reviewText";
import { coloursFor, columnsOf, pageWidth } from "../../preview/layout";
import type { Manifest } from "../../preview/manifest";
import { secretMarks } from "../../preview/secretMarks";
import { listStacks, previewStacks } from "../../preview/stacks";
import { golden } from "../golden";
import { type Edit, reviewCases } from "../reviewCases";

const root = resolve(__dirname, "../..");
const plain = coloursFor(false, {});
const since = { ref: "main", commit: "0123456789abcdef0123456789abcdef01234567" };
const mark = secretMarks();

describe("the review of a real change", function () {
  // A preview of two stacks takes seconds on a busy machine.
  this.timeout(300_000);

  const created: string[] = [];
  const shown: string[] = [];
  const previewed = new Map<string, Promise<Manifest[]>>();
  /** The project at one moment: whoever edits it during the tests changes no case on one side only. */
  let original: string;
  before(() => {
    original = copyOf(root);
  });
  after(() => {
    for (const directory of created) {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  /** The manifests of the committed stacks after these edits; the same edits are previewed once. */
  function manifestsAfter(edits: readonly Edit[]): Promise<Manifest[]> {
    const key = JSON.stringify(edits);
    const found = previewed.get(key) ?? preview(edits);
    previewed.set(key, found);
    return found;
  }

  async function preview(edits: readonly Edit[]): Promise<Manifest[]> {
    const directory = copyOf(original);
    for (const edit of edits) {
      apply(directory, edit);
    }
    const stacks = listStacks(directory);
    const only = editedStack(edits);
    if (only === undefined || !stacks.includes(only)) {
      return previewStacks(directory, stacks, assert.fail, mark);
    }
    // The others are what they were.
    const others = (await manifestsAfter([])).filter(({ stack }) => stack !== only);
    return [...others, ...(await previewStacks(directory, [only], assert.fail, mark))];
  }

  function copyOf(source: string): string {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "review-")));
    created.push(directory);
    for (const part of ["Pulumi.yaml", "package.json", "tsconfig.json", "stacks", "components"]) {
      cpSync(join(source, part), join(directory, part), { recursive: true });
    }
    // Two stacks show what the same change is in several.
    rmSync(join(directory, "stacks/Pulumi.legacy.yaml"), { force: true });
    symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
    return directory;
  }

  for (const [name, { base = [], head }] of Object.entries(reviewCases)) {
    it(`is right: ${name}`, async () => {
      const [before, after] = [await manifestsAfter(base), await manifestsAfter([...base, ...head])];
      const text = reviewText(review(before, after), since, plain);
      shown.push(text);
      golden(`review/${name.replaceAll(" ", "-")}.txt`, steady(text));
    });
  }

  it("is at most 100 columns wide", () => {
    const lines = shown.flatMap((text) => text.split("\n"));
    assert.notDeepEqual(lines, []);
    assert.deepEqual(
      lines.filter((line) => columnsOf(line) > pageWidth),
      [],
    );
  });

  it("covers what reviewers meet", () => {
    assert.ok(Object.keys(reviewCases).length >= 28);
  });
});

/** The one stack whose configuration is all that is edited, if no other takes its release. */
function editedStack(edits: readonly Edit[]): string | undefined {
  const stacks = new Set(edits.map(([file]) => /^stacks\/Pulumi\.(\w+)\.yaml$/.exec(file)?.[1]));
  const [stack, ...others] = stacks;
  return others.length === 0 && stack !== "staging" ? stack : undefined;
}

function apply(directory: string, [file, text, replacement]: Edit): void {
  const path = join(directory, file);
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (text === "") {
    writeFileSync(path, before + replacement);
    return;
  }
  const [start = "", end, ...more] = before.split(text);
  assert.ok(end !== undefined && more.length === 0, `"${text}" does not stand in ${file} exactly once`);
  if (start + replacement + end === "") {
    rmSync(path);
    return;
  }
  writeFileSync(path, start + replacement + end);
}

/** Without what every edit of the library changes: lines of components, sizes of user data, digests of the release. */
function steady(text: string): string {
  return text
    .replace(/(components\/\w+\.ts):\d+/g, "$1:N")
    .replace(/(›|ami-[0-9a-f]{17})\.[0-9a-f]{16}\b/g, "$1.N")
    .replace(/\b[0-9a-f]{16} → [0-9a-f]{16}\b/g, "N → N")
    .replace(/\b\d+(?:\.\d+)? (KiB|B)\b(?! \()/g, "N $1")
    .replace(/\(\d+ %\)/g, "(N %)");
}
