import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { refuse } from "../../components/problems";

const execute = promisify(execFile);

/** A project as it was at a commit, in a directory of its own. */
export interface Base {
  /** Full name of the commit. */
  readonly commit: string;
  /** The directory of Pulumi.yaml in it. */
  readonly root: string;
  /** Removes the directory. */
  remove(): void;
}

const lockfiles = ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"];

/**
 * Checks out the commit at which the working tree at `root` left `ref`. Its dependencies are the working tree's where
 * both lockfiles say the same; else they are installed, without running scripts of packages.
 * @throws RefusedError if there is no repository, no such commit, or no lockfile to install from.
 */
export async function checkOutBase(root: string, ref: string): Promise<Base> {
  const commit = mergeBase(root, ref);
  const top = git(root, "rev-parse", "--show-toplevel");
  const directory = mkdtempSync(join(tmpdir(), "preview-base-"));
  const remove = () => {
    execFileSync("git", ["-C", top, "worktree", "remove", "--force", directory], { stdio: "ignore" });
    rmSync(directory, { recursive: true, force: true });
    process.off("exit", remove);
  };
  process.once("exit", remove);
  try {
    await execute("git", [
      "-C",
      top,
      "-c",
      "core.hooksPath=/dev/null",
      "worktree",
      "add",
      "--quiet",
      "--force",
      "--detach",
      directory,
      commit,
    ]);
    const within = (path: string) => join(directory, relative(top, path));
    for (const modules of moduleDirectories(root, top)) {
      await provide(modules, within(modules));
    }
    return { commit, root: within(root), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function mergeBase(root: string, ref: string): string {
  try {
    const commit = git(root, "rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`);
    return git(root, "merge-base", commit, "HEAD");
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer };
    const rule =
      String(stderr ?? error)
        .split("\n")[0]
        ?.replace(/^fatal: /, "") || "has no commit in common with HEAD";
    const fix = "name a branch, tag or commit that is here; in CI, fetch it with its history (fetch-depth: 0)";
    return refuse("the command line", [{ path: "--base", value: ref, rule, fix }]) as never;
  }
}

/** Where Node looks for the program's packages: `node_modules` of the project's directory and of those around it. */
function moduleDirectories(root: string, top: string): string[] {
  const found: string[] = [];
  for (let directory = root; ; directory = dirname(directory)) {
    if (existsSync(join(directory, "node_modules"))) {
      found.push(directory);
    }
    if (directory === top || directory === dirname(directory)) {
      return found;
    }
  }
}

/** The packages in `head/node_modules` for `base`, or what the lockfile there says. */
async function provide(head: string, base: string): Promise<void> {
  if (!existsSync(base)) {
    return;
  }
  if (lockfiles.every((name) => locked(join(base, name)) === locked(join(head, name)))) {
    symlinkSync(join(head, "node_modules"), join(base, "node_modules"));
    return;
  }
  const rule = "has other dependencies, and no package-lock.json to install them from";
  refuse(
    "the command line",
    existsSync(join(base, "package-lock.json"))
      ? []
      : [{ path: "--base", value: base, rule, fix: "take a base with the same lockfile, or use npm" }],
  );
  await execute("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: base });
}

/** What a lockfile installs; "" where there is none. The version of the project itself is not part of it. */
function locked(file: string): string {
  if (!existsSync(file)) {
    return "";
  }
  const text = readFileSync(file, "utf8");
  if (!file.endsWith(".json")) {
    return text;
  }
  const { packages = {} } = JSON.parse(text);
  const { "": _project, ...installed } = packages;
  return JSON.stringify(installed);
}

function git(root: string, ...args: string[]): string {
  return execFileSync("git", ["-C", root, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}
