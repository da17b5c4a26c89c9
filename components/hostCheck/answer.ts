import { z } from "zod";
import { plain, withoutPrivateKeys } from "./plain";

/** The version of the boot report that this program understands. */
export const reportSchema = 3;

/** More than a host's script prints, and more than Systems Manager hands on. */
const sizeLimit = 30_000;

const words = (limit: number) => z.string().transform((text) => plain(text, limit));
const instant = z.iso.datetime({ offset: true });

const bootReport = z.object({
  schema: z.literal(reportSchema),
  result: z.enum(["running", "succeeded", "failed"]),
  instance: words(40),
  stage: words(60).nullable(),
  failure: z
    .object({
      command: words(300).nullable(),
      exitStatus: z.int(),
      lastLines: z
        .array(z.string())
        .transform((lines) => withoutPrivateKeys(lines.slice(-10)).map((line) => plain(line, 200))),
    })
    .nullable(),
  startedAt: instant,
  writtenAt: instant,
  stages: z.array(z.object({ name: words(60), seconds: z.number(), attempts: z.int() })).max(40),
  probe: z.array(words(60)).max(60),
  versions: z
    .object({
      kernel: words(80).nullable(),
      docker: words(80).nullable(),
      containerd: words(80).nullable(),
      sysbox: words(80).nullable(),
    })
    .nullable(),
});

const answer = z.object({
  boot: bootReport,
  bootedAt: z.int().positive(),
  served: words(80).nullable(),
  fetched: z.array(words(80)).max(20),
});

export type BootReport = z.infer<typeof bootReport>;

/** What report.py printed on a host. Nothing that a host says gets further than here unchecked and uncleaned. */
export type Answer =
  | ({ readonly kind: "report" } & z.infer<typeof answer>)
  /** The boot has not begun. */
  | { readonly kind: "none" }
  | { readonly kind: "other-schema"; readonly schema: string }
  | { readonly kind: "unreadable"; readonly why: string };

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
