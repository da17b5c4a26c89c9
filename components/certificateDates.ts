const hourMilliseconds = 60 * 60 * 1000;
const dayMilliseconds = 24 * hourMilliseconds;

/** Times as the provider of certificates writes them: RFC 3339. */
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Whole days until the first of these times, below 0 once it is past. What is no time, such as the symbol that stands
 * for one in a preview, comes out as it is.
 */
export function daysToExpiry(endTimes: readonly string[], now: number = Date.now()): number | string {
  return notTime(endTimes) ?? Math.floor((firstOf(endTimes) - now) / dayMilliseconds);
}

/**
 * From when on a deployment renews the first of the certificates that end at these times, in UTC:
 * `2026-03-01T12:00:00Z`. What is no time comes out as it is.
 */
export function renewsAt(endTimes: readonly string[], earlyRenewalHours: number): string {
  return notTime(endTimes) ?? toSeconds(new Date(firstOf(endTimes) - earlyRenewalHours * hourMilliseconds));
}

/** Date.parse alone would not tell: it reads a date into nearly every text that has a number in it. */
function notTime(texts: readonly string[]): string | undefined {
  return texts.find((text) => !time.test(text) || Number.isNaN(Date.parse(text)));
}

function firstOf(endTimes: readonly string[]): number {
  return Math.min(...endTimes.map((text) => Date.parse(text)));
}

function toSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}
