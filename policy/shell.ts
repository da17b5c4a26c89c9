/** A command of a script, as a shell reads it. */
export interface Command {
  /** Its words without quotes; a substitution stands in one as it is written. */
  readonly words: readonly string[];
  /** Files that it writes to by redirection. */
  readonly writes: readonly string[];
  /** The commands that follow it in its pipeline. */
  readonly pipe: readonly Command[];
  /** The commands in its substitutions: what they say is a word of this one, or its input. */
  readonly substituted: readonly Command[];
}

/** What a script runs, and whether that is all: what is nested deeper than anyone writes is left. */
export interface Script {
  readonly commands: readonly Command[];
  readonly isWhole: boolean;
}

/** Deeper than scripts are; each level is read on its own. */
const deepest = 20;

/**
 * The commands of a script, those in substitutions and in quoted texts among them: whoever quotes a command may mean to
 * run it. Never throws; of a text that is no script it makes what it can.
 */
export function readScript(text: string): Script {
  return readNested(text, 0);
}

function readNested(script: string, depth: number): Script {
  if (depth > deepest) {
    return { commands: [], isWhole: false };
  }
  const found: Command[] = [];
  let isWhole = true;
  let pipeline: Draft[] = [];
  const endPipeline = () => {
    const commands = pipeline.filter((command) => !isEmpty(command));
    for (const [index, command] of commands.entries()) {
      command.pipe.push(...commands.slice(index + 1));
    }
    found.push(...commands);
    pipeline = [];
  };
  const tokens = tokensOf(script);
  for (const [index, { kind, text, inner }] of tokens.entries()) {
    const command = pipeline.at(-1) ?? emptyCommand();
    if (kind === "end") {
      // A pipe at the end of a line goes on in the next one.
      if (text !== "\n" || pipeline.length < 2 || !isEmpty(command)) {
        endPipeline();
      }
    } else if (kind === "pipe") {
      pipeline.push(emptyCommand());
    } else if (kind === "word") {
      pipeline = pipeline.length === 0 ? [command] : pipeline;
      for (const each of inner) {
        const nested = readNested(each.script, depth + 1);
        isWhole &&= nested.isWhole;
        found.push(...nested.commands);
        command.substituted.push(...(each.isSubstitution ? nested.commands : []));
      }
      const before = tokens[index - 1];
      const words = before?.kind !== "redirection" ? command.words : before.text.includes(">") ? command.writes : [];
      words.push(text);
    }
  }
  endPipeline();
  return { commands: found, isWhole };
}

function isEmpty({ words, writes }: Command): boolean {
  return words.length + writes.length === 0;
}

interface Draft extends Command {
  readonly words: string[];
  readonly writes: string[];
  readonly pipe: Command[];
  readonly substituted: Command[];
}

function emptyCommand(): Draft {
  return { words: [], writes: [], pipe: [], substituted: [] };
}

interface Token {
  readonly kind: "end" | "pipe" | "redirection" | "word";
  readonly text: string;
  /** Scripts within a word. */
  readonly inner: readonly { readonly script: string; readonly isSubstitution: boolean }[];
}

/** Pieces of a script that stand between words; the first that fits counts. */
const between: readonly (readonly [kind: Token["kind"] | "nothing", pattern: RegExp])[] = [
  ["nothing", /[ \t\r]+|\\\r?\n|#[^\n]*/y],
  ["pipe", /\|&?(?!\|)/y],
  ["end", /\n|;;?|&&|\|\||&(?!>)|[()]/y],
  ["redirection", /(?:\d+|&)?(?:<<<|<<-?|<(?!\()|>>|>\||>(?!\())&?/y],
];

function tokensOf(script: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < script.length) {
    const piece = between
      .map(([kind, pattern]) => ({ kind, text: matchAt(pattern, script, at) }))
      .find(({ text }) => text !== undefined);
    if (piece?.text !== undefined) {
      at += piece.text.length;
      if (piece.kind !== "nothing") {
        tokens.push({ kind: piece.kind, text: piece.text, inner: [] });
      }
    } else {
      const { token, end } = wordAt(script, at);
      tokens.push(token);
      at = end;
    }
  }
  return tokens;
}

/** Pieces of a word, and the text that each stands for; what may be a script of its own is inner. */
const pieces: readonly (readonly [pattern: RegExp, kind: "escape" | "plain" | "quoted"])[] = [
  [/\\\r?\n()/y, "plain"],
  [/\\([\s\S])/y, "escape"],
  [/\$?'([^']*)(?:'|$)/y, "quoted"],
  [/\$?"([^"\\]*(?:\\[\s\S][^"\\]*)*)(?:"|$)/y, "quoted"],
  [/(\$\{[^}\n]*\}?)/y, "plain"],
  [/([^\s\\'"`$;&|()<>]+)/y, "plain"],
];

function wordAt(script: string, start: number): { token: Token; end: number } {
  const inner: { script: string; isSubstitution: boolean }[] = [];
  let text = "";
  let at = start;
  while (at < script.length) {
    const opening = matchAt(/\$\(|<\(|>\(|`/y, script, at);
    if (opening !== undefined) {
      const end = opening === "`" ? after(script, "`", at + 1) : closingAfter(script, at + opening.length);
      inner.push({ script: script.slice(at + opening.length, end - 1), isSubstitution: true });
      text += script.slice(at, end);
      at = end;
      continue;
    }
    const piece = pieces
      .map(([pattern, kind]) => ({ kind, match: execAt(pattern, script, at) }))
      .find(({ match }) => match !== null);
    if (piece?.match) {
      const [whole, content = ""] = piece.match;
      if (piece.kind === "quoted") {
        inner.push(...innerOf(content));
      }
      text += piece.kind === "quoted" ? content.replace(/\\\r?\n/g, "").replace(/\\(["\\$`])/g, "$1") : content;
      at += whole.length;
    } else if (script[at] === "$") {
      text += "$";
      at += 1;
    } else {
      break;
    }
  }
  return { token: { kind: "word", text, inner }, end: Math.max(at, start + 1) };
}

/** A quoted text with a substitution counts as one as a whole. */
function innerOf(quoted: string): { script: string; isSubstitution: boolean }[] {
  const isSubstitution = /\$\(|`|<\(/.test(quoted);
  return isSubstitution || /\s/.test(quoted.trim()) ? [{ script: quoted, isSubstitution }] : [];
}

/** Behind the bracket that closes what was opened before. */
function closingAfter(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    depth += text[at] === "(" ? 1 : text[at] === ")" ? -1 : 0;
    if (depth === 0) {
      return at + 1;
    }
  }
  return text.length + 1;
}

function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length + 1 : at + 1;
}

function execAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  return execAt(pattern, text, at)?.[0];
}
