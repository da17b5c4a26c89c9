import { createColors } from "picocolors";

/** What the text is laid out for, in columns; fixed, so that the same stack gives the same text anywhere. */
export const pageWidth = 100;

export type Colours = ReturnType<typeof createColors>;

/** Plain text, or text with a colour that is put on after alignment. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

export interface Grid {
  readonly indent?: number;
  /** Widest that a column may get, by position; a longer cell stands on a line of its own. Default: no limit. */
  readonly limits?: readonly (number | undefined)[];
  /** Positions of the columns that are aligned to the right; the last of a row never is. */
  readonly right?: readonly number[];
}

const gap = "  ";

/**
 * Colour on a terminal only, and never with NO_COLOR (no-color.org); FORCE_COLOR overrules both of the terminal's
 * answers. Unlike picocolors' own guess, a pipe in CI gets none.
 */
export function coloursFor(isTerminal: boolean, env: NodeJS.ProcessEnv): Colours {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "" && env.FORCE_COLOR !== "0";
  const wanted = forced || (isTerminal && env.TERM !== "dumb" && env.FORCE_COLOR !== "0");
  return createColors(wanted && !env.NO_COLOR);
}

/**
 * The text with each control and formatting character written out, `\u{1b}`: what is reviewed may come from a fork,
 * and neither a terminal sequence nor a right-to-left override may decide what the reviewer sees (CVE-2021-42574).
 */
export function visible(text: string): string {
  return text
    .replaceAll("\t", "    ")
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}

/** Columns that the text takes: one per code point. */
export function columnsOf(text: string): number {
  return [...text].length;
}

/** The text in lines of at most `width` columns, broken at spaces; a longer word is broken where it must be. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((part) => chop(part, width))) {
    if (line !== "" && columnsOf(line) + 1 + columnsOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** The text in pieces of at most `width` columns; an empty text is one empty piece. */
export function chop(text: string, width: number): string[] {
  const points = [...text];
  const pieces = [points.slice(0, width).join("")];
  for (let start = width; start < points.length; start += width) {
    pieces.push(points.slice(start, start + width).join(""));
  }
  return pieces;
}

/** Rows under each other, every column aligned; the last column wraps at the page's edge. */
export function grid(rows: readonly (readonly Cell[])[], { indent = 0, limits = [], right = [] }: Grid = {}): string[] {
  const widths = columnWidths(rows, limits);
  return rows.flatMap((row) => {
    const lines: string[] = [];
    let line = " ".repeat(indent);
    let offset = indent;
    row.forEach((cell, column) => {
      const width = widths[column] ?? 0;
      const text = textOf(cell);
      if (column === row.length - 1) {
        const [first = "", ...more] = wrap(text, Math.max(pageWidth - offset, 20));
        lines.push(line + paint(cell, first));
        lines.push(...more.map((rest) => " ".repeat(offset) + paint(cell, rest)));
      } else if (columnsOf(text) > width) {
        lines.push(line + paint(cell, text));
        line = " ".repeat(offset + width) + gap;
      } else {
        const padding = " ".repeat(width - columnsOf(text));
        line += (right.includes(column) ? padding + paint(cell, text) : paint(cell, text) + padding) + gap;
      }
      offset += width + gap.length;
    });
    return lines.map((each) => each.trimEnd());
  });
}

function columnWidths(rows: readonly (readonly Cell[])[], limits: readonly (number | undefined)[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, column) => {
      const width = columnsOf(textOf(cell));
      if (width <= (limits[column] ?? pageWidth)) {
        widths[column] = Math.max(widths[column] ?? 0, width);
      }
    });
  }
  return widths;
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

function paint(cell: Cell, text: string): string {
  return typeof cell === "string" || text === "" ? text : cell.paint(text);
}

/** 9,984 is `9.8 KiB`; below 1 KiB in bytes. */
export function byteSize(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`;
}
