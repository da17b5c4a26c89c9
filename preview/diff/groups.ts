import { foldNames } from "../foldNames";
import { visible } from "../layout";
import type { InStacks, ResourceReview } from "./review";

/** Resources of which the same is to be said. */
export interface ResourceGroup {
  /** In a shell's braces. */
  readonly names: string;
  readonly count: number;
  /** The first of them, with the inputs of all. */
  readonly resource: InStacks<ResourceReview>;
}

/** In the order in which they come; names take at most `width` columns. */
export function groups(resources: readonly InStacks<ResourceReview>[], width: number): ResourceGroup[] {
  const found = new Map<string, InStacks<ResourceReview>[]>();
  for (const resource of resources) {
    const { name: _, inputs: __, ...rest } = resource;
    const key = JSON.stringify(rest);
    found.set(key, [...(found.get(key) ?? []), resource]);
  }
  return [...found.values()].flatMap((members) =>
    foldNames(
      members.map(({ name }) => visible(name)),
      width,
    ).flatMap(({ text, names }) => {
      const some = members.filter(({ name }) => names.includes(visible(name)));
      const inputs = some.reduce((sum, one) => sum + one.inputs, 0);
      return some.slice(0, 1).map((first) => ({ names: text, count: some.length, resource: { ...first, inputs } }));
    }),
  );
}
