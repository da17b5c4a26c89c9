import { realpathSync } from "node:fs";
import { status } from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import * as state from "@pulumi/pulumi/runtime/state";
import { Engine } from "./engine";
import type { Manifest } from "./manifest";
import { type Monitor, monitorOf, type OutputsOf } from "./monitor";
import { outputPropertiesFrom } from "./resourceClasses";

export interface RecordOptions {
  /** Defaults to `project`. */
  readonly project?: string;
  /** Defaults to `stack`. */
  readonly stack?: string;
  /** By full key, `aws:region`. */
  readonly config?: Readonly<Record<string, string>>;
  /** Exports of other stacks, by the name of the StackReference that reads them. */
  readonly stackOutputs?: Readonly<Record<string, Manifest["outputs"]>>;
  /** Leaves computed outputs unknown, as `pulumi preview` does, instead of answering them with symbols. */
  readonly preview?: boolean;
  /** Stands in for providers: outputs of the resources that it knows. */
  readonly outputsOf?: OutputsOf;
}

/** In the SDK but not in its types: what the automation API runs its inline programs in. */
const { withLocalStorage } = state as unknown as { withLocalStorage(run: () => Promise<void>): Promise<void> };

const root = realpathSync(process.cwd());
const outputProperties = outputPropertiesFrom(root);

/**
 * Runs `program` against the engine in this process and returns what it registers; for tests of components. If it
 * returns a plain object, these are the stack's exports. Rejects with what the program throws, at once or later in a
 * registration. Should resources share a name, the program runs a second time, as their symbols must tell them apart.
 */
export async function record(program: () => unknown, options: RecordOptions = {}): Promise<Manifest> {
  const first = await attempt(program, options, new Set());
  const shared = first.sharedNames();
  return (shared.length === 0 ? first : await attempt(program, options, new Set(shared))).manifest();
}

async function attempt(program: () => unknown, options: RecordOptions, sharedNames: ReadonlySet<string>) {
  const { project = "project", stack = "stack", config = {}, stackOutputs = {}, preview = false } = options;
  const engine = new Engine({ project, stack, config, outputProperties, unknowns: preview, sharedNames });
  let refused: Error | undefined;
  const monitor = callbackMonitor(
    monitorOf(engine, root, async (name) => stackOutputs[name], options.outputsOf),
    (error) => {
      refused ??= error;
    },
  );
  const run = async () => {
    pulumi.runtime.setMockOptions(monitor, project, stack, preview, "organization");
    pulumi.runtime.setAllConfig({ ...config });
    await pulumi.runtime.runInPulumiStack(async () => exportsOf(await program()));
    await pulumi.runtime.disconnect();
  };
  try {
    // A store of its own: what is left of a failed run can't reach the next one.
    await withUnhandledRejections(() => withLocalStorage(run));
  } catch (error) {
    // What the SDK makes of a refusal says less than the refusal.
    throw refused ?? error;
  }
  return engine;
}

/** The same methods in the form of a gRPC client. */
function callbackMonitor(monitor: Monitor, refused: (error: Error) => void) {
  type Callback = (error: unknown, response?: unknown) => void;
  const entries = Object.entries(monitor).map(([name, answer]) => [
    name,
    async (request: unknown, callback: Callback) => {
      let response: unknown;
      try {
        response = await answer(request);
      } catch (error) {
        refused(error as Error);
        callback(error);
        return;
      }
      callback(null, response);
    },
  ]);
  // Newer SDKs ask for everything at once first, and singly where nobody answers that, as over gRPC.
  const unanswered = (_: unknown, callback: Callback) => callback({ code: status.UNIMPLEMENTED });
  return { getDeploymentInfo: unanswered, ...Object.fromEntries(entries) };
}

function exportsOf(returned: unknown): Record<string, unknown> | undefined {
  const isPlain = typeof returned === "object" && returned !== null && returned.constructor === Object;
  return isPlain ? (returned as Record<string, unknown>) : undefined;
}

/**
 * Rejects also with the first rejection that nobody handles: so the SDK reports what went wrong in a registration.
 * Other listeners, such as a test runner's, don't hear of those.
 */
async function withUnhandledRejections(run: () => Promise<void>): Promise<void> {
  const others = process.rawListeners("unhandledRejection") as NodeJS.UnhandledRejectionListener[];
  const rejections: unknown[] = [];
  process.removeAllListeners("unhandledRejection");
  const rejected = new Promise<never>((_, reject) => {
    process.on("unhandledRejection", (error) => {
      rejections.push(error);
      reject(error);
    });
  });
  rejected.catch(() => {});
  try {
    await Promise.race([run(), rejected]);
  } finally {
    // Node reports a rejection once the turn is over in which nobody handled it.
    await new Promise((resolve) => setImmediate(resolve));
    process.removeAllListeners("unhandledRejection");
    for (const listener of others) {
      process.on("unhandledRejection", listener);
    }
  }
  if (rejections.length > 0) {
    throw rejections[0];
  }
}
