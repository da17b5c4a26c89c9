import * as pulumi from "@pulumi/pulumi";
import { Engine } from "./engine";
import type { Manifest } from "./manifest";
import { type Monitor, monitorOf } from "./monitor";
import { outputPropertiesFrom } from "./resourceClasses";

/** How a program is run in this process. */
export interface RecordOptions {
  /** Defaults to `project`. */
  readonly project?: string;
  /** Defaults to `stack`. */
  readonly stack?: string;
  /** Configuration by full key, `aws:region`, which is eu-central-1 where it isn't given. */
  readonly config?: Readonly<Record<string, string>>;
  /** Answers what is computed as unknown, as Pulumi's own preview does. Defaults to false: with symbols. */
  readonly preview?: boolean;
}

/**
 * Runs a program in this process against the engine of the preview, and returns what it registered. Rejects with what
 * the program throws. One at a time: the SDK keeps its state per process.
 */
export async function record(program: () => unknown, options: RecordOptions = {}): Promise<Manifest> {
  const { project = "project", stack = "stack", preview = false } = options;
  const config = { "aws:region": "eu-central-1", ...options.config };
  const outputProperties = outputPropertiesFrom(__dirname);
  const sharedNames: ReadonlySet<string> = new Set();
  const engine = new Engine({ project, stack, config, outputProperties, unknowns: preview, sharedNames });
  const refused: Error[] = [];

  // Mocks switch on what the SDK would otherwise ask an engine for; the monitor behind them is ours.
  await pulumi.runtime.setMocks({ call: unasked, newResource: unasked }, project, stack, preview);
  pulumi.runtime.setMockOptions(withCallbacks(monitorOf(engine, process.cwd()), refused), project, stack, preview);
  pulumi.runtime.setAllConfig(config);
  try {
    await pulumi.runtime.runInPulumiStack(async () => {
      program();
      return {};
    });
  } finally {
    await pulumi.runtime.disconnect();
  }
  if (refused[0] !== undefined) {
    throw refused[0];
  }
  return engine.manifest();
}

function unasked(): never {
  throw new Error("the monitor answers in place of mocks");
}

type Callback = (error: Error | null, response?: unknown) => void;

/** The monitor's methods as the SDK's client has them. */
function withCallbacks(
  monitor: Monitor,
  refused: Error[],
): Record<string, (request: unknown, callback: Callback) => void> {
  return Object.fromEntries(
    Object.entries(monitor).map(([name, answer]) => [
      name,
      (request, callback) => {
        let response: unknown;
        try {
          response = answer(request);
        } catch (error) {
          refused.push(error as Error);
          callback(error as Error);
          return;
        }
        callback(null, response);
      },
    ]),
  );
}
