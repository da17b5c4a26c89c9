import { parseArgs } from "node:util";
import { type Problem, refuse } from "../components/problems";

export const formats = ["text", "markdown", "json"] as const;
export type OutputFormat = (typeof formats)[number];

export interface Options {
  /** Empty for all. */
  readonly stacks: readonly string[];
  readonly format: OutputFormat;
  readonly hostPlan: boolean;
  /** What the working tree is compared with: a branch, tag or commit. */
  readonly base: string | undefined;
  /** Whether the exit code says what there is to see. */
  readonly exitCode: boolean;
  /** Files with exported stacks. */
  readonly states: readonly string[];
  readonly help: boolean;
}

export const usage = `Usage: npm run preview -- [flags]

Runs the program of each stack with no cloud, no Pulumi CLI and no secret, and prints what it registers; with --base,
what the working tree changes of that since it left a branch, and what a deployment will do about it.

  --stack NAME    only this stack; repeat for more   (default: all)
  --base REF      show what changes since the commit at which this branch left REF: origin/main
  --format FORMAT text, json, or with --base markdown, for a comment on a pull request   (default: text)
  --state FILE    an exported stack (pulumi stack export), whose release is shown beside the desired; repeat for more
  --host-plan     only what cloud-init puts on the machines, every file whole
  --exit-code     let the exit code say what there is to see
  --help          print this

Exit code: 0 if all stacks could be previewed, 1 if not; then the reason is on stderr and nothing on stdout.
With --exit-code: 0 nothing to see, 1 an error, or a change that the deployment will refuse, 2 changes, 3 a rule that is
broken, or changes that expose or destroy something.
`;

const flags = {
  stack: { type: "string", multiple: true },
  format: { type: "string" },
  base: { type: "string" },
  state: { type: "string", multiple: true },
  "host-plan": { type: "boolean" },
  "exit-code": { type: "boolean" },
  help: { type: "boolean" },
} as const;

type Token = NonNullable<ReturnType<typeof parse>["tokens"]>[number];

/** Reads the flags; every mistake among them is refused at once. */
export function readOptions(argv: readonly string[]): Options {
  const { values, tokens } = parse(argv);
  refuse("the command line", tokens.flatMap(problemsOf));
  const options: Options = {
    stacks: [...new Set(values.stack as string[] | undefined)],
    format: (values.format as OutputFormat | undefined) ?? "text",
    hostPlan: values["host-plan"] === true,
    base: values.base as string | undefined,
    exitCode: values["exit-code"] === true,
    states: [...new Set(values.state as string[] | undefined)],
    help: values.help === true,
  };
  refuse("the command line", combinationProblems(options));
  return options;
}

function combinationProblems({ base, format, hostPlan, states }: Options): Problem[] {
  if (states.length > 0 && (base !== undefined || format !== "text" || hostPlan)) {
    const rule = "is shown in the text of a preview alone";
    return [mistake("--state", states[0], rule, "leave out --base, --format and --host-plan, or --state")];
  }
  if (base !== undefined) {
    const rule = "shows one state of the machines, and --base a change";
    return hostPlan ? [mistake("--host-plan", undefined, rule, "leave one of them out")] : [];
  }
  const rule = "shows changes, so it needs a base";
  return format === "markdown" ? [mistake("--format", format, rule, "add --base REF, or leave it out")] : [];
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
    const example = { format: "json", base: "origin/main", state: "FILE" }[name] ?? "NAME";
    return [mistake(rawName, value, "needs a value", `write ${rawName} ${example}`)];
  }
  return name === "format" && !formats.some((format) => format === value)
    ? [mistake(rawName, value, "is not a format", `write one of: ${formats.join(", ")}`)]
    : [];
}

function mistake(path: string, value: unknown, rule: string, fix: string): Problem {
  return { path, value, rule, fix };
}
