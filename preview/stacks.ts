import { RefusedError } from "../components/problems";
import { type Launched, launch } from "./launch";
import type { Manifest } from "./manifest";
import type { Outcome } from "./program";
import { listStacks, type Project, readProject } from "./project";
import type { OutputProperties } from "./resourceClasses";
import type { RunningState } from "./runningStates";
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

/** What these files say that stacks of the project exported when they were last deployed. */
export function statesOfProject(root: string, files: readonly string[]): RunningState[] {
  const { readStates } = require("./runningStates") as typeof import("./runningStates");
  return readStates(files, readProject(root).name);
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
  const programs = new SideBySide(project, secretMark, sharedNames);
  try {
    for (const stack of stacks) {
      programs.launch(stack);
    }
    const outcomes = await Promise.all(stacks.map(({ stack }) => programs.outcomeOf(stack)));
    const ambiguous = (await programs.sharedNames()).filter((name) => !sharedNames.has(name));
    if (ambiguous.length > 0) {
      // Only a second run can name them well: which of them comes first is not the same in every run.
      return await previewAll(project, stacks, say, secretMark, new Set([...sharedNames, ...ambiguous]));
    }
    for (const { printed } of outcomes.filter((outcome) => outcome.printed !== "")) {
      say(printed);
    }
    return outcomes.map(({ manifest }) => manifest);
  } finally {
    await programs.stop();
  }
}

/** Programs of one project's stacks that run at the same time, and wait for each other where one reads another's exports. */
class SideBySide {
  private readonly launched = new Map<string, Launched>();
  private readonly outcomes = new Map<string, Promise<Outcome>>();
  /** The stacks whose exports each stack reads. */
  private readonly reads = new Map<string, Set<string>>();
  private readonly project: Project;
  private readonly secretMark: SecretMark;
  private readonly knownSharedNames: ReadonlySet<string>;
  private outputProperties: OutputProperties | undefined;

  constructor(project: Project, secretMark: SecretMark, knownSharedNames: ReadonlySet<string>) {
    this.project = project;
    this.secretMark = secretMark;
    this.knownSharedNames = knownSharedNames;
  }

  launch({ stack, config }: Stack): Launched {
    const program = launch(this.project, stack, config);
    this.launched.set(stack, program);
    return program;
  }

  /** Of a stack that nobody has asked for, too: it is launched then. */
  outcomeOf(stack: string): Promise<Outcome> {
    const known = this.outcomes.get(stack);
    if (known !== undefined) {
      return known;
    }
    const outcome = this.run(stack);
    this.outcomes.set(stack, outcome);
    return outcome;
  }

  /** Of all programs that have run. */
  async sharedNames(): Promise<string[]> {
    return (await Promise.all(this.outcomes.values())).flatMap((outcome) => outcome.sharedNames);
  }

  async stop(): Promise<void> {
    for (const program of this.launched.values()) {
      program.stop();
    }
    await Promise.allSettled([...[...this.launched.values()].map(({ exit }) => exit), ...this.outcomes.values()]);
  }

  private async run(stack: string): Promise<Outcome> {
    const { project, secretMark } = this;
    const program =
      this.launched.get(stack) ?? this.launch({ stack, config: readStackConfig(project, stack, secretMark) });
    // The engine takes a while to load: the programs do so at the same time.
    const { outputPropertiesFrom } = require("./resourceClasses") as typeof import("./resourceClasses");
    const { run } = require("./program") as typeof import("./program");
    this.outputProperties ??= outputPropertiesFrom(project.programDirectory);
    const settings = {
      project: project.name,
      stack,
      config: program.config.values,
      outputProperties: this.outputProperties,
      unknowns: false,
      directory: project.programDirectory,
      secretMark,
      sharedNames: this.knownSharedNames,
    };
    return run(program, settings, project.root, (name) => this.exportsFor(stack, name));
  }

  /** What the stack exports that a reader names, if it is one of this project's: `organization/ci-hosts/staging`. */
  private async exportsFor(reader: string, name: string): Promise<Manifest["outputs"] | undefined> {
    const [stack = "", project = this.project.name] = name.split("/").reverse();
    if (project !== this.project.name || !listStacks(this.project.root).includes(stack)) {
      return undefined;
    }
    if (this.needs(stack, reader)) {
      const { EngineError } = require("./engine") as typeof import("./engine");
      throw new EngineError(`the program reads the outputs of the stack ${stack}, which waits for those of ${reader}`);
    }
    this.reads.set(reader, new Set([...(this.reads.get(reader) ?? []), stack]));
    return (await this.outcomeOf(stack)).manifest.outputs;
  }

  /** Whether a stack is another one, or reads its exports, or those of one that does. */
  private needs(stack: string, other: string): boolean {
    return stack === other || [...(this.reads.get(stack) ?? [])].some((each) => this.needs(each, other));
  }
}
