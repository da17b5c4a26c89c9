import { posix } from "node:path";
import { remembered } from "./remembered";
import type { Command } from "./shell";
import type { HostContent, Invocation } from "./userData";

/** A program that is started, and its arguments. */
export interface Start {
  /** `userData: runcmd` */
  readonly path: string;
  readonly args: readonly string[];
  readonly command: Command;
}

/**
 * Starts of programs, behind whatever stands before them: `sudo`, `env`, `ExecStart=-`. A variable stands for what is
 * assigned to it anywhere on the host, for several values there are several starts.
 */
export function startsOf({ property, invocations }: HostContent, programs: RegExp): Start[] {
  return expandedIn(invocations).flatMap(({ command, words }) => {
    const at = words.findIndex((word) => programs.test(programName(word)));
    return at < 0 ? [] : [{ path: `${property}: ${command.path}`, args: words.slice(at + 1), command }];
  });
}

/** `ExecStart=-/usr/bin/docker` starts docker. */
export function programName(word: string): string {
  return posix.basename(word.replace(/^Exec\w+=[-@:+!|]*/, ""));
}

const expandedIn = remembered((commands: readonly Invocation[]) => {
  const values = assignments(commands);
  return commands.flatMap((command) => expansions(command.words, values).map((words) => ({ command, words })));
});

/** Values of variables: of a shell, of a unit's environment and of the files that it names. */
export function assignments(commands: readonly Command[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const word of commands.flatMap(({ words }) => words)) {
    const [, name, value] = /^(?:Environment=)?["']?([A-Za-z_]\w*)=([\s\S]*)$/.exec(word) ?? [];
    if (name !== undefined && value !== undefined) {
      values.set(name, [...new Set([...(values.get(name) ?? []), value])]);
    }
  }
  return values;
}

/** Each value of each variable is in one of them. */
function expansions(words: readonly string[], values: ReadonlyMap<string, readonly string[]>): string[][] {
  const used = words.map((word) => values.get(variableIn(word) ?? "") ?? []);
  const several = Math.max(1, ...used.map(({ length }) => length));
  return Array.from({ length: several }, (_, index) =>
    words.flatMap((word, place) => {
      const value = used[place]?.[index] ?? used[place]?.at(-1);
      return value === undefined ? [word] : value.split(/\s+/).filter((part) => part !== "");
    }),
  );
}

/** The variable that a word consists of, `$OPTS` or `${OPTS}`. */
export function variableIn(word: string): string | undefined {
  return /^(?:Exec\w+=[-@:+!|]*)?\$\{?(\w+)(?::?-[^}]*)?\}?$/.exec(word)?.[1];
}

/** Values of a flag, `--host X`, `--host=X`, `-H X`, `-HX`, and behind short flags that take none, `-DH X`. */
export function flagValues(args: readonly string[], long: readonly string[], short = "", shortSwitches = ""): string[] {
  const cluster = short === "" ? undefined : new RegExp(`^-[${shortSwitches}]*${short}=?([\\s\\S]*)$`);
  return args.flatMap((arg, index) => {
    const next = args[index + 1];
    const name = long.find((each) => arg === `--${each}` || arg.startsWith(`--${each}=`));
    const given = name === undefined ? cluster?.exec(arg)?.[1] : arg.slice(name.length + 3);
    const isSeparate = given === "" && !arg.endsWith("=");
    const value = isSeparate ? next : given;
    return value === undefined ? [] : [value];
  });
}

/** Whether a switch is on: the last one counts, and it takes what Go's strconv.ParseBool takes. */
export function isSwitchedOn(args: readonly string[], name: string): boolean {
  const last = args.filter((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`)).at(-1);
  return last !== undefined && (last === `--${name}` || /^(?:1|t|T|TRUE|true|True)$/.test(last.slice(name.length + 3)));
}
