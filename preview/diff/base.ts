import { execFile, execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { refuse } from "../../components/problems";
import { contentHash } from "../contentHash";

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
  const installing = new AbortController();
  const remove = () => {
    process.off("exit", remove);
    installing.abort();
    try {
      git(top, "worktree", "remove", "--force", directory);
    } finally {
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    }
  };
  process.once("exit", remove);
  try {
    // Waits for git: a worktree that is only half made can't be removed.
    git(top, "-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--force", "--detach", directory, commit);
    const trees = { head: top, base: directory };
    for (const modules of moduleDirectories(root, top)) {
      await provide(relative(top, modules), trees, installing.signal);
    }
    return { commit, root: join(directory, relative(top, root)), remove };
  } catch (error) {
    try {
      remove();
    } catch {
      // What git could not check out it does not know to remove, and why it could not is what counts.
    }
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

/** Where a repository is checked out, as it is and as it was. */
interface Trees {
  readonly head: string;
  readonly base: string;
}

/** The packages of a directory in the head for the same one in the base, or what the lockfile there says. */
async function provide(directory: string, trees: Trees, signal: AbortSignal): Promise<void> {
  const [head, base] = [join(trees.head, directory), join(trees.base, directory)];
  if (!existsSync(base)) {
    return;
  }
  if (lockfiles.every((name) => locked(join(base, name)) === locked(join(head, name)))) {
    link(directory, trees);
    return;
  }
  const rule = "has other dependencies, and no package-lock.json to install them from";
  refuse(
    "the command line",
    existsSync(join(base, "package-lock.json"))
      ? []
      : [{ path: "--base", value: base, rule, fix: "take a base with the same lockfile, or use npm" }],
  );
  await execute("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: base, signal });
}

/**
 * The installed packages: one by one where any, or the directory, is itself a link. One that leads into the repository, such as a
 * workspace, is part of what is compared: in the base it leads to the base's.
 */
function link(directory: string, trees: Trees): void {
  const modules = join(trees.head, directory, "node_modules");
  const links = join(trees.base, directory, "node_modules");
  if (!existsSync(modules) || existsSync(links) || !existsSync(dirname(links))) {
    return;
  }
  const names = packagesIn(modules);
  const isLinked = [modules, ...names.map((name) => join(modules, name))].some((path) =>
    lstatSync(path).isSymbolicLink(),
  );
  if (!isLinked) {
    symlinkSync(modules, links);
    return;
  }
  for (const name of names.filter((each) => existsSync(join(modules, each)))) {
    const target = realpathSync(join(modules, name));
    const own = ownDirectory(target, trees.head);
    mkdirSync(dirname(join(links, name)), { recursive: true });
    symlinkSync(own === undefined ? target : join(trees.base, own), join(links, name));
    if (own !== undefined) {
      link(own, trees);
    }
  }
}

/** `yaml`, `@pulumi/aws`, and what a package manager keeps beside them; also links that lead nowhere. */
function packagesIn(modules: string): string[] {
  return readdirSync(modules).flatMap((name) =>
    name.startsWith("@") && !lstatSync(join(modules, name)).isSymbolicLink()
      ? readdirSync(join(modules, name)).map((scoped) => join(name, scoped))
      : [name],
  );
}

/** The path in the repository of what is its own; none of what lies outside of it, or was installed into it. */
function ownDirectory(target: string, top: string): string | undefined {
  const path = relative(realpathSync(top), target);
  const isOwn =
    path !== "" && !isAbsolute(path) && !path.split(sep).some((part) => [".", "..", "node_modules"].includes(part));
  return isOwn ? path : undefined;
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
  const { packages = {} } = JSON.parse(text) as { packages?: Record<string, { resolved?: string; link?: boolean }> };
  const { "": _project, ...installed } = packages;
  const archives = Object.values(installed).flatMap(({ resolved = "", link: isLink }) =>
    resolved.startsWith("file:") && !isLink ? [contentHash(join(dirname(file), resolved.slice("file:".length)))] : [],
  );
  return JSON.stringify([installed, archives]);
}

function git(root: string, ...args: string[]): string {
  return execFileSync("git", ["-C", root, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}
