import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseDocument } from "yaml";
import { type Problem, refuse } from "../components/problems";
import { type Declaration, declarationProblems, declarationsOf, isMapping } from "./configDeclarations";

/** What Pulumi.yaml says about a program and how to run it. */
export interface Project {
  /** The directory of Pulumi.yaml, with no symbolic link in it. */
  readonly root: string;
  readonly name: string;
  /** The directory that the program runs in. */
  readonly programDirectory: string;
  /** Relative to it; "." lets package.json decide. */
  readonly entry: string;
  readonly stackDirectory: string;
  readonly runtime: RuntimeOptions;
  /** Declared configuration by full key, `ci-hosts:zones`. */
  readonly declarations: ReadonlyMap<string, Declaration>;
}

export interface RuntimeOptions {
  readonly typescript: boolean;
  readonly nodeArguments: readonly string[];
}

// pulumi/pulumi, sdk/go/common/workspace/project.json and cmd/pulumi-language-nodejs
const projectKeys = [
  ...["name", "description", "author", "website", "license", "runtime", "main", "stackConfigDir", "config"],
  ...["backend", "options", "packages", "plugins", "requiredPulumiVersion", "template"],
];
const runtimeKeys = ["typescript", "tsconfig", "nodeargs", "packagemanager", "production"];

/**
 * Reads Pulumi.yaml as the CLI does, but takes an unknown key for the typo that it is: the CLI ignores it.
 * @throws RefusedError with every mistake in the file.
 */
export function readProject(root: string): Project {
  const file = join(root, "Pulumi.yaml");
  const { document, problems } = readYaml(file);
  refuse("Pulumi.yaml", [...problems, ...(problems.length > 0 ? [] : projectProblems(document, root))]);
  const name = String(document.name);
  const main = resolve(root, typeof document.main === "string" ? document.main : ".");
  const isFolder = statSync(main).isDirectory();
  return {
    root: realpathSync(root),
    name,
    programDirectory: realpathSync(isFolder ? main : dirname(main)),
    entry: isFolder ? "." : basename(main),
    stackDirectory: resolve(root, typeof document.stackConfigDir === "string" ? document.stackConfigDir : "."),
    runtime: runtimeOptions(document.runtime),
    declarations: declarationsOf(name, record(document.config)),
  };
}

/** Names of the stacks that have a file, `Pulumi.<stack>.yaml`, in the order of the alphabet. */
export function listStacks(root: string): string[] {
  const { stackDirectory } = readProject(root);
  return readdirSync(stackDirectory)
    .flatMap((file) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

/** A YAML mapping; where the file isn't one, the problems say why and the mapping is empty. */
export function readYaml(file: string): { document: Record<string, unknown>; problems: Problem[] } {
  const path = basename(file);
  if (!existsSync(file)) {
    return {
      document: {},
      problems: [{ path, value: undefined, rule: "there is no such file", fix: `write ${file}` }],
    };
  }
  const parsed = parseDocument(readFileSync(file, "utf8"));
  if (parsed.errors.length > 0) {
    const problems = parsed.errors.map(({ message, linePos }) => ({
      path: `${path}:${linePos?.[0].line ?? 1}`,
      value: message.split("\n")[0],
      rule: "is not YAML",
      fix: "correct the line",
    }));
    return { document: {}, problems };
  }
  const document: unknown = parsed.toJS() ?? {};
  return isMapping(document)
    ? { document, problems: [] }
    : {
        document: {},
        problems: [{ path, value: document, rule: "must be a mapping", fix: "write `key: value` lines" }],
      };
}

function projectProblems(document: Record<string, unknown>, root: string): Problem[] {
  const problems = unknownKeys(document, projectKeys, "");
  if (typeof document.name !== "string" || !/^[\w.-]+$/.test(document.name)) {
    const rule = "must be letters, digits, hyphens, underscores and periods";
    problems.push({ path: "name", value: document.name, rule, fix: "name the project" });
  }
  for (const key of ["main", "stackConfigDir"]) {
    const path = document[key];
    if (path !== undefined && (typeof path !== "string" || !existsSync(resolve(root, path)))) {
      const rule = "must be there, relative to Pulumi.yaml";
      problems.push({ path: key, value: path, rule, fix: "correct the path" });
    }
  }
  return [...problems, ...runtimeProblems(document.runtime), ...configProblems(document)];
}

function runtimeProblems(runtime: unknown): Problem[] {
  const name = isMapping(runtime) ? runtime.name : runtime;
  if (name !== "nodejs") {
    const rule = "must be nodejs, the only one that the preview runs";
    return [{ path: "runtime", value: runtime, rule, fix: "write `runtime: nodejs`" }];
  }
  const options = isMapping(runtime) ? record(runtime.options) : {};
  const unknownOptions = unknownKeys(options, runtimeKeys, "runtime.options.");
  const known = isMapping(runtime) ? unknownKeys(runtime, ["name", "options"], "runtime.") : [];
  return [...known, ...unknownOptions];
}

function configProblems(document: Record<string, unknown>): Problem[] {
  if (document.config !== undefined && !isMapping(document.config)) {
    const rule = "must map keys to their declarations";
    return [{ path: "config", value: document.config, rule, fix: "write `key: { type: … }` lines" }];
  }
  return declarationProblems(String(document.name), record(document.config));
}

export function unknownKeys(given: Record<string, unknown>, known: readonly string[], prefix: string): Problem[] {
  return Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      path: `${prefix}${key}`,
      value: given[key],
      rule: `is not a key that Pulumi knows here: ${known.join(", ")}`,
      fix: "correct its spelling or remove it",
    }));
}

function runtimeOptions(runtime: unknown): RuntimeOptions {
  const options = isMapping(runtime) ? record(runtime.options) : {};
  return {
    typescript: options.typescript !== false,
    nodeArguments: typeof options.nodeargs === "string" ? shellWords(options.nodeargs) : [],
  };
}

function shellWords(text: string): string[] {
  return [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"),
  );
}

function record(value: unknown): Record<string, unknown> {
  return isMapping(value) ? value : {};
}
