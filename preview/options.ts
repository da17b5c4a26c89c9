import { parseArgs } from "node:util";
import { type Problem, refuse } from "../components/problems";

export const formats = ["text", "json"] as const;
export type OutputFormat = (typeof formats)[number];

export interface Options {
  /** Empty for all. */
  readonly stacks: readonly string[];
  readonly format: OutputFormat;
  readonly hostPlan: boolean;
  readonly help: boolean;
}

export const usage = `Usage: npm run preview -- [flags]

Runs the program of each stack with no cloud, no Pulumi CLI and no secret, and prints what it registers.

  --stack NAME    only this stack; repeat for more   (default: all)
  --format FORMAT text or json                       (default: text)
  --host-plan     only what cloud-init puts on the machines, every file whole
  --help          print this

Exit code: 0 if all stacks could be previewed, 1 if not; then the reason is on stderr and nothing on stdout.
`;

const flags = {
  stack: { type: "string", multiple: true },
  format: { type: "string" },
  "host-plan": { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Token = NonNullable<ReturnType<typeof parse>["tokens"]>[number];

/** Reads the flags; every mistake among them is refused at once. */
export function readOptions(argv: readonly string[]): Options {
  const { values, tokens } = parse(argv);
  refuse("the command line", tokens.flatMap(problemsOf));
  return {
    stacks: [...new Set(values.stack as string[] | undefined)],
    format: (values.format as OutputFormat | undefined) ?? "text",
    hostPlan: values["host-plan"] === true,
    help: values.help === true,
  };
}

/** Not strict, since that stops at the first mistake; {@link problemsOf} finds all that strict would. */
function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: flags, strict: false, tokens: true });
}

function problemsOf(token: Token): Problem[] {
  if (token.kind === "positional") {
    return [mistake(token.value, undefined, "is not a flag", "name a stack with --stack NAME")];
  }
  if (token.kind === "option-terminator") {
    return [];
  }
  const { name, rawName, value } = token;
  const type = Object.hasOwn(flags, name) ? flags[name as keyof typeof flags].type : undefined;
  if (type === undefined) {
    const known = Object.keys(flags).map((flag) => `--${flag}`);
    return [mistake(rawName, value, "is not a flag of this command", `the flags are ${known.join(", ")}`)];
  }
  if (type === "boolean") {
    return value === undefined ? [] : [mistake(rawName, value, "takes no value", `write ${rawName} alone`)];
  }
  if (value === undefined || value === "" || (!token.inlineValue && value.startsWith("-"))) {
    return [mistake(rawName, value, "needs a value", `write ${rawName} ${name === "format" ? "json" : "NAME"}`)];
  }
  return name === "format" && !formats.some((format) => format === value)
    ? [mistake(rawName, value, "is not a format", `write one of: ${formats.join(", ")}`)]
    : [];
}

function mistake(path: string, value: unknown, rule: string, fix: string): Problem {
  return { path, value, rule, fix };
}
