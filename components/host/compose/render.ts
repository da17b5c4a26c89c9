import { Document, visit } from "yaml";
import type { Mapping } from "./file";

/** Writes data as YAML that every reader takes for the same: in the spelling of 1.1, where `yes` and `0755` are quoted. */
export function render(file: Mapping): string {
  const document = new Document(file, {
    version: "1.1",
    // With it, the text "<<" would be written as a merge key.
    customTags: (tags) => tags.filter((tag) => typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:merge"),
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar(_, scalar) {
      // Readers differ about these when they are bare: white space at the start, tabs, the keys << and = of YAML 1.1.
      if (typeof scalar.value === "string" && /^\s|\t|^(<<|=)$/.test(scalar.value)) {
        scalar.type = "QUOTE_DOUBLE";
      }
    },
  });
  return document.toString({ lineWidth: 0 });
}
