import { type Problem, refuse } from "../components/problems";
import type { BothRuns } from "./diff/bothRuns";
import type { Review } from "./diff/review";
import type { Since } from "./diff/since";
import type { Manifest } from "./manifest";
import { type Options, readOptions, usage } from "./options";
import type { RunningState } from "./runningStates";

/** Where a run of the command prints, and what it knows of its terminal. */
export interface Terminal {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown };
  readonly env: NodeJS.ProcessEnv;
}

/** What runs the programs. */
export interface Programs {
  /** The stacks that there are, by name. */
  list(): readonly string[];
  /** What these files say that stacks exported when they were last deployed. */
  states(files: readonly string[]): readonly RunningState[];
  /** Runs the program of each of these stacks. */
  run(stacks: readonly string[]): Promise<readonly Manifest[]>;
  /** Runs those that `choose` takes of the stacks that there are now or were at the base, then and now. */
  runBoth(base: string, choose: (known: readonly string[]) => readonly string[]): Promise<BothRuns>;
}

/**
 * `npm run preview`, whole: prints either all of the output to stdout, or one reason why not to stderr.
 *
 * @returns the exit code
 */
export async function previewCommand(argv: readonly string[], programs: Programs, terminal: Terminal): Promise<number> {
  try {
    const { text, exitCode } = await output(argv, programs, terminal);
    terminal.stdout.write(text);
    return exitCode;
  } catch (error) {
    terminal.stderr.write(`${reason(error)}\n`);
    return 1;
  }
}

interface Output {
  readonly text: string;
  readonly exitCode: number;
}

async function output(argv: readonly string[], programs: Programs, terminal: Terminal): Promise<Output> {
  const options = readOptions(argv);
  if (options.help) {
    return { text: usage, exitCode: 0 };
  }
  if (options.base !== undefined) {
    return changesSince(options.base, options, programs, terminal);
  }
  const states = programs.states(options.states);
  const stacks = chosenStacks(options, programs.list());
  refuse("the command line", stateProblems(states, stacks));
  const manifesting = programs.run(stacks);
  // Loaded while the programs run, in processes of their own.
  const render = renderer(options, states, terminal);
  const manifests = await manifesting;
  return { text: render(manifests), exitCode: options.exitCode && breaksRules(manifests) ? 3 : 0 };
}

function breaksRules(manifests: readonly Manifest[]): boolean {
  const { violations } = require("../policy/violations") as typeof import("../policy/violations");
  return manifests.some((manifest) => violations(manifest).length > 0);
}

async function changesSince(ref: string, options: Options, programs: Programs, terminal: Terminal): Promise<Output> {
  const running = programs.runBoth(ref, (known) => chosenStacks(options, known));
  const { review } = require("./diff/review") as typeof import("./diff/review");
  const { reviewExitCode } = require("./diff/exitCode") as typeof import("./diff/exitCode");
  const render = reviewRenderer(options, terminal);
  const { commit, base, head } = await running;
  const found = review(base, head);
  return { text: render(found, { ref, commit }), exitCode: options.exitCode ? reviewExitCode(found) : 0 };
}

function reviewRenderer({ format }: Options, { stdout, env }: Terminal): (review: Review, since: Since) => string {
  switch (format) {
    case "json":
      return (require("./diff/reviewJson") as typeof import("./diff/reviewJson")).reviewJson;
    case "markdown":
      return (require("./diff/reviewMarkdown") as typeof import("./diff/reviewMarkdown")).reviewMarkdown;
    case "text": {
      const { reviewText } = require("./diff/reviewText") as typeof import("./diff/reviewText");
      const { coloursFor } = require("./layout") as typeof import("./layout");
      const colours = coloursFor(stdout.isTTY === true, env);
      return (found, since) => reviewText(found, since, colours);
    }
  }
}

function stateProblems(states: readonly RunningState[], stacks: readonly string[]): Problem[] {
  const rule = "is the stack of a state, and not previewed";
  const fix = "add --stack with its name, or leave its --state out";
  return states
    .filter(({ stack }) => !stacks.includes(stack))
    .map(({ stack }) => ({ path: "--state", value: stack, rule, fix }));
}

/** The stacks that the flags name, or all. */
function chosenStacks({ stacks }: Options, known: readonly string[]): readonly string[] {
  refuse("the command line", stackProblems(stacks, known));
  return stacks.length > 0 ? stacks : known;
}

/** What is wrong with the names of stacks on the command line, or with there being none at all. */
export function stackProblems(stacks: readonly string[], known: readonly string[]): Problem[] {
  const fix = known.length === 0 ? "add a Pulumi.<stack>.yaml" : `the stacks are ${known.join(", ")}`;
  const unknown = stacks.filter((stack) => !known.includes(stack));
  return [
    ...(stacks.length + known.length === 0 ? [mistake(undefined, "there is no stack to preview", fix)] : []),
    ...unknown.map((stack) => mistake(stack, "is not a stack of this project", fix)),
  ];
}

function mistake(value: unknown, rule: string, fix: string): Problem {
  return { path: "--stack", value, rule, fix };
}

function renderer(options: Options, running: readonly RunningState[], { stdout, env }: Terminal) {
  const { format, hostPlan: hostPlanOnly } = options;
  if (format === "json") {
    const { previewJson } = require("./json") as typeof import("./json");
    return (manifests: readonly Manifest[]) => previewJson(manifests, { hostPlanOnly });
  }
  const { previewText } = require("./text") as typeof import("./text");
  const { coloursFor } = require("./layout") as typeof import("./layout");
  const colours = coloursFor(stdout.isTTY === true, env);
  return (manifests: readonly Manifest[]) => previewText(manifests, { hostPlanOnly, running, colours });
}

/** The message of an error that is meant for the user; of any other, which is a defect here, the stack as well. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // By name, since the module that defines ProgramError loads the whole engine.
  return ["RefusedError", "ProgramError"].includes(error.name) ? error.message : (error.stack ?? error.message);
}
