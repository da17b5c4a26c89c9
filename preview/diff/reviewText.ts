import { type Cell, type Colours, chop, columnsOf, grid, pageWidth, visible, wrap } from "../layout";
import { rule } from "../text";
import { typeName } from "../typeName";
import { groups, type ResourceGroup } from "./groups";
import type { Review } from "./review";
import type { Since } from "./since";
import type { Effect } from "./typeVerdict";
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

/** The review for a person, 100 columns wide. One line if there is no change. */
export function reviewText(review: Review, since: Since, colours: Colours): string {
  const base = `${visible(since.ref)} (${since.commit.slice(0, 7)})`;
  if (review.stacks.every(({ state }) => state === "unchanged")) {
    return `No change since ${base} in ${review.stacks.map(({ stack }) => visible(stack)).join(", ")}\n`;
  }
  const lines = [
    rule("━", `Changes since ${base}`, "", colours),
    "",
    ...grid(
      review.stacks.map((summary): Cell[] => [
        { text: visible(summary.stack), paint: colours.bold },
        countsText(summary),
      ]),
    ),
    ...exposureLines(review, colours),
    "",
    ...paragraphs(groups(review.resources, widestNames).map((group) => groupLines(group, colours))),
    ...review.exports.flatMap(({ changes, stacks }) => [
      "",
      `${colours.bold("exports")}  ${colours.dim(stacks.map(visible).join(", "))}`,
      ...changeLines(changes).flatMap((line) => paintedLines(line, colours)),
    ]),
    ...(review.userData.length === 0 ? [] : [""]),
    ...review.userData.map((budget) => `${budgetText(budget)}  ${colours.dim(budget.stacks.map(visible).join(", "))}`),
    "",
  ];
  return lines.join("\n");
}

function exposureLines({ exposures }: Review, colours: Colours): string[] {
  const rows = exposures.map(({ kind, name, sentence, stacks, source }): Cell[] => [
    { text: kindWords[kind], paint: colours.red },
    `${visible(name)} ${visible(sentence)}  [${stacks.map(visible).join(", ")}; ${visible(source)}]`,
  ]);
  return rows.length === 0 ? [] : ["", ...grid(rows)];
}

const widestNames = 60;

/** What has more than its title stands apart. */
function paragraphs(blocks: readonly (readonly string[])[]): string[] {
  return blocks.flatMap((lines, index) => {
    const previous = blocks[index - 1];
    return previous !== undefined && (lines.length > 1 || previous.length > 1) ? ["", ...lines] : lines;
  });
}

function groupLines({ names, count, resource }: ResourceGroup, colours: Colours): string[] {
  const { type, custom, effect, reasons, changes, stacks, source } = resource;
  const paint = paints(colours)[effect];
  const { sign } = effectWords[effect];
  const kind = `${visible(typeName(type, custom))}${count > 1 ? ` ×${count}` : ""}`;
  const what = effectText(resource);
  const place = `[${stacks.map(visible).join(", ")}; ${visible(source)}]`;
  const head = `${paint(sign)} ${colours.bold(names)}  ${kind}`;
  const width = columnsOf(`${sign} ${names}  ${kind}`);
  const [end, tail] = [width + columnsOf(what) + 2, columnsOf(place) + 2];
  const title =
    end + tail <= pageWidth
      ? [`${head}  ${paint(what)}  ${colours.dim(place)}`]
      : end <= pageWidth
        ? [`${head}  ${paint(what)}`, `  ${colours.dim(place)}`]
        : [head, `  ${paint(what)}  ${colours.dim(place)}`];
  return [
    ...title,
    ...reasons.flatMap((reason) => wrap(visible(reasonText(reason, stacks)), pageWidth - 2).map((line) => `  ${line}`)),
    ...changeLines(changes).flatMap((line) => paintedLines(line, colours)),
  ];
}

function paintedLines({ sign, text }: ChangeLine, colours: Colours): string[] {
  const paint = { "+": colours.green, "-": colours.red, "~": colours.yellow, " ": colours.dim }[sign];
  return chop(text, pageWidth - 4).map((piece, index) => paint(`  ${index === 0 ? sign : "┊"} ${piece}`.trimEnd()));
}

function paints(colours: Colours): Readonly<Record<Effect, (text: string) => string>> {
  const { red, magenta, yellow, green, blue, dim } = colours;
  return {
    delete: red,
    replace: red,
    roll: magenta,
    restart: magenta,
    rerun: yellow,
    create: green,
    update: yellow,
    "next-boot": blue,
    none: dim,
  };
}
