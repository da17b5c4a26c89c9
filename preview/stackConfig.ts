import { join } from "node:path";
import { type Problem, RefusedError } from "../components/problems";
import { type ConfigType, fits, inWords, isMapping } from "./configDeclarations";
import { type Project, readYaml, unknownKeys } from "./project";
import { noMark, type SecretMark } from "./secretMarks";
import { secretSymbol } from "./symbols";

/** A stack's configuration as a program gets it: text by full key, JSON where it isn't a scalar. */
export interface StackConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

// pulumi/pulumi, sdk/go/common/workspace/project.go, ProjectStack
const stackKeys = ["secretsprovider", "encryptedkey", "encryptionsalt", "config"];

/**
 * Merges Pulumi.<stack>.yaml over the defaults of Pulumi.yaml, as the CLI does. A secret is not decrypted: it becomes
 * a symbol. Refused beyond what the CLI refuses: a key of the project's own namespace that Pulumi.yaml doesn't
 * declare, and text without quotes that YAML reads as a number or a truth value.
 * @throws RefusedError with every mistake in the file; their paths start with its name.
 */
export function readStackConfig(project: Project, stack: string, mark: SecretMark = noMark): StackConfig {
  const file = `Pulumi.${stack}.yaml`;
  const { document, problems } = readYaml(join(project.stackDirectory, file));
  const given = isMapping(document.config) ? document.config : {};
  const all = problems.length > 0 ? problems : stackProblems(project, document, given, file);
  if (all.length > 0) {
    const paths = all.map((problem) => ({
      ...problem,
      path: problem.path.startsWith(file) ? problem.path : `${file} ${problem.path}`,
    }));
    throw new RefusedError(`the configuration of ${stack}`, paths);
  }
  const presets = [...project.declarations].map(([key, { preset }]) => [key, preset] as const);
  const merged = new Map([...presets, ...Object.entries(given)].filter(([, value]) => value !== undefined));
  const entries = [...merged].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    values: Object.fromEntries(entries.map(([key, value]) => [key, text(withoutSecrets(value, key, mark))])),
    secretKeys: entries.filter(([, value]) => holdsSecret(value)).map(([key]) => key),
  };
}

function stackProblems(
  { name, declarations }: Project,
  document: Record<string, unknown>,
  given: Record<string, unknown>,
  file: string,
): Problem[] {
  if ((document.config ?? undefined) !== undefined && !isMapping(document.config)) {
    return [
      { path: "config", value: document.config, rule: "must map keys to values", fix: "write `key: value` lines" },
    ];
  }
  const { environment, ...rest } = document;
  const elsewhere = environment === undefined ? [] : [valuesElsewhere(environment)];
  const missing = [...declarations]
    .filter(([key, { preset }]) => key.startsWith(`${name}:`) && preset === undefined && given[key] === undefined)
    .map(([key]) => ({
      path: key,
      value: undefined,
      rule: "is declared in Pulumi.yaml without a default, so every stack must set it",
      fix: `set it in ${file}, or give it a default in Pulumi.yaml`,
    }));
  const keys = Object.entries(given).flatMap(([key, value]) => keyProblems(name, declarations, key, value));
  return [...unknownKeys(rest, stackKeys, ""), ...elsewhere, ...keys, ...missing];
}

/** Of the default provider of AWS. */
const credentials = ["aws:secretKey", "aws:token"];

function valuesElsewhere(environment: unknown): Problem {
  const rule = "takes values from Pulumi ESC, which a preview without the network can't read";
  return { path: "environment", value: environment, rule, fix: "keep the values in this file" };
}

function keyProblems(project: string, declarations: Project["declarations"], key: string, value: unknown): Problem[] {
  if (!/^[^:]+:[^:]+$/.test(key)) {
    const rule = "must name its namespace, as in `namespace:key`";
    return [{ path: key, value: shown(value), rule, fix: `write ${project}:${key}` }];
  }
  if (credentials.includes(key) && !isSecure(value)) {
    const rule = "is a credential, which must not stand in clear";
    return [{ path: key, value: "(not shown)", rule, fix: `set it with \`pulumi config set --secret ${key}\`` }];
  }
  const declaration = declarations.get(key);
  if (declaration === undefined) {
    const rule = "is not declared in Pulumi.yaml, so no program reads it";
    const fix = "correct its spelling, or declare it";
    return key.startsWith(`${project}:`) ? [{ path: key, value: shown(value), rule, fix }] : [];
  }
  if (declaration.secret && !isSecure(value)) {
    const rule = "is declared secret in Pulumi.yaml, so it must be encrypted";
    return [{ path: key, value: "(not shown)", rule, fix: `set it with \`pulumi config set --secret ${key}\`` }];
  }
  return declaration.type === undefined || holdsSecret(value) ? [] : typeProblems(key, value, declaration.type);
}

function typeProblems(key: string, value: unknown, type: ConfigType): Problem[] {
  if (fits(value, type)) {
    return [];
  }
  const unquoted = type.name === "string" && (typeof value === "number" || typeof value === "boolean");
  const fix = unquoted ? "put it in quotes, so that YAML keeps every character" : "correct the value";
  return [{ path: key, value, rule: `must be ${inWords(type)}`, fix }];
}

function withoutSecrets(value: unknown, key: string, mark: SecretMark): unknown {
  if (isSecure(value)) {
    return secretSymbol(key, mark(value.secure));
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => withoutSecrets(item, `${key}[${index}]`, mark));
  }
  return isMapping(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, part]) => [name, withoutSecrets(part, `${key}.${name}`, mark)]),
      )
    : value;
}

function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.some(holdsSecret);
  }
  return isSecure(value) || (isMapping(value) && Object.values(value).some(holdsSecret));
}

/** What `pulumi config set --secret` writes: a mapping with the ciphertext and nothing else. */
function isSecure(value: unknown): value is { readonly secure: string } {
  return isMapping(value) && Object.keys(value).length === 1 && typeof value.secure === "string";
}

function shown(value: unknown): unknown {
  return holdsSecret(value) ? "(a secret)" : value;
}

function text(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
