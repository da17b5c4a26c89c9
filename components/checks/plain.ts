/**
 * Text of a host, or of AWS, made fit for a terminal: one line, without control characters, marks that change the
 * direction of text or anything else that isn't seen, and not longer than `limit`.
 */
export function plain(text: string, limit: number): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

const begin = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const end = /-----END [A-Z ]*PRIVATE KEY-----/;
const withheld = "[a private key, withheld]";

/** Lines without the private keys among them, also such of which only the beginning or the end is there. */
export function withoutPrivateKeys(lines: readonly string[]): string[] {
  let kept: string[] = [];
  let inKey = false;
  for (const line of lines) {
    const begins = begin.test(line);
    const ends = end.test(line);
    if (ends && !begins && !inKey) {
      kept = [withheld];
    } else if (begins) {
      kept.push(withheld);
    } else if (!inKey) {
      kept.push(line);
    }
    inKey = begins ? !ends : inKey && !ends;
  }
  return kept;
}
