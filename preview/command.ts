import { type Problem, refuse } from "../components/problems";
import type { Manifest } from "./manifest";
import { type Options, readOptions, usage } from "./options";

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
  /** Runs the program of each of these stacks. */
  run(stacks: readonly string[]): Promise<readonly Manifest[]>;
}

/**
 * `npm run preview`, whole: prints either all of the output to stdout, or one reason why not to stderr.
 *
 * @returns the exit code, 0 or 1
 */
export async function previewCommand(argv: readonly string[], programs: Programs, terminal: Terminal): Promise<number> {
  try {
    terminal.stdout.write(await output(argv, programs, terminal));
    return 0;
  } catch (error) {
    terminal.stderr.write(`${reason(error)}\n`);
    return 1;
  }
}

async function output(argv: readonly string[], programs: Programs, terminal: Terminal): Promise<string> {
  const options = readOptions(argv);
  if (options.help) {
    return usage;
  }
  const running = programs.run(chosenStacks(options, programs.list()));
  // Loaded while the programs run, in processes of their own.
  const render = renderer(options, terminal);
  return render(await running);
}

function chosenStacks({ stacks }: Options, known: readonly string[]): readonly string[] {
  const chosen = stacks.length > 0 ? stacks : known;
  const fix = known.length === 0 ? "add a Pulumi.<stack>.yaml" : `the stacks are ${known.join(", ")}`;
  const unknown = chosen.filter((stack) => !known.includes(stack));
  refuse("the command line", [
    ...(chosen.length === 0 ? [mistake(undefined, "there is no stack to preview", fix)] : []),
    ...unknown.map((stack) => mistake(stack, "is not a stack of this project", fix)),
  ]);
  return chosen;
}

function mistake(value: unknown, rule: string, fix: string): Problem {
  return { path: "--stack", value, rule, fix };
}

function renderer({ format, hostPlan: hostPlanOnly }: Options, { stdout, env }: Terminal) {
  if (format === "json") {
    const { previewJson } = require("./json") as typeof import("./json");
    return (manifests: readonly Manifest[]) => previewJson(manifests, { hostPlanOnly });
  }
  const { previewText } = require("./text") as typeof import("./text");
  const { coloursFor } = require("./layout") as typeof import("./layout");
  const colours = coloursFor(stdout.isTTY === true, env);
  return (manifests: readonly Manifest[]) => previewText(manifests, { hostPlanOnly, colours });
}

/** The message of an error that is meant for the user; of any other, which is a defect here, the stack as well. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // By name, since the module that defines ProgramError loads the whole engine.
  return ["RefusedError", "ProgramError"].includes(error.name) ? error.message : (error.stack ?? error.message);
}
