import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { refuse } from "../components/problems";
import type { Project } from "./project";
import type { StackConfig } from "./stackConfig";

/** A program that has been started and waits for its engine, or has ended before it needed one. */
export interface Launched {
  readonly stack: string;
  readonly config: StackConfig;
  /** Passes on every connection that the program makes, also those it made before. */
  onConnection(accept: (connection: Socket) => void): void;
  readonly exit: Promise<Exit>;
  /** Ends the program, if it still runs, and removes its socket. */
  stop(): void;
}

export interface Exit {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts a stack's program as Pulumi's language host does: pulumi/pulumi, sdk/nodejs/cmd/pulumi-language-nodejs,
 * constructArguments, but with a faster way to load TypeScript. Loads next to nothing itself, so that the program is
 * on its way before the engine is there: the socket takes connections from the first moment, whoever answers later.
 */
export function launch(project: Project, stack: string, config: StackConfig): Launched {
  const runner = sdkRunner(project);
  const socketDirectory = mkdtempSync(join(tmpdir(), "preview-"));
  const socket = join(socketDirectory, "engine");
  const door = createServer({ pauseOnConnect: true });
  door.listen(socket);
  const child = spawn(process.execPath, programArguments(project, stack, runner, `unix:${socket}`), {
    cwd: project.programDirectory,
    env: programEnvironment(config),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = () => {
    child.kill("SIGKILL");
    door.close();
    rmSync(socketDirectory, { recursive: true, force: true });
  };
  process.once("exit", stop);
  const exit = exitOf(child, stop).finally(() => {
    process.off("exit", stop);
    stop();
  });
  return { stack, config, onConnection: connections(door), exit, stop };
}

/** The program's own SDK runs it. */
function sdkRunner({ programDirectory, entry }: Project): string {
  const { resolve } = createRequire(join(programDirectory, entry));
  try {
    return resolve("@pulumi/pulumi/cmd/run");
  } catch {
    const rule =
      "does not find @pulumi/pulumi, which runs it: neither there nor in a directory around it is it installed";
    return refuse("the program", [
      { path: "main", value: programDirectory, rule, fix: "run `npm ci` there, or put the program into the clone" },
    ]) as never;
  }
}

function programArguments(
  { root, name, programDirectory, entry, runtime }: Project,
  stack: string,
  runner: string,
  engine: string,
) {
  return [
    ...runtime.nodeArguments,
    ...(runtime.typescript ? ["--require", join(__dirname, "preload.js")] : []),
    runner,
    // With an --engine it would get hundreds of debug messages, one at a time; without, errors go to stderr.
    ...["--monitor", engine],
    ...["--project", name, "--stack", stack, "--organization", "organization"],
    ...["--root-directory", root, "--pwd", programDirectory, "--parallel", "16"],
    entry,
  ];
}

/** What Node and programs need to run; no credentials, as nothing is looked up: not every name of Node's is harmless. */
const passedOn = new Set([
  ...["PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_NUMERIC", "LC_TIME"],
  ...["TZ", "TMPDIR", "TMP", "TEMP", "NO_COLOR", "FORCE_COLOR"],
  ...["NODE_ENV", "NODE_EXTRA_CA_CERTS", "NODE_ICU_DATA", "NODE_NO_WARNINGS", "NODE_OPTIONS", "NODE_PATH"],
  "NODE_V8_COVERAGE",
]);

function programEnvironment({ values, secretKeys }: StackConfig): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => passedOn.has(name))),
    PULUMI_CONFIG: JSON.stringify(values),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
  };
}

function connections(door: Server): Launched["onConnection"] {
  const waiting: Socket[] = [];
  let accept: (connection: Socket) => void = (connection) => waiting.push(connection);
  door.on("connection", (connection) => accept(connection));
  return (accepting) => {
    accept = accepting;
    for (const connection of waiting.splice(0)) {
      accepting(connection);
    }
  };
}

/** How the SDK reports the error that ends a program: pulumi/pulumi, sdk/nodejs/log. */
export const sdkError = "error: [runtime] ";

/** A program that has failed may still wait for a timer or a connection of its own. */
const lingerMs = 1000;

function exitOf(child: ChildProcess, stop: () => void): Promise<Exit> {
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.setEncoding("utf8").on("data", (text: string) => {
      output[stream] += text;
      if (stream === "stderr" && text.includes(sdkError)) {
        setTimeout(stop, lingerMs).unref();
      }
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...output }));
  });
}
