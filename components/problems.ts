/** One mistake in what a user gave: where it is, what stands there, what would be accepted and the way out. */
export interface Problem {
  /** Where the value stands, as the user writes it: `instanceTypes[1]`, `services.runner.privileged`. */
  readonly path: string;
  /** The value that stands there; `undefined` where one is missing. */
  readonly value: unknown;
  /** What would be accepted, or why this is refused; continues the sentence "…: ". */
  readonly rule: string;
  /** What to do instead. */
  readonly fix: string;
}

/** Thrown once for all the mistakes in one place; its message lists every one of them. */
export class RefusedError extends Error {
  readonly problems: readonly Problem[];
  /** By this mark Pulumi knows an error whose message says it all, and leaves out the stack (its own RunError). */
  readonly __pulumiRunError = true;

  constructor(what: string, problems: readonly Problem[]) {
    super(describe(what, problems));
    this.name = "RefusedError";
    this.problems = problems;
  }
}

/** Throws a {@link RefusedError} that names every problem; returns when there is none. */
export function refuse(what: string, problems: readonly Problem[]): void {
  if (problems.length > 0) {
    throw new RefusedError(what, problems);
  }
}

/** The same problems, one level deeper: `zones` becomes `network.zones`. */
export function within(path: string, problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => ({ ...problem, path: problem.path === "" ? path : `${path}.${problem.path}` }));
}

function describe(what: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
  const lines = problems.flatMap(({ path, value, rule, fix }) => [
    `  ${path}: ${show(value)}`,
    `    ${rule}`,
    `    → ${fix}`,
  ]);
  return [`${count} in ${what}:`, ...lines].join("\n");
}

function show(value: unknown): string {
  if (value === undefined) {
    return "(not set)";
  }
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
