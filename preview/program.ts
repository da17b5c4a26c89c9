import { stripVTControlCharacters } from "node:util";
import { Engine, EngineError, type EngineSettings } from "./engine";
import { type Exit, type Launched, sdkError } from "./launch";
import type { Manifest } from "./manifest";
import { monitorOf, type StackOutputsOf } from "./monitor";
import { serve } from "./server";

/** A stack's program could not be run to its end. The message names the stack and says what the program said. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";

  constructor(stack: string, reason: string) {
    super(`${stack}: ${reason}`);
  }
}

/** What a program that ran to its end has left. */
export interface Outcome {
  readonly manifest: Manifest;
  /** Names of several resources, whose symbols are ambiguous unless the engine knew. */
  readonly sharedNames: readonly string[];
  /** What the program itself printed. */
  readonly printed: string;
}

/**
 * Answers a launched program until it ends.
 * @throws ProgramError if it fails, or ends early, or registers nothing; EngineError if it asks for what can't be.
 */
export async function run(
  launched: Launched,
  settings: EngineSettings,
  root: string,
  stackOutputsOf: StackOutputsOf,
): Promise<Outcome> {
  const engine = new Engine(settings);
  let refused: Error | undefined;
  let finished = false;
  const monitor = monitorOf(engine, root, stackOutputsOf);
  const server = serve(
    {
      ...monitor,
      signalAndWaitForShutdown: (request) => {
        finished = true;
        return monitor.signalAndWaitForShutdown?.(request);
      },
    },
    (error) => {
      refused ??= error;
      launched.stop();
    },
  );
  launched.onConnection((connection) => server.accept(connection));
  const exit = await launched.exit;
  server.close();
  if (refused !== undefined) {
    throw refused instanceof EngineError ? new ProgramError(settings.stack, refused.message) : refused;
  }
  if (exit.code !== 0 || !finished || exit.stderr.includes(sdkError)) {
    throw new ProgramError(settings.stack, whatWentWrong(exit, root));
  }
  const manifest = engine.manifest();
  if (manifest.resources.length === 0 && Object.keys(manifest.outputs).length === 0) {
    throw new ProgramError(settings.stack, "the program registers nothing; is `main` in Pulumi.yaml the right file?");
  }
  return { manifest, sharedNames: engine.sharedNames(), printed: exit.stdout + exit.stderr };
}

/** In paths below the root: where that is on this machine is of no use to whoever reads it elsewhere. */
function whatWentWrong({ code, stderr }: Exit, root: string): string {
  const words = readableError(stderr).replaceAll(`${root}/`, "");
  if (stderr.includes(sdkError)) {
    return `the program failed\n${words}`;
  }
  const ending = code === 0 ? "ended before all was registered" : `ended with exit code ${code}`;
  return `the program ${ending}${words === "" ? "" : `\n${words}`}`;
}

/** The SDK's error and the lines of the program that it passed; not the SDK's own introduction, colours and frames. */
function readableError(stderr: string): string {
  const text = stripVTControlCharacters(stderr);
  const lines = text
    .slice(Math.max(0, text.indexOf(sdkError)))
    .replaceAll(sdkError, "")
    .split("\n");
  return lines
    .filter((line) => !/^Running program '.*' failed with an unhandled exception:$/.test(line))
    .filter((line) => !/^\s+at .*(node:internal|[\\/]node_modules[\\/])/.test(line) && !line.includes(__dirname))
    .join("\n")
    .trim();
}
