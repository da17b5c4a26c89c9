import * as z from "zod";
import type { Problem } from "../components";

/** What could be read, and what is wrong with the rest. */
export interface Settings<T> {
  /** Only what is there and of the right type. */
  readonly given: Partial<T>;
  readonly problems: readonly Problem[];
}

/** Reads the keys of a schema. A mistake in one keeps no other from being read and judged. */
export function readSettings<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  read: (key: string) => unknown,
): Settings<z.output<z.ZodObject<Shape>>> {
  const raw: Record<string, unknown> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = read(key);
    if (value !== undefined) {
      raw[key] = value;
    }
  }
  const issues = schema.safeParse(raw, { reportInput: true }).error?.issues ?? [];
  for (const { path } of issues) {
    delete raw[String(path[0])];
  }
  return {
    given: schema.partial().parse(raw) as Partial<z.output<z.ZodObject<Shape>>>,
    problems: issues.map((issue) => problemOf(issue, schema)),
  };
}

function problemOf(issue: z.core.$ZodIssue, schema: z.ZodType): Problem {
  const [key] = issue.path;
  const fix = `Pulumi.yaml describes ${String(key)}; set it in Pulumi.<stack>.yaml`;
  return { path: pathOf(issue.path), value: issue.input, rule: ruleOf(issue, schema), fix };
}

function ruleOf(issue: z.core.$ZodIssue, schema: z.ZodType): string {
  if (issue.input === undefined) {
    return "is required and has no default";
  }
  switch (issue.code) {
    case "invalid_type":
      return `must be ${issue.expected === "int" ? "a whole number" : `of type ${issue.expected}`}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    case "unrecognized_keys":
      return `has no key ${issue.keys.join(", ")}; its keys are ${keysAt(schema, issue.path).join(", ")}`;
    default:
      return issue.message;
  }
}

/** The keys of what a schema has at a path. */
function keysAt(schema: z.core.$ZodType, [step, ...path]: readonly PropertyKey[]): string[] {
  if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodOptional) {
    return keysAt(schema.def.innerType, step === undefined ? [] : [step, ...path]);
  }
  if (schema instanceof z.ZodArray) {
    return keysAt(schema.def.element, path);
  }
  if (!(schema instanceof z.ZodObject)) {
    return [];
  }
  const next: z.core.$ZodType | undefined = step === undefined ? undefined : schema.shape[String(step)];
  return next === undefined ? Object.keys(schema.shape) : keysAt(next, path);
}

/** `zones[1]`, `tags.Owner` */
function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./, "");
}
