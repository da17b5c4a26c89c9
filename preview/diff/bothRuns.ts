import type { Manifest } from "../manifest";
import { secretMarks } from "../secretMarks";
import { listStacks, previewStacks } from "../stacks";
import { checkOutBase } from "./base";

/** The same stacks before and after a change. */
export interface BothRuns {
  /** Full name of the commit that is the base. */
  readonly commit: string;
  readonly base: readonly Manifest[];
  readonly head: readonly Manifest[];
}

/**
 * Runs the programs of the working tree, and those of the commit at which it left `ref`, all at once.
 * @param choose takes the names of all stacks that either has, and returns those to run
 * @throws RefusedError, ProgramError; what they say of the base begins with its commit
 */
export async function runBoth(
  root: string,
  ref: string,
  choose: (known: readonly string[]) => readonly string[],
): Promise<BothRuns> {
  const base = await checkOutBase(root, ref);
  try {
    const [before, after] = [listStacks(base.root), listStacks(root)];
    const chosen = choose([...new Set([...before, ...after])].sort());
    const mark = secretMarks();
    const run = (directory: string, stacks: readonly string[]) =>
      previewStacks(
        directory,
        chosen.filter((stack) => stacks.includes(stack)),
        undefined,
        mark,
      );
    const [baseRun, headRun] = await Promise.all([
      run(base.root, before).catch((error) => {
        throw ofBase(error, base.commit);
      }),
      run(root, after),
    ]);
    return { commit: base.commit, base: baseRun, head: headRun };
  } finally {
    base.remove();
  }
}

/** The same error, which says that it is not the working tree's. */
function ofBase(error: unknown, commit: string): unknown {
  if (error instanceof Error) {
    error.message = `at the base, ${commit.slice(0, 7)}: ${error.message}`;
  }
  return error;
}
