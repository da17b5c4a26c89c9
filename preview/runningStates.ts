import { readFileSync } from "node:fs";
import { type Problem, refuse } from "../components/problems";
import type { Release } from "../components/release";
import { isMapping } from "./configDeclarations";

/** What a stack exported when it was last deployed. */
export interface RunningState {
  readonly stack: string;
  /** The release that its hosts were made from, if it names one. */
  readonly release: Release | undefined;
  /** The one that its hosts came into service with. */
  readonly provenRelease: Release | undefined;
}

/**
 * Reads what `pulumi stack export` has written, a file for each stack. Of a state only the two exports are looked at.
 * @throws RefusedError with every file that is no such thing
 */
export function readStates(files: readonly string[], project: string): RunningState[] {
  const read = files.map((file) => ({ file, ...stateIn(file, project) }));
  const stacks = read.map(({ state }) => state?.stack);
  refuse("the command line", [
    ...read.flatMap(({ problem }) => problem ?? []),
    ...read
      .filter(({ state }, index) => state !== undefined && stacks.indexOf(state.stack) !== index)
      .map(({ file, state }) => mistake(file, `is of ${state?.stack}, as another one is`, "give one for each stack")),
  ]);
  return read.flatMap(({ state }) => state ?? []);
}

function stateIn(file: string, project: string): { state?: RunningState; problem?: Problem } {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const why =
      error instanceof SyntaxError ? "is not JSON" : `cannot be read: ${(error as NodeJS.ErrnoException).code}`;
    return { problem: mistake(file, why) };
  }
  const stack = stackIn(document);
  if (stack === undefined) {
    return { problem: mistake(file, "is no exported stack") };
  }
  // urn:pulumi:staging::ci-hosts::pulumi:pulumi:Stack::ci-hosts-staging
  const [, name = "", of = ""] = /^urn:pulumi:([^:]+)::([^:]+)::/.exec(String(stack.urn)) ?? [];
  if (of !== project) {
    return { problem: mistake(file, `is of the project ${of}, not of ${project}`) };
  }
  const outputs = isMapping(stack.outputs) ? stack.outputs : {};
  if ([outputs.release, outputs.provenRelease].some((output) => isNamed(output) && releaseIn(output) === undefined)) {
    return {
      problem: mistake(file, "names a release in a form that this version does not read", "deploy the stack anew"),
    };
  }
  return {
    state: { stack: name, release: releaseIn(outputs.release), provenRelease: releaseIn(outputs.provenRelease) },
  };
}

function stackIn(document: unknown): Record<string, unknown> | undefined {
  const { deployment } = isMapping(document) ? document : {};
  const { resources } = isMapping(deployment) ? deployment : {};
  return Array.isArray(resources)
    ? resources.find((resource) => isMapping(resource) && resource.type === "pulumi:pulumi:Stack")
    : undefined;
}

function releaseIn(output: unknown): Release | undefined {
  const isWhole = isNamed(output) && ["docker", "images", "settings", "files"].every((part) => isMapping(output[part]));
  return isWhole ? (output as unknown as Release) : undefined;
}

function isNamed(output: unknown): output is Record<string, unknown> {
  return isMapping(output) && typeof output.id === "string";
}

function mistake(
  file: string,
  rule: string,
  fix = "write it with `pulumi stack export --stack NAME --file FILE`",
): Problem {
  return { path: "--state", value: file, rule, fix };
}
