import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { foldNames } from "../../preview/foldNames";
import { coloursFor, columnsOf, grid, pageWidth, visible, wrap } from "../../preview/layout";

/** What a shell makes of braces. */
function expand(text: string): string[] {
  const [, before = "", choices = "", after = ""] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(text) ?? [];
  return choices === "" ? [text] : choices.split(",").flatMap((choice) => expand(before + choice + after));
}

describe("names in braces", () => {
  const part = fc.constantFrom("ci", "isolated", "public", "eu-central-1a", "eu-central-1b", "sts", "1", "10");
  const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("-"));

  it("stand for exactly the names, each once", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 100 }),
        (names, width) => {
          const folded = foldNames(names, width);
          assert.deepEqual(folded.flatMap(({ text }) => expand(text)).sort(), [...names].sort());
          assert.deepEqual(folded.flatMap((line) => line.names).sort(), [...names].sort());
        },
      ),
    );
  });

  it("are as few as they can be", () => {
    const zones = ["1a", "1b", "1c"].map((zone) => `eu-central-${zone}`);
    const subnets = ["ci", "public"].flatMap((tier) => zones.map((zone) => `net-${tier}-${zone}`));
    const lines = (names: string[], width = 100) => foldNames(names, width).map(({ text }) => text);
    assert.deepEqual(lines(subnets), ["net-{ci,public}-eu-central-1{a,b,c}"]);
    assert.deepEqual(lines(subnets, 34), ["net-ci-eu-central-1{a,b,c}", "net-public-eu-central-1{a,b,c}"]);
    assert.deepEqual(lines([...subnets.slice(0, 3), "net-isolated"]), ["net-ci-eu-central-1{a,b,c}", "net-isolated"]);
    assert.deepEqual(lines(subnets.slice(1)), ["net-ci-eu-central-1{b,c}", "net-public-eu-central-1{a,b,c}"]);
    assert.deepEqual(lines(["disk-8", "disk-80"]), ["disk-{8,80}"]);
  });
});

describe("text on a page", () => {
  const words = fc.array(fc.stringMatching(/^[a-z/‹›é]{1,40}$/), { minLength: 1, maxLength: 20 });

  it("wraps within the width and loses nothing but spaces", () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 5, max: 60 }), (given, width) => {
        const lines = wrap(given.join(" "), width);
        assert.equal(lines.join("").replaceAll(" ", ""), given.join(""));
        assert.ok(lines.every((line) => columnsOf(line) <= width));
      }),
    );
  });

  it("keeps words whole that fit, and breaks long paths after a slash", () => {
    assert.deepEqual(wrap("see a/b of x", 6), ["see", "a/b of", "x"]);
    assert.deepEqual(wrap("‹ssm /aws/service/ami-id›", 16), ["‹ssm /aws/", "service/ami-id›"]);
  });

  it("keeps the space before a first word", () => {
    assert.deepEqual(grid([["  note"]]), ["  note"]);
  });

  it("aligns every column but the last, which wraps under itself", () => {
    const last = "word ".repeat(30).trim();
    const [first = "", second = "", third] = grid(
      [
        ["a", "10", last],
        ["bcd", "9", "end"],
      ],
      { right: [1] },
    );
    assert.equal(first.indexOf("word"), 9);
    assert.equal(second.indexOf("word"), 9);
    assert.equal(third, "bcd   9  end");
    assert.ok(columnsOf(first) <= pageWidth);
  });

  it("aligns coloured cells as it does plain ones", () => {
    const { red } = coloursFor(false, { FORCE_COLOR: "1" });
    assert.deepEqual(
      grid([
        [{ text: "a", paint: red }, "x"],
        ["bcd", "y"],
      ]),
      [`${red("a")}    x`, "bcd  y"],
    );
  });

  it("writes out what would act on a terminal or turn the text around", () => {
    assert.equal(visible("a\u001b[2Jb\u202ec\u200bd\r"), "a\\u{1b}[2Jb\\u{202e}c\\u{200b}d\\u{d}");
    assert.equal(visible("‹é ✓› \t."), "‹é ✓›     .");
  });
});
