import { type Document, isScalar, type Node, type Pair, parse, visit } from "yaml";
import type { Problem } from "../../problems";
import { type Path, pathText } from "./verdict";

type Ancestors = readonly (Document | Node | Pair)[];

/** Controls but tab and line feed, the line breaks that only YAML 1.1 knows, byte order marks, halves of a pair. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff\p{Surrogate}]/u;

/** What another reader could read differently, or the host could fill in: keys, bare scalars, variables, aliases. */
export function nodeProblems(document: Document): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Pair(_, pair, ancestors) {
      if (!isText(pair.key) && !isMergeKey(pair.key)) {
        problems.push({
          path: pathText(pathOf([...ancestors, pair])),
          value: String(pair.key),
          rule: "a key must be text",
          fix: "write the key as a quoted string",
        });
      }
    },
    Scalar(place, scalar, ancestors) {
      if (place === "key" && isMergeKey(scalar)) {
        return;
      }
      const rule = scalarRule(scalar.value, scalar.type === "PLAIN" ? scalar.source : undefined);
      if (rule !== undefined) {
        problems.push({
          path: pathText(pathOf([...ancestors, scalar])),
          value: scalar.source ?? scalar.value,
          ...rule,
        });
      }
    },
    Alias(_, alias, ancestors) {
      const target = alias.resolve(document);
      if (target === undefined || ancestors.includes(target)) {
        problems.push({
          path: pathText(pathOf([...ancestors, alias])),
          value: `*${alias.source}`,
          rule: "an alias must name an anchor that stands before it and does not contain it",
          fix: "write the value out",
        });
      }
    },
  });
  return problems;
}

function isText(key: unknown): boolean {
  return isScalar(key) && typeof key.value === "string" && key.value !== "__proto__";
}

/** `<<`, which the reader has turned into a symbol: what it merges is checked where it ends up. */
function isMergeKey(node: unknown): boolean {
  return isScalar(node) && typeof node.value === "symbol";
}

function scalarRule(value: unknown, bareText: string | undefined): Pick<Problem, "rule" | "fix"> | undefined {
  if (typeof value === "string" && value.replaceAll("$$", "").includes("$")) {
    return {
      rule: "a variable is filled in on the host, after this check",
      fix: "write the value itself, or $$ where a dollar is meant",
    };
  }
  if (typeof value === "string" && unprintable.test(value)) {
    return {
      rule: "holds a character that breaks a line for some readers of YAML and not for others",
      fix: "leave it out",
    };
  }
  if (
    typeof value === "number" &&
    !Number.isSafeInteger(value) &&
    (Number.isInteger(value) || !Number.isFinite(value))
  ) {
    return { rule: "is no number that every reader can hold", fix: "write a smaller number, or quote it" };
  }
  if (bareText !== undefined && parse(bareText, { version: "1.1", logLevel: "silent" }) !== value) {
    return {
      rule: "YAML 1.1 and YAML 1.2 read this differently",
      fix: "quote it, or write true, false or the plain number",
    };
  }
  return undefined;
}

/** Where a node stands, as keys and positions from the top of the document. */
function pathOf(chain: Ancestors): Path {
  return chain.flatMap((node, depth): Path => {
    const child = chain[depth + 1];
    if ("key" in node) {
      return [isScalar(node.key) ? String(node.key.value) : String(node.key)];
    }
    const items: readonly unknown[] | undefined = "items" in node ? node.items : undefined;
    return items !== undefined && child !== undefined && !("key" in child) ? [items.indexOf(child)] : [];
  });
}
