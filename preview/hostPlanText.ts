import type { HostFile } from "./cloudConfigParts";
import type { HostPlan } from "./hostPlan";
import { byteSize, type Cell, type Colours, chop, grid, pageWidth, visible } from "./layout";
import type { Repeats } from "./repeats";
import { type UserData, userDataLimitBytes } from "./userData";

export interface PlanStyle {
  /** Every file whole; otherwise scripts and long files stand in the list alone. */
  readonly whole: boolean;
  /** Where the same file, or the same plan, byte for byte, was shown before: `staging`. */
  readonly seen: Repeats;
  readonly colours: Colours;
}

/** Longest file, in lines, that is shown whole where not every file is. */
const shortFileLines = 40;

/** What cloud-init puts on the machines of one launch template: facts, list of files, commands, contents. */
export function hostPlanText({ name, source, userData }: HostPlan, style: PlanStyle): string[] {
  const { colours } = style;
  const title = `${colours.bold(visible(name))}  ${colours.dim(visible(source))}`;
  const same = style.seen.get(userData);
  if (same !== undefined) {
    return [title, `  same as ${visible(same)}`];
  }
  const shown = userData.files.filter((file) => !style.seen.has(file) && (style.whole || isShort(file)));
  return [
    title,
    ...facts(userData, colours),
    ...block(fileList(userData.files, style)),
    ...block(remainder(userData, colours)),
    ...shown.flatMap((file) => block(document(file, colours))),
  ];
}

function facts(userData: UserData, colours: Colours): string[] {
  const { problems, symbols, packages, bootCommands, runCommands } = userData;
  const rows: [label: string, text: Cell][] = [
    ["user data", budget(userData)],
    ...problems.map((problem): [string, Cell] => ["problem", { text: visible(problem), paint: colours.red }]),
    ...listed("not yet known", symbols, ", "),
    ...listed("packages", packages, ", "),
    ...commands("at each boot", bootCommands),
    ...commands("at first boot", runCommands),
  ];
  return grid(
    rows.map(([label, text]) => [{ text: label, paint: colours.dim }, text]),
    { indent: 2 },
  );
}

function budget({ bytes, unpackedBytes, packings, symbols }: UserData): string {
  const share = Math.round((bytes / userDataLimitBytes) * 100);
  const about = symbols.length > 0 ? "about " : "";
  const gzip = packings.includes("gzip") ? `, gzip of ${byteSize(unpackedBytes)}` : "";
  return `${about}${byteSize(bytes)} of ${userDataLimitBytes / 1024} KiB (${share} %)${gzip}`;
}

function listed(label: string, items: readonly string[], separator: string): [string, Cell][] {
  return items.length === 0 ? [] : [[label, items.map(visible).join(separator)]];
}

function commands(label: string, items: readonly string[]): [string, Cell][] {
  const lines = items.flatMap((command) => command.split("\n").map(visible));
  return lines.map((line, index) => [index === 0 ? label : "", line]);
}

/** Files, units and scripts under their own headings, all in the same columns. Of what was shown before, how much it is. */
function fileList(all: readonly HostFile[], style: PlanStyle): string[] {
  const files = all.filter((file) => !style.seen.has(file));
  const groups: [heading: string, members: readonly HostFile[]][] = [
    ["files", files.filter(({ format }) => format !== "unit" && format !== "script")],
    ["units", files.filter(({ format }) => format === "unit")],
    ["scripts", files.filter(({ format }) => format === "script")],
  ];
  const rows = groups.flatMap(([heading, members]): Cell[][] =>
    members.length === 0
      ? []
      : [[{ text: heading, paint: style.colours.dim }], ...members.flatMap((file) => fileRows(file, style))],
  );
  return [...grid(rows, { indent: 2, right: [2, 3] }), ...repeated(all, style)];
}

function repeated(files: readonly HostFile[], { seen, colours }: PlanStyle): string[] {
  const stacks = files.flatMap((file) => seen.get(file) ?? []);
  return [...new Set(stacks)].map((stack) => {
    const count = stacks.filter((other) => other === stack).length;
    return colours.dim(`  ${count} more, the same as in ${visible(stack)}`);
  });
}

function fileRows(file: HostFile, { whole, colours }: PlanStyle): Cell[][] {
  const { mode, owner, bytes, path, append, defer, format, content } = file;
  const size = format === "binary" ? "" : lineCount(content);
  const notes = [...(append ? ["appended"] : []), ...(defer ? ["deferred"] : [])];
  const name = [visible(path), ...notes].join(", ");
  const about = whole ? "" : purpose(file);
  return [
    [`  ${visible(mode)}`, visible(owner), byteSize(bytes), size, name],
    ...(about === "" ? [] : [["", "", "", "", { text: visible(about), paint: colours.dim }]]),
  ];
}

/** The first sentence of a script's first comment says what it is for. */
function purpose({ format, content }: HostFile): string {
  if (format !== "script") {
    return "";
  }
  const comment = /^(?:#(?!!).*\n)+/m.exec(content)?.[0].replace(/^#(?: ?shellcheck .*)? ?/gm, "") ?? "";
  return firstSentence(comment.replace(/\s+/g, " ").trim());
}

function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;
}

function remainder({ kind, remainder: text }: UserData, colours: Colours): string[] {
  if (text === "") {
    return [];
  }
  const heading = kind === "cloud-config" ? "other cloud-config" : `user data, a ${kind}`;
  return [colours.bold(heading), ...gutter(text, colours)];
}

function document(file: HostFile, colours: Colours): string[] {
  return [colours.bold(visible(file.path)), ...gutter(pretty(file), colours)];
}

/** JSON on one line is laid out; whatever else stands as it is. */
function pretty({ format, content }: HostFile): string {
  if (format !== "json" || content.trimEnd().includes("\n")) {
    return content;
  }
  try {
    return JSON.stringify(JSON.parse(content), null, 2);
  } catch {
    return content;
  }
}

/** Each line behind a rule; `┊` stands before what continues a line that is wider than the page. */
function gutter(text: string, colours: Colours): string[] {
  const width = pageWidth - "│ ".length;
  return linesOf(text).flatMap((line) =>
    chop(visible(line), width).map((piece, index) => `${colours.dim(index === 0 ? "│" : "┊")} ${piece}`.trimEnd()),
  );
}

function isShort({ format, content }: HostFile): boolean {
  return format !== "script" && linesOf(content).length <= shortFileLines;
}

function lineCount(text: string): string {
  const { length } = linesOf(text);
  return length === 1 ? "1 line" : `${length} lines`;
}

function linesOf(text: string): string[] {
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}

function block(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}
