import { z } from "zod";
import { plain, withoutPrivateKeys } from "./plain";

/** The version of the boot report that this library understands. */
export const reportSchema = 3;

/** The longest event that CloudWatch Logs takes. */
const eventLimit = 262_144;

export const words = (limit: number) => z.string().transform((text) => plain(text, limit));
const instant = z.iso.datetime({ offset: true });

/** Nothing that a host says gets further than here unchecked and uncleaned. */
export const bootReport = z.object({
  schema: z.literal(reportSchema),
  result: z.enum(["running", "succeeded", "failed"]),
  instance: words(40),
  release: words(120).nullish(),
  stage: words(60).nullable(),
  failure: z
    .object({
      command: words(300).nullable(),
      exitStatus: z.int(),
      lastLines: z.array(z.string()).transform((lines) =>
        withoutPrivateKeys(lines)
          .slice(-10)
          .map((line) => plain(line, 200)),
      ),
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

export type BootReport = z.infer<typeof bootReport>;

/** The boot report that an event of a log group is, if it is one. */
export function readEvent(message: string): BootReport | undefined {
  if (message.length > eventLimit) {
    return undefined;
  }
  try {
    return bootReport.safeParse(JSON.parse(message)).data;
  } catch {
    return undefined;
  }
}

/** Where and when a boot failed, and then, line by line, the command and what it said last. */
export function failureLines({ stage, failure, writtenAt }: BootReport): string[] {
  const { command, exitStatus, lastLines } = failure ?? { command: null, exitStatus: 1, lastLines: [] };
  const status = exitStatus === 124 ? "124, out of time" : String(exitStatus);
  return [
    `failed in stage ${stage ?? "unknown"} (exit status ${status}), ${writtenAt}`,
    ...(command === null ? [] : [`  command: ${command}`]),
    ...lastLines.map((line) => `  | ${line}`),
  ];
}
