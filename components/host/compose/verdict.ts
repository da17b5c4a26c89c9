import type { z } from "zod";
import type { Problem } from "../../problems";

/** Keys and positions that lead to a value. */
export type Path = readonly PropertyKey[];

/** `["services", "runner", "volumes", 0]` becomes `services.runner.volumes[0]`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") {
      return `${text}[${part}]`;
    }
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

/** The value at a path, or undefined where the path leads nowhere. */
function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, part)
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    data,
  );
}

/** Why a refinement refuses a value, and the way out: what a {@link Problem} says about it. */
export function because(rule: string, fix: string): { error: string; params: { fix: string } } {
  return { error: rule, params: { fix } };
}

/**
 * A schema's issues as problems, one for each unknown key.
 *
 * `refusal` says why a key is not among those that the schema takes, and the way out.
 */
export function problemsOf(
  data: unknown,
  issues: readonly z.core.$ZodIssue[],
  refusal: (path: Path) => Pick<Problem, "rule" | "fix">,
): Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => {
        const path = [...issue.path, key];
        return { path: pathText(path), value: valueAt(data, path), ...refusal(path) };
      });
    }
    return [{ path: pathText(issue.path), value: valueAt(data, issue.path), ...verdict(issue) }];
  });
}

function verdict(issue: z.core.$ZodIssue): Pick<Problem, "rule" | "fix"> {
  if (issue.code === "custom") {
    return { rule: issue.message, fix: String(issue.params?.fix) };
  }
  if (issue.code === "invalid_key" && issue.issues[0] !== undefined) {
    return verdict(issue.issues[0]);
  }
  const alternatives = issue.code === "invalid_union" ? issue.errors.flat().map(({ message }) => plain(message)) : [];
  return {
    rule: alternatives.length > 0 ? alternatives.join("; or ") : plain(issue.message),
    fix: "write the value as the compose specification has it",
  };
}

function plain(message: string): string {
  return message.replace(/^Invalid input: /, "");
}
