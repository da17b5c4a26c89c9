import { relative, resolve } from "node:path";
import { contentHash } from "./contentHash";
import type { Value } from "./manifest";
import { noMark, type SecretMark } from "./secretMarks";
import { symbol, symbolsIn, unknownSymbol } from "./symbols";

/** A JSON value as it travels between a program and its engine: secrets, unknowns and references are marked objects. */
export type Wire = null | boolean | number | string | undefined | readonly Wire[] | WireObject;
export interface WireObject {
  readonly [key: string]: Wire;
}

// The marks stand in pulumi/pulumi, sdk/go/common/resource/properties.go and sig/sig.go; they never change.
const mark = "4dabf18193072939515e22adb298388d";
const marks = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
} as const;

/** Stands where a value is not known before the deployment. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The value, marked secret; a value that is marked already stays as it is. */
export function secret(value: Wire): Wire {
  return isMarked(value, "secret") ? value : { [mark]: marks.secret, value: value ?? null };
}

/** What a reader may see of a value, and where in it the secrets are. */
export interface Readable {
  readonly value: Value;
  /** Paths of the outermost secret marks, in the order of the document: `connection`, `tags["a.b"]`, `rules[0].key`. */
  readonly secretPaths: readonly string[];
}

/**
 * Takes the marks off. Keys are sorted, unknowns become `‹unknown›`. Of a secret only its keys and those strings
 * remain that are made of trusted symbols alone; all else in it becomes `‹secret›`. A symbol is trusted if the engine has
 * made it from names: others may hold what the program gave, such as the arguments of a function. A file or directory that
 * is an asset has its content's digest beside its path, which is relative to the program's directory.
 */
export function readable(
  wire: Wire,
  trusted: ReadonlySet<string>,
  secretMark: SecretMark = noMark,
  directory = process.cwd(),
): Readable {
  const secretPaths: string[] = [];
  const value = read(wire, "", false);
  return { value, secretPaths };

  function read(part: Wire, path: string, hidden: boolean): Value {
    if (Array.isArray(part)) {
      return part.map((item, index) => read(item, `${path}[${index}]`, hidden));
    }
    if (!isObject(part)) {
      return scalar(part, hidden);
    }
    if (isMarked(part, "secret") || (isMarked(part, "output") && part.secret === true)) {
      if (!hidden) {
        secretPaths.push(path);
      }
      return read(part.value ?? null, path, true);
    }
    if (isMarked(part, "output")) {
      return read("value" in part ? part.value : unknown, path, hidden);
    }
    if (isMarked(part, "resource")) {
      return scalar(part.urn, hidden);
    }
    const kind = isMarked(part, "asset") ? "asset" : isMarked(part, "archive") ? "archive" : undefined;
    const entries = Object.keys(part)
      .filter((key) => key !== mark && part[key] !== undefined)
      .sort()
      .map((key) => [key, read(part[key], join(path, key), hidden)] as const);
    const file = kind !== undefined && typeof part.path === "string" ? located(part.path, hidden) : {};
    return kind === undefined ? Object.fromEntries(entries) : { [kind]: { ...Object.fromEntries(entries), ...file } };
  }

  function located(path: string, hidden: boolean): { readonly [key: string]: Value } {
    const absolute = resolve(directory, path);
    return {
      path: scalar(relative(directory, absolute) || ".", hidden),
      sha256: scalar(contentHash(absolute), hidden),
    };
  }

  function scalar(part: Wire, hidden: boolean): Value {
    if (part === unknown) {
      return unknownSymbol;
    }
    if (!hidden) {
      return (part ?? null) as Value;
    }
    const isShown = typeof part === "string" && onlySymbols(part, trusted);
    return isShown ? part : symbol(`secret${secretMark(JSON.stringify(part ?? null))}`);
  }
}

/**
 * Takes the marks off and hides nothing, as a provider gets its inputs: never for a reader. What is not known becomes
 * `‹unknown›`.
 */
export function revealed(wire: Wire): Value {
  if (Array.isArray(wire)) {
    return wire.map(revealed);
  }
  if (!isObject(wire)) {
    return wire === unknown ? unknownSymbol : ((wire ?? null) as Value);
  }
  if (isMarked(wire, "secret") || isMarked(wire, "output")) {
    return revealed("value" in wire ? wire.value : unknown);
  }
  if (isMarked(wire, "resource")) {
    return revealed(wire.urn);
  }
  const entries = Object.entries(wire).filter(([key, value]) => key !== mark && value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, revealed(value)]));
}

function onlySymbols(text: string, trusted: ReadonlySet<string>): boolean {
  const symbols = symbolsIn(text);
  return symbols.length > 0 && symbols.join("") === text && symbols.every((found) => trusted.has(found));
}

function join(path: string, key: string): string {
  if (!/^[A-Za-z0-9_$-]+$/.test(key)) {
    return `${path}[${JSON.stringify(key)}]`;
  }
  return path === "" ? key : `${path}.${key}`;
}

function isObject(value: Wire): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMarked(value: Wire, kind: keyof typeof marks): boolean {
  return isObject(value) && value[mark] === marks[kind];
}
