import { spawn } from "node:child_process";

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** What a command prints. Rejects with its last words when it fails. */
export async function output([program, ...args]: Command, input = ""): Promise<string> {
  const child = spawn(program, args);
  child.stdin.on("error", () => {}); // A command that does not read its input says by its status how it went.
  child.stdin.end(input);
  const [stdout, stderr, status] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    new Promise<number | string | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve(code ?? signal));
    }),
  ]);
  if (status !== 0) {
    const words = Buffer.concat([...stdout, ...stderr]).toString();
    throw new Error(`${[program, ...args].join(" ")} ended with ${status}:\n${words.slice(-4000)}`);
  }
  return Buffer.concat(stdout).toString();
}
