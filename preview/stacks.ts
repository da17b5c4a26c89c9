import { RefusedError } from "../components/problems";
import { launch } from "./launch";
import type { Manifest } from "./manifest";
import { type Project, readProject } from "./project";
import { noMark, type SecretMark } from "./secretMarks";
import { readStackConfig, type StackConfig } from "./stackConfig";

export { listStacks } from "./project";

/**
 * Runs the programs of the stacks side by side and returns what each registers, in the order of the names. What a
 * program prints goes to `say`, once all have come to a good end. With `secretMark`, two runs show where a secret has
 * changed.
 * @throws RefusedError for mistakes in Pulumi.yaml or a stack's file, before any program starts; ProgramError for the
 * first program that fails. The others are ended then.
 */
export async function previewStacks(
  root: string,
  stackNames: readonly string[],
  say: (text: string) => void = (text) => process.stderr.write(text),
  secretMark: SecretMark = noMark,
): Promise<Manifest[]> {
  const project = readProject(root);
  return previewAll(project, readAll(project, stackNames, secretMark), say, secretMark);
}

/** Every mistake in every file at once. */
function readAll(project: Project, stackNames: readonly string[], secretMark: SecretMark): Stack[] {
  const refusals: RefusedError[] = [];
  const stacks = stackNames.flatMap((stack) => {
    try {
      return [{ stack, config: readStackConfig(project, stack, secretMark) }];
    } catch (error) {
      if (!(error instanceof RefusedError)) {
        throw error;
      }
      refusals.push(error);
      return [];
    }
  });
  if (refusals.length > 0) {
    throw new RefusedError(
      "the stacks' configuration",
      refusals.flatMap(({ problems }) => problems),
    );
  }
  return stacks;
}

interface Stack {
  readonly stack: string;
  readonly config: StackConfig;
}

async function previewAll(
  project: Project,
  stacks: readonly Stack[],
  say: (text: string) => void,
  secretMark: SecretMark,
  sharedNames: ReadonlySet<string> = new Set(),
): Promise<Manifest[]> {
  const launched = stacks.map(({ stack, config }) => launch(project, stack, config));
  try {
    // The engine takes a while to load: the programs do so at the same time.
    const { outputPropertiesFrom } = require("./resourceClasses") as typeof import("./resourceClasses");
    const { run } = require("./program") as typeof import("./program");
    const outputProperties = outputPropertiesFrom(project.programDirectory);
    const outcomes = await Promise.all(
      launched.map((program) => {
        const { stack, config } = program;
        const settings = {
          project: project.name,
          stack,
          config: config.values,
          outputProperties,
          stackOutputs: {},
          unknowns: false,
          directory: project.programDirectory,
          secretMark,
        };
        return run(program, { ...settings, sharedNames }, project.root);
      }),
    );
    const ambiguous = outcomes.flatMap((outcome) => outcome.sharedNames).filter((name) => !sharedNames.has(name));
    if (ambiguous.length > 0) {
      // Only a second run can name them well: which of them comes first is not the same in every run.
      return await previewAll(project, stacks, say, secretMark, new Set([...sharedNames, ...ambiguous]));
    }
    for (const { printed } of outcomes.filter((outcome) => outcome.printed !== "")) {
      say(printed);
    }
    return outcomes.map(({ manifest }) => manifest);
  } finally {
    for (const program of launched) {
      program.stop();
    }
    await Promise.allSettled(launched.map(({ exit }) => exit));
  }
}
