import { parseArgs } from "node:util";
import { refuse } from "../../components/problems";
import type { Posture } from "../../policy/posture";
import type { Programs, Terminal } from "../command";

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
  const options = {
    stack: { type: "string", multiple: true },
    format: { type: "string", default: "text" },
    help: { type: "boolean" },
  } as const;
  const { values } = parseArgs({ args: [...argv], options });
  if (values.help) {
    return usage;
  }
  const known = programs.list();
  const { stack: stacks = known, format } = values;
  refuse("the command line", [
    ...(known.length === 0
      ? [{ path: "--stack", value: undefined, rule: "there is no stack", fix: "add a Pulumi.<stack>.yaml" }]
      : []),
    ...stacks
      .filter((stack) => !known.includes(stack))
      .map((value) => ({
        path: "--stack",
        value,
        rule: "is not a stack of this project",
        fix: `the stacks are ${known.join(", ")}`,
      })),
    ...(isFormat(format)
      ? []
      : [{ path: "--format", value: format, rule: "is not a format", fix: `write one of: ${formats.join(", ")}` }]),
  ]);
  const running = programs.run([...new Set(stacks)]);
  // Loaded while the programs run, in processes of their own.
  const { posture } = require("../../policy/posture") as typeof import("../../policy/posture");
  const render = renderer(format as Format, terminal);
  return render(posture(await running));
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

/** The message of an error that is meant for the user; of any other, which is a defect here, the stack as well. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const isMeant = ["RefusedError", "ProgramError"].includes(error.name) || "code" in error;
  return isMeant ? error.message : (error.stack ?? error.message);
}
