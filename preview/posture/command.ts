import { parseArgs } from "node:util";
import { RefusedError, refuse } from "../../components/problems";
import type { Posture } from "../../policy/posture";
import { type Programs, reason, stackProblems, type Terminal } from "../command";

const formats = ["text", "markdown", "json"] as const;
type Format = (typeof formats)[number];

const usage = `Usage: npm run posture -- [flags]

Says what each stack does against the threats of CI, where, and what is missing, from what its program registers.

  --stack NAME    only this stack; repeat for more   (default: all)
  --format FORMAT text, markdown or json             (default: text)
  --help          print this

Exit code: 0 if the programs ran, whatever is missing; 1 if not, then the reason is on stderr and nothing on stdout.
`;

/** `npm run posture`, whole: prints either all of the output to stdout, or one reason why not to stderr. */
export async function postureCommand(
  argv: readonly string[],
  programs: Pick<Programs, "list" | "run">,
  terminal: Terminal,
): Promise<number> {
  try {
    terminal.stdout.write(await output(argv, programs, terminal));
    return 0;
  } catch (error) {
    terminal.stderr.write(`${reason(error)}\n`);
    return 1;
  }
}

async function output(
  argv: readonly string[],
  programs: Pick<Programs, "list" | "run">,
  terminal: Terminal,
): Promise<string> {
  const { stack: stacks = [], format, help } = flagsOf(argv);
  if (help) {
    return usage;
  }
  const fix = `write one of: ${formats.join(", ")}`;
  const known = programs.list();
  refuse("the command line", [
    ...stackProblems(stacks, known),
    ...(isFormat(format) ? [] : [{ path: "--format", value: format, rule: "is not a format", fix }]),
  ]);
  const running = programs.run(stacks.length > 0 ? [...new Set(stacks)] : known);
  // Loaded while the programs run, in processes of their own.
  const { posture } = require("../../policy/posture") as typeof import("../../policy/posture");
  const render = renderer(format as Format, terminal);
  return render(posture(await running));
}

const flags = {
  stack: { type: "string", multiple: true },
  format: { type: "string", default: "text" },
  help: { type: "boolean" },
} as const;

function flagsOf(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: flags }).values;
  } catch (error) {
    const rule = (error as Error).message.split("\n")[0] ?? "";
    const fix = `the flags are ${Object.keys(flags)
      .map((flag) => `--${flag}`)
      .join(", ")}`;
    throw new RefusedError("the command line", [{ path: argv.join(" "), value: undefined, rule, fix }]);
  }
}

function isFormat(text: string): text is Format {
  return formats.some((format) => format === text);
}

function renderer(format: Format, { stdout, env }: Terminal): (posture: Posture) => string {
  switch (format) {
    case "json":
      return (posture) => `${JSON.stringify(posture, null, 2)}\n`;
    case "markdown":
      return (require("./markdown") as typeof import("./markdown")).postureMarkdown;
    case "text": {
      const { postureText } = require("./text") as typeof import("./text");
      const { coloursFor } = require("../layout") as typeof import("../layout");
      const colours = coloursFor(stdout.isTTY === true, env);
      return (posture) => postureText(posture, colours);
    }
  }
}
