import { visible } from "../layout";
import { typeName } from "../typeName";
import type { Change } from "./compare";
import type { Exposure } from "./exposures";
import { groups, type ResourceGroup } from "./groups";
import { bySeverity, type ResourceReview, type Review } from "./review";
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

/** Of all that is in front of the details, so that it cannot keep them out. */
const headLimit = markdownLimit / 2;

/** How much detail is shown, from all to as much as fits beside everything else. */
const levels = [
  { blockLimit: markdownLimit / 4, foldsCreations: false },
  ...[8, 64].map((part) => ({ blockLimit: markdownLimit / part, foldsCreations: true })),
];

/** Of one sentence on top, and of one line of a change. */
const [sentenceLimit, lineLimit] = [400, 300];

/** The first line of the comment, by which a job finds the one that it has to update. */
export const marker = "<!-- ci-hosts preview -->";

/** Nothing in the comment can be more trustworthy than what has written it. */
const caveat = "<sub>Written by the code of the request itself: its author's words, not a judgement of them.</sub>";

/**
 * The review as a comment for a pull request: counts and exposures first, then each change folded, the most dangerous
 * first. What does not fit into {@link markdownLimit} is counted in the last line.
 */
export function reviewMarkdown(review: Review, since: Since): string {
  const base = `${code(since.ref)} (${code(since.commit.slice(0, 7))})`;
  if (review.stacks.every(({ state }) => state === "unchanged")) {
    const stacks = review.stacks.map(({ stack }) => text(stack)).join(", ");
    return `${marker}\n**ci-hosts:** no change since ${base} in ${stacks}\n\n${caveat}\n`;
  }
  const head = [
    marker,
    `**ci-hosts:** changes since ${base}`,
    "",
    caveat,
    "",
    ...someOf(
      review.stacks.map((summary) => `- **${text(summary.stack)}**: ${countsText(summary)}`),
      "- …",
    ),
    ...exposureLines(review),
  ].join("\n");
  const sizes = review.userData.map((one) => `- ${text(budgetText(one))} (${names(one.stacks)})`);
  const tail = sizes.length === 0 ? [] : ["", ...someOf(sizes, "- …")];
  let found: Fitted | undefined;
  for (const level of levels) {
    found = fitted(head, blocksOf(review, level), tail);
    if (found.left.length === 0) {
      break;
    }
  }
  return found?.markdown ?? head;
}

function exposureLines({ exposures }: Review): string[] {
  if (exposures.length === 0) {
    return [];
  }
  const lines = exposures.map(
    ({ kind, name, sentence, stacks, source }) =>
      `> - **${kindWords[kind]}** ${code(cut(name))} ${text(cut(sentence))} (${names(stacks)}; ${code(cut(source))})`,
  );
  const severest = [...exposures.keys()].sort((a, b) => bySeverity(exposures[a] as Exposure, exposures[b] as Exposure));
  const kept = new Set(within(severest, headLimit, (index) => lines[index] ?? ""));
  const shown = lines.filter((_, index) => kept.has(index));
  const left = lines.length - shown.length;
  return ["", "> [!CAUTION]", ...shown, ...(left > 0 ? [`> - … and ${left} more`] : [])];
}

/** A tenth of the limit at most, and how many are left out. */
function someOf(lines: readonly string[], ellipsis: string): string[] {
  const shown = within(lines, markdownLimit / 10);
  const left = lines.length - shown.length;
  return left === 0 ? shown : [...shown, `${ellipsis} and ${left} more`];
}

/** Those that the limit takes, in characters: one that does not fit keeps no other out. */
function within<T>(items: readonly T[], limit: number, line: (item: T) => string = String): T[] {
  let size = 0;
  return items.filter((item) => {
    const grown = size + line(item).length + 1;
    size = grown <= limit ? grown : size;
    return size === grown;
  });
}

function cut(raw: string, limit = sentenceLimit): string {
  return raw.length <= limit ? raw : `${raw.slice(0, limit)}… (${raw.length - limit} more characters)`;
}

interface Block {
  readonly markdown: string;
  readonly effect: Effect;
  readonly resources: number;
  /** The lower, the earlier it gets its room. */
  readonly rank: number;
}

type Level = (typeof levels)[number];

function blocksOf(review: Review, { blockLimit, foldsCreations }: Level): Block[] {
  const isFolded = (resource: ResourceReview) => foldsCreations && rankOf(resource) === ranks.length;
  const apart = groups(
    review.resources.filter((resource) => !isFolded(resource)),
    80,
  );
  return [
    ...[...apart, ...foldedByType(review.resources.filter(isFolded))].map((group) => resourceBlock(group, blockLimit)),
    ...exportBlocks(review, blockLimit),
  ];
}

/** What gets its room first: what goes or stops, who may do what, what else becomes of what is there; new things last. */
const ranks: readonly ((resource: ResourceReview) => boolean)[] = [
  ({ effect }) => effects.indexOf(effect) < effects.indexOf("create"),
  ({ type }) => type.startsWith("aws:iam/"),
  ({ effect }) => effect !== "create",
];

function rankOf(resource: ResourceReview): number {
  const rank = ranks.findIndex((isOfRank) => isOfRank(resource));
  return rank < 0 ? ranks.length : rank;
}

/** All of one type in one row, with the first names. */
function foldedByType(resources: Review["resources"]): ResourceGroup[] {
  const found = new Map<string, Review["resources"]>();
  for (const resource of resources) {
    const key = JSON.stringify([resource.type, resource.stacks]);
    found.set(key, [...(found.get(key) ?? []), resource]);
  }
  return [...found.values()].flatMap((members) => {
    const [first] = members;
    const shown = members.slice(0, 3).map(({ name }) => visible(name));
    const names = [...shown, ...(members.length > 3 ? [`${members.length - 3} more`] : [])].join(", ");
    const inputs = members.reduce((sum, one) => sum + one.inputs, 0);
    return first === undefined ? [] : [{ names, count: members.length, resource: { ...first, inputs } }];
  });
}

function resourceBlock({ names: folded, count, resource }: ResourceGroup, limit: number): Block {
  const { type, custom, effect, reasons, changes, stacks, source } = resource;
  const kind = `${text(cut(typeName(type, custom)))}${count > 1 ? ` ×${count}` : ""}`;
  const title = `${effectWords[effect].sign} <b>${text(cut(folded))}</b> ${kind}: ${effectText(resource)} (${names(stacks)})`;
  const body = [
    code(cut(source)),
    ...reasons.map((reason) => text(visible(cut(reasonText(reason, stacks))))),
    ...(changes.length === 0 ? [] : [fenced(changes, limit)]),
  ];
  return { markdown: details(title, body), effect, resources: count, rank: rankOf(resource) };
}

function exportBlocks({ exports }: Review, limit: number): Block[] {
  return exports.map(({ changes, stacks }) => ({
    markdown: details(`exports (${names(stacks)})`, [fenced(changes, limit)]),
    effect: "none",
    resources: 0,
    rank: ranks.length - 1,
  }));
}

function details(title: string, body: readonly string[]): string {
  return `<details><summary>${title}</summary>\n\n${body.join("\n\n")}\n\n</details>`;
}

/** GitHub and GitLab colour a block of the language `diff`; the fence is longer than any in it. */
function fenced(changes: readonly Change[], limit: number): string {
  const attempts = linesOfOneText.map((most) =>
    changeLines(changes.map((change) => shortened(change, most))).map(diffLine),
  );
  const all = attempts.find((lines) => lines.join("\n").length < limit) ?? attempts.at(-1) ?? [];
  const shown = within(all, limit);
  const left = all.length - shown.length;
  const runs = shown.join("\n").match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(2, ...runs.map((run) => run.length)) + 1);
  return [`${fence}diff`, ...shown, fence, ...(left > 0 ? [`${left} more lines are left out here.`] : [])].join("\n");
}

/** How many lines of one text are shown beside other changes, the first number with which all fit. */
const linesOfOneText = [Number.POSITIVE_INFINITY, 80, 20, 5];

function diffLine({ sign, text: line }: ChangeLine): string {
  return `${sign === "~" ? "!" : sign} ${cut(line, lineLimit)}`.trimEnd();
}

function shortened(change: Change, most: number): Change {
  const lines = change.kind === "lines" ? change.hunks.flatMap((hunk) => hunk.lines) : [];
  if (change.kind !== "lines" || lines.length <= most) {
    return change;
  }
  const left = ` … ${lines.length - most} more lines are left out here`;
  const [first] = change.hunks;
  return { ...change, hunks: [{ start: first?.start ?? 1, lines: [...lines.slice(0, most), left] }] };
}

interface Fitted {
  readonly markdown: string;
  readonly left: readonly Block[];
}

function fitted(head: string, blocks: readonly Block[], tail: readonly string[]): Fitted {
  const reserved = head.length + tail.join("\n").length + 400;
  const ranked = [...blocks].sort((a, b) => a.rank - b.rank);
  const kept = new Set(within(ranked, markdownLimit - reserved, ({ markdown }) => markdown));
  const shown = blocks.filter((block) => kept.has(block)).map(({ markdown }) => markdown);
  const left = blocks.filter((block) => !kept.has(block));
  return { markdown: [head, "", ...shown, ...leftOut(left), ...tail, ""].join("\n"), left };
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
 * Text that Markdown leaves as it is, within HTML as well. GitHub finds mentions, references, addresses and emoji in what it
 * shows, whatever it was written as: a space of no width keeps them apart.
 */
function text(raw: string): string {
  return visible(raw)
    .replace(/[\\`*_[\]()<>|&#~!@:]|(?<=\bwww)\./gi, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/&#(?:35|64);|&#58;(?=[\w+/-])/g, (mark) => `${mark}&#8203;`);
}

function code(raw: string): string {
  return `<code>${text(raw).replaceAll("&#58;&#8203;", "&#58;")}</code>`;
}
