import { join, relative } from "node:path";
import * as local from "@pulumi/command/local";
import type * as pulumi from "@pulumi/pulumi";

/** What a check's program is told, and when it runs again. */
export interface CheckCommandOptions {
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** What must be proven anew when it changes. */
  readonly triggers: pulumi.Input<string[]>;
}

/**
 * Runs the program in a folder of this library when a deployment creates or changes it, and fails where that does.
 * The path counts from where the program of the stack runs, which is where Pulumi runs its commands, too: an absolute
 * one would be another on each machine, and each deployer's preview would show a change.
 */
export function createCheckCommand(
  name: string,
  folder: string,
  { environment, triggers }: CheckCommandOptions,
  child: pulumi.CustomResourceOptions,
): local.Command {
  const run = shellCommand(relative(process.cwd(), join(__dirname, folder, "main.js")));
  return new local.Command(
    name,
    {
      create: run,
      update: run,
      environment: { ...environment },
      triggers,
      // What the program found out is an output; what one wants to see while waiting is the progress.
      logging: "stderr",
      addPreviousOutputInEnv: false,
    },
    child,
  );
}

/** Runs a program with Node, in place of the shell, so that a deployment that is cancelled ends the program. */
export function shellCommand(path: string): string {
  return `exec node '${path.replaceAll("'", "'\\''")}'`;
}
