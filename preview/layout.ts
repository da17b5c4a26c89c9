import { createColors } from "picocolors";

/** What the text is laid out for, in columns; fixed, so that the same stack gives the same text anywhere. */
export const pageWidth = 100;

export type Colours = ReturnType<typeof createColors>;

/** Plain text, or text with a colour that is put on after alignment. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

export interface Grid {
  readonly indent?: number;
  /** Positions of the columns that are aligned to the right; the last of a row never is. */
  readonly right?: readonly number[];
}

/** Between two columns of a grid. */
export const gap = "  ";
const narrowestColumn = 20;

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

/**
 * The text in lines of at most `width` columns, broken at spaces; a word longer than half of that also after a slash,
 * and one that still is too long where it must be.
 */
export function wrap(text: string, width: number): string[] {
  const [first = { glue: "", piece: "" }, ...rest] = piecesOf(text, width);
  const lines: string[] = [];
  let line = first.piece;
  for (const { glue, piece } of rest) {
    if (columnsOf(line + glue + piece) > width) {
      lines.push(line);
      line = piece;
    } else {
      line += glue + piece;
    }
  }
  return [...lines, line];
}

/** What may stand on a line of its own, each with what goes before it on the same line. */
function piecesOf(text: string, width: number): { glue: string; piece: string }[] {
  return text.split(" ").flatMap((word) => {
    const parts = columnsOf(word) > width / 2 ? word.split(/(?<=[^/]\/)/) : [word];
    const pieces = parts.flatMap((part) => chop(part, width));
    return pieces.map((piece, index) => ({ glue: index === 0 ? " " : "", piece }));
  });
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
export function grid(rows: readonly (readonly Cell[])[], { indent = 0, right = [] }: Grid = {}): string[] {
  const widths = columnWidths(rows);
  return rows.flatMap((row) => {
    const last = row.at(-1) ?? "";
    const cells = row.slice(0, -1).map((cell, column) => {
      const padding = " ".repeat((widths[column] ?? 0) - columnsOf(textOf(cell)));
      return (right.includes(column) ? padding + paint(cell, textOf(cell)) : paint(cell, textOf(cell)) + padding) + gap;
    });
    const offset = cells.reduce((sum, _, column) => sum + (widths[column] ?? 0) + gap.length, indent);
    const [first = "", ...more] = wrap(textOf(last), Math.max(pageWidth - offset, narrowestColumn));
    return [
      " ".repeat(indent) + cells.join("") + paint(last, first),
      ...more.map((line) => " ".repeat(offset) + paint(last, line)),
    ].map((line) => line.trimEnd());
  });
}

/** The width of each column, the last cell of a row left aside: nothing stands to the right of it. */
function columnWidths(rows: readonly (readonly Cell[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, columnsOf(textOf(cell)));
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
