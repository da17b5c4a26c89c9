import type { Problem } from "./problems";

/** The periods of PutRetentionPolicy in the CloudWatch Logs API reference. */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** What is wrong with a log group's retention, if it is given. */
export function retentionProblems(path: string, days: number | undefined): Problem[] {
  if (days === undefined || retentionDays.includes(days)) {
    return [];
  }
  const rule = `must be one of CloudWatch Logs' periods: ${retentionDays.join(", ")}`;
  return [{ path, value: days, rule, fix: `take the next longer one, ${retentionDays.find((d) => d > days) ?? 3653}` }];
}
