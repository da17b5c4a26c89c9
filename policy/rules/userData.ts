import { mappingsIn } from "../documents";
import type { ResourceRule } from "../rule";
import { hostContents, type WrittenFile } from "../userData";

const understood: ResourceRule = {
  id: "user-data-understood",
  severity: "high",
  what: "All of a machine's user data is in forms that these rules read: what they do not read, they cannot judge.",
  why: "Otherwise an unusual encoding, a key too many or a part of another type is all it takes to get past every rule.",
  fix: "Write it as a cloud-config or a script, with the keys, encodings and types that cloud-init documents.",
  check: (resource) =>
    hostContents(resource).flatMap(({ property, files, unread }) => [
      ...unread.map((found) => ({ path: property, found })),
      ...files
        .filter(isUnreadable)
        .map(({ path }) => ({ path: `${property}: ${path}`, found: "does not read as YAML" })),
    ]),
};

export const userDataRules = [understood];

/** Files that rules look into, and that are nothing but YAML or JSON. */
function isUnreadable({ path, content }: WrittenFile): boolean {
  return /\.ya?ml$|\/daemon\.json$/.test(path) && mappingsIn(content) === undefined;
}
