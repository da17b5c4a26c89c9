import { z } from "zod";
import { bootReport, reportSchema, words } from "./bootReport";
import { plain } from "./plain";

/** More than a host's script prints, and more than Systems Manager hands on. */
const sizeLimit = 30_000;

const answer = z.object({
  boot: bootReport,
  bootedAt: z.int().positive(),
  served: words(80).nullable(),
  refused: words(80).nullable(),
});

/** What report.py printed on a host. Nothing that a host says gets further than here unchecked and uncleaned. */
export type Answer =
  | ({ readonly kind: "report" } & z.infer<typeof answer>)
  /** The boot has not begun. */
  | { readonly kind: "none" }
  | { readonly kind: "other-schema"; readonly schema: string }
  | { readonly kind: "unreadable"; readonly why: string };

/** The clocks of an instance and of its own last boot may differ by that. */
const clockLeewayMs = 10_000;

/** Whether a host has started again since it wrote its report. */
export function isOfEarlierBoot({ boot, bootedAt }: z.infer<typeof answer>): boolean {
  return Date.parse(boot.writtenAt) < bootedAt * 1000 - clockLeewayMs;
}

export function readAnswer(output: string): Answer {
  if (output.length > sizeLimit) {
    return { kind: "unreadable", why: `it is longer than ${sizeLimit} characters` };
  }
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return { kind: "unreadable", why: "it is not JSON" };
  }
  const { boot } = z.object({ boot: z.unknown() }).catch({ boot: undefined }).parse(value);
  if (boot === null) {
    return { kind: "none" };
  }
  const { schema } = z.object({ schema: z.unknown() }).catch({ schema: reportSchema }).parse(boot);
  if (schema !== reportSchema) {
    return { kind: "other-schema", schema: plain(JSON.stringify(schema) ?? "none", 20) };
  }
  const read = answer.safeParse(value);
  if (!read.success) {
    // Only where the fault is: what stands there is the host's.
    const [issue] = read.error.issues;
    return { kind: "unreadable", why: `${plain(issue?.path.join(".") ?? "", 60) || "it"} is not as it should be` };
  }
  return { kind: "report", ...read.data };
}
