import { CST, type Document, Lexer, parseAllDocuments } from "yaml";
import type { Problem } from "../../problems";
import { nodeProblems } from "./nodes";

/** What a compose file is once it is read: JSON data. */
export type Data = null | boolean | number | string | Data[] | Mapping;
/** A mapping of a compose file; its keys are always text. */
export type Mapping = { [key: string]: Data };

export function isMapping(data: Data | undefined): data is Mapping {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}

/**
 * Reads a compose file as plain data, with its aliases and merge keys resolved.
 *
 * Only what every reader of YAML understands alike is taken: one document without tags or directives, and no bare
 * scalar that YAML 1.1 and 1.2 read differently (`yes`, `0777`). Compose's variables are refused wherever they
 * stand, since the host would fill them in after the check; `$$`, Compose's spelling of a dollar, is left as it is.
 * Returns no data when there is a problem.
 */
export function readCompose(text: string): { data: Mapping | undefined; problems: Problem[] } {
  const marks = tagsAndDirectives(text);
  if (marks.length > 0) {
    return { data: undefined, problems: marks };
  }
  const documents = parseAllDocuments(text, { version: "1.2", merge: true, uniqueKeys: true, logLevel: "error" });
  const [document, second] = documents;
  if (document === undefined || second !== undefined) {
    return { data: undefined, problems: [notOneMapping(documents.length)] };
  }
  const problems = [...syntaxProblems(document), ...nodeProblems(document)];
  if (problems.length > 0) {
    return { data: undefined, problems };
  }
  return plainData(document);
}

function tagsAndDirectives(text: string): Problem[] {
  const problems: Problem[] = [];
  let line = 1;
  let previous = "";
  for (const token of new Lexer().lex(text)) {
    const type = previous === CST.SCALAR ? "text" : CST.tokenType(token);
    if (type === "tag" || type === "directive-line") {
      problems.push({
        path: `line ${line}`,
        value: token,
        rule: "tags and directives change how a value is read, and not every reader knows them",
        fix: "leave it out and write the value as it is meant",
      });
    }
    line += token.split("\n").length - 1;
    previous = token;
  }
  return problems;
}

function syntaxProblems(document: Document): Problem[] {
  return [...document.errors, ...document.warnings].map((error) => ({
    path: `line ${error.linePos?.[0].line ?? 1}`,
    value: error.code,
    rule: error.message.replace(/ at line [\s\S]*/, ""),
    fix: "mend the YAML; every key may stand once in its mapping",
  }));
}

function plainData(document: Document): { data: Mapping | undefined; problems: Problem[] } {
  try {
    // An alias that is used twice yields one object at two places; the copy makes them two.
    const data: Data = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 })));
    return isMapping(data) ? { data, problems: [] } : { data: undefined, problems: [notOneMapping(1)] };
  } catch (error) {
    return {
      data: undefined,
      problems: [
        {
          path: "services",
          value: error instanceof Error ? error.message : String(error),
          rule: "the aliases and merge keys of a compose file must resolve to a reasonable size",
          fix: "write the repeated parts out",
        },
      ],
    };
  }
}

function notOneMapping(documents: number): Problem {
  return {
    path: "services",
    value: documents === 1 ? undefined : `${documents} documents`,
    rule: "a compose file is one YAML document with a mapping at its top",
    fix: "write one document that starts with `services:`",
  };
}
