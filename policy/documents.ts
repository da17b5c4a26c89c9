import { parseAllDocuments } from "yaml";
import type { Value } from "../preview/manifest";
import { isMapping, type Mapping } from "./values";

/** The mappings in a text, one for each document in it; `undefined` for what does not read. YAML reads JSON, too. */
export function mappingsIn(text: string): Mapping[] | undefined {
  try {
    const documents = parseAllDocuments(text, { merge: true, logLevel: "error" });
    if (!Array.isArray(documents) || documents.some(({ errors }) => errors.some(isSerious))) {
      return Array.isArray(documents) && documents.length === 0 ? [] : undefined;
    }
    return documents
      .map((document) => document.toJS({ maxAliasCount: aliasLimit }) as Value)
      .filter((value) => isMapping(value));
  } catch {
    return undefined;
  }
}

/** More than anyone writes; without a limit, few lines unfold to more than fits into memory. */
const aliasLimit = 1000;

/** Of several keys of one name the last one counts. */
function isSerious({ code }: { readonly code: string }): boolean {
  return code !== "DUPLICATE_KEY";
}
