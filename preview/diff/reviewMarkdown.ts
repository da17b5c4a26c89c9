import { visible } from "../layout";
import { typeName } from "../typeName";
import { groups, type ResourceGroup } from "./groups";
import type { Review } from "./review";
import type { Since } from "./since";
import { type Effect, effects } from "./typeVerdict";
import {
  budgetText,
  type ChangeLine,
  changeLines,
  countsText,
  effectText,
  effectWords,
  kindWords,
  reasonText,
} from "./words";

/** A comment takes 65,536 characters on GitHub, and 1,000,000 on GitLab; this leaves room for what a job adds. */
export const markdownLimit = 60_000;

/** Of all that is in front of the details, and of one detail: so that one cannot keep all others out. */
const headLimit = markdownLimit / 2;
const blockLimit = markdownLimit / 4;

/** The first line of the comment, by which a job finds the one that it has to update. */
export const marker = "<!-- ci-hosts preview -->";

/**
 * The review as a comment for a pull request: counts and exposures first, then each change folded, the most dangerous
 * first. What does not fit into {@link markdownLimit} is counted in the last line.
 */
export function reviewMarkdown(review: Review, since: Since): string {
  const base = `${code(since.ref)} (${code(since.commit.slice(0, 7))})`;
  if (review.stacks.every(({ state }) => state === "unchanged")) {
    const stacks = review.stacks.map(({ stack }) => text(stack)).join(", ");
    return `${marker}\n**ci-hosts:** no change since ${base} in ${stacks}\n`;
  }
  const head = [
    marker,
    `**ci-hosts:** changes since ${base}`,
    "",
    ...someOf(
      review.stacks.map((summary) => `- **${text(summary.stack)}**: ${countsText(summary)}`),
      "- …",
    ),
    ...exposureLines(review),
  ].join("\n");
  const blocks = [...groups(review.resources, 80).map(resourceBlock), ...exportBlocks(review)];
  const sizes = review.userData.map((one) => `- ${text(budgetText(one))} (${names(one.stacks)})`);
  return fitted(head, blocks, sizes.length === 0 ? [] : ["", ...someOf(sizes, "- …")]);
}

function exposureLines({ exposures }: Review): string[] {
  if (exposures.length === 0) {
    return [];
  }
  const lines = exposures.map(
    ({ kind, name, sentence, stacks, source }) =>
      `> - **${kindWords[kind]}** ${code(name)} ${text(sentence)} (${names(stacks)}; ${code(source)})`,
  );
  const shown = within(lines, headLimit);
  const left = lines.length - shown.length;
  return ["", "> [!CAUTION]", ...shown, ...(left > 0 ? [`> - … and ${left} more`] : [])];
}

/** A tenth of the limit at most, and how many are left out. */
function someOf(lines: readonly string[], ellipsis: string): string[] {
  const shown = within(lines, markdownLimit / 10);
  const left = lines.length - shown.length;
  return left === 0 ? shown : [...shown, `${ellipsis} and ${left} more`];
}

/** As many from the start as the limit takes, in characters. */
function within(lines: readonly string[], limit: number): string[] {
  let size = 0;
  return lines.filter((line) => {
    size += line.length + 1;
    return size <= limit;
  });
}

interface Block {
  readonly markdown: string;
  readonly effect: Effect;
  readonly resources: number;
}

function resourceBlock({ names: folded, count, resource }: ResourceGroup): Block {
  const { type, custom, effect, reasons, changes, stacks, source } = resource;
  const kind = `${text(typeName(type, custom))}${count > 1 ? ` ×${count}` : ""}`;
  const title = `${effectWords[effect].sign} <b>${text(folded)}</b> ${kind}: ${effectText(resource)} (${names(stacks)})`;
  const body = [
    `${code(source)}`,
    ...reasons.map((reason) => text(visible(reasonText(reason, stacks)))),
    ...(changes.length === 0 ? [] : [fenced(changeLines(changes))]),
  ];
  return { markdown: details(title, body), effect, resources: count };
}

function exportBlocks({ exports }: Review): Block[] {
  return exports.map(({ changes, stacks }) => ({
    markdown: details(`exports (${names(stacks)})`, [fenced(changeLines(changes))]),
    effect: "none",
    resources: 0,
  }));
}

function details(title: string, body: readonly string[]): string {
  return `<details><summary>${title}</summary>\n\n${body.join("\n\n")}\n\n</details>`;
}

/** GitHub and GitLab colour a block of the language `diff`; the fence is longer than any in it. */
function fenced(lines: readonly ChangeLine[]): string {
  const all = lines.map(({ sign, text: line }) => `${sign === "~" ? "!" : sign} ${line}`.trimEnd());
  const shown = within(all, blockLimit);
  const left = all.length - shown.length;
  const longest = Math.max(
    2,
    ...(shown
      .join("\n")
      .match(/`+/g)
      ?.map((run) => run.length) ?? []),
  );
  const fence = "`".repeat(longest + 1);
  return [`${fence}diff`, ...shown, fence, ...(left > 0 ? [`${left} more lines are left out here.`] : [])].join("\n");
}

function fitted(head: string, blocks: readonly Block[], tail: readonly string[]): string {
  const reserved = head.length + tail.join("\n").length + 400;
  let size = reserved;
  const shown: Block[] = [];
  const left: Block[] = [];
  for (const block of blocks) {
    const fits = size + block.markdown.length + 1 <= markdownLimit;
    (fits ? shown : left).push(block);
    size += fits ? block.markdown.length + 1 : 0;
  }
  return [head, "", ...shown.map(({ markdown }) => markdown), ...leftOut(left), ...tail, ""].join("\n");
}

function leftOut(blocks: readonly Block[]): string[] {
  const counts = effects.flatMap((effect) => {
    const count = blocks.filter((block) => block.effect === effect).reduce((sum, { resources }) => sum + resources, 0);
    return count === 0 ? [] : [`${count} ${effectWords[effect].text}`];
  });
  return blocks.length === 0
    ? []
    : ["", `**Left out**, as a comment takes no more: ${counts.join(", ") || "exports"}.`];
}

/** Stacks may be many. */
function names(stacks: readonly string[]): string {
  const shown = stacks.slice(0, manyStacks).map(text).join(", ");
  return stacks.length > manyStacks ? `${shown} and ${stacks.length - manyStacks} more` : shown;
}

const manyStacks = 10;

/**
 * Text that Markdown leaves as it is, within HTML as well. GitHub finds mentions and references in what it shows, whatever
 * it was written as: a space of no width keeps them apart.
 */
function text(raw: string): string {
  return visible(raw)
    .replace(/[\\`*_[\]()<>|&#~!@]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/&#(?:35|64);/g, (mark) => `${mark}&#8203;`);
}

function code(raw: string): string {
  return `<code>${text(raw)}</code>`;
}
