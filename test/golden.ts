import * as assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Compares byte for byte with `test/golden/<file>`; ACCEPT_GOLDEN=1 writes it instead. */
export function golden(file: string, actual: string): void {
  const path = join(__dirname, "golden", file);
  if (process.env.ACCEPT_GOLDEN === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  assert.equal(actual, readFileSync(path, "utf8"));
}
