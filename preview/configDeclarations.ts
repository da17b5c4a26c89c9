import type { Problem } from "../components/problems";

/** A key of the configuration as Pulumi.yaml declares it. */
export interface Declaration {
  /** Undefined where any value goes. */
  readonly type: ConfigType | undefined;
  readonly secret: boolean;
  /** What holds unless a stack says otherwise: the declaration's `default` or `value`. */
  readonly preset: unknown;
}

export interface ConfigType {
  readonly name: (typeof typeNames)[number];
  /** Of an array. */
  readonly items: ConfigType | undefined;
}

const typeNames = ["string", "integer", "boolean", "array", "object"] as const;
const declarationKeys = ["type", "items", "description", "secret", "default", "value"];

/** Declarations by full key; a bare value stands for `value: …`, as in pulumi/pulumi, sdk/go/common/workspace. */
export function declarationsOf(project: string, config: Record<string, unknown>): Map<string, Declaration> {
  return new Map(
    Object.entries(config).map(([key, declared]) => {
      const fields = fieldsOf(declared);
      const declaration = {
        type: typeOf(fields),
        secret: fields.secret === true,
        preset: fields.default ?? fields.value ?? undefined,
      };
      return [fullKey(project, key), declaration];
    }),
  );
}

export function fullKey(project: string, key: string): string {
  return key.includes(":") ? key : `${project}:${key}`;
}

export function declarationProblems(project: string, config: Record<string, unknown>): Problem[] {
  return Object.entries(config).flatMap(([key, declared]) => {
    const path = `config.${key}`;
    const fields = fieldsOf(declared);
    const own = fullKey(project, key).startsWith(`${project}:`);
    return own ? ownProblems(path, fields) : foreignProblems(path, fields);
  });
}

/** Whether a value fits a type; as the CLI writes them, integers and booleans may be text. */
export function fits(value: unknown, type: ConfigType): boolean {
  switch (type.name) {
    case "string":
      return typeof value === "string";
    case "integer":
      return Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d+$/.test(value));
    case "boolean":
      return typeof value === "boolean" || value === "true" || value === "false";
    case "array":
      return Array.isArray(value) && value.every((item) => type.items === undefined || fits(item, type.items));
    case "object":
      return isMapping(value);
    default: {
      const never: never = type.name;
      throw new Error(`unknown type of configuration ${never}`);
    }
  }
}

/** `an array of strings` */
export function inWords({ name, items }: ConfigType): string {
  const article = name === "string" || name === "boolean" ? "a" : "an";
  return items === undefined ? `${article} ${name}` : `${article} ${name}, each item ${inWords(items)}`;
}

function ownProblems(path: string, fields: Record<string, unknown>): Problem[] {
  const problems = strayFields(path, fields, declarationKeys);
  const bad = badType(path, fields);
  if (bad !== undefined) {
    return [...problems, bad];
  }
  if (fields.default !== undefined && fields.value !== undefined) {
    const rule = "has a default already, and Pulumi refuses a declaration with both";
    problems.push({ path: `${path}.value`, value: shown(fields, fields.value), rule, fix: "keep one of them" });
  }
  const preset = fields.default ?? fields.value ?? undefined;
  const type = typeOf(fields);
  if (preset !== undefined && fields.secret === true) {
    const rule = "a secret's value must be encrypted, so it can't stand in Pulumi.yaml";
    problems.push({
      path,
      value: shown(fields, preset),
      rule,
      fix: "set it for each stack with `pulumi config set --secret`",
    });
  } else if (preset !== undefined && type !== undefined && !fits(preset, type)) {
    problems.push({
      path: `${path}.default`,
      value: preset,
      rule: `must be ${inWords(type)}`,
      fix: "correct the default",
    });
  }
  return problems;
}

function foreignProblems(path: string, fields: Record<string, unknown>): Problem[] {
  return strayFields(path, fields, ["value"]).map((problem) => ({
    ...problem,
    rule: "a key of another namespace takes only `value`",
  }));
}

/** What an error may show of a declaration: nothing of a secret, however it is misspelt. */
function shown(fields: Record<string, unknown>, value: unknown): unknown {
  return fields.secret === true ? "(not shown)" : value;
}

function strayFields(path: string, fields: Record<string, unknown>, known: readonly string[]): Problem[] {
  return Object.keys(fields)
    .filter((field) => !known.includes(field))
    .map((field) => ({
      path: `${path}.${field}`,
      value: shown(fields, fields[field]),
      rule: `is not a field of a declaration: ${known.join(", ")}`,
      fix: "correct its spelling or remove it",
    }));
}

function badType(path: string, { type, items }: Record<string, unknown>): Problem | undefined {
  if (type === undefined) {
    return undefined;
  }
  if (!typeNames.some((name) => name === type)) {
    return {
      path: `${path}.type`,
      value: type,
      rule: `must be one of ${typeNames.join(", ")}`,
      fix: "correct the type",
    };
  }
  if (type !== "array") {
    return undefined;
  }
  return isMapping(items)
    ? badType(`${path}.items`, items)
    : {
        path: `${path}.items`,
        value: items,
        rule: "an array must say what its items are",
        fix: "write `items: { type: string }`",
      };
}

function typeOf({ type, items }: Record<string, unknown>): ConfigType | undefined {
  const name = typeNames.find((known) => known === type);
  return name && { name, items: isMapping(items) ? typeOf(items) : undefined };
}

function fieldsOf(declared: unknown): Record<string, unknown> {
  return isMapping(declared) ? declared : { value: declared ?? undefined };
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
