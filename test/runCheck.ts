import { type ChildProcessByStdio, spawn } from "node:child_process";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import type { Credentials } from "./host/cloud/signature";

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a check's program is run with, beside its own environment. */
export interface RunOptions {
  readonly credentials: Credentials;
  readonly cwd?: string;
  /** Gets the process once it runs. */
  readonly started?: (child: ChildProcessByStdio<null, Readable, Readable>) => void;
}

/** Runs a command as Pulumi's provider does: `/bin/sh -c`, in a directory, with its environment on top of the deployer's. */
export async function runCheck(
  command: string,
  environment: Readonly<Record<string, string>>,
  { credentials, cwd = resolve(__dirname, ".."), started = () => undefined }: RunOptions,
): Promise<Ran> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const child = spawn("/bin/sh", ["-c", command], {
    cwd,
    env: {
      ...{ PATH: process.env.PATH, HOME: "/nonexistent", AWS_EC2_METADATA_DISABLED: "true" },
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken },
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started(child);
  const printed = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].on("data", (chunk) => {
      printed[stream] += chunk;
    });
  }
  const status = await new Promise<number | null>((done) => child.on("close", done));
  return { status, ...printed };
}
