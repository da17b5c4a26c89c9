import type { Problem } from "../problems";

/** What the scripts on a host read, by name. A value that is undefined is left out. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** What systemd and a shell's reader of lines agree on: one line, no quote, no backslash, no space at either end. */
const plainValue = /^(?! )[^\p{Cc}"'`\\]*(?<! )$/u;
const plainName = /^[A-Z][A-Z0-9_]*$/;

/** The settings file: `NAME=value` lines in the order of the alphabet. Throws on a value that is not plain text. */
export function renderSettings(settings: Settings): string {
  const lines = Object.entries(settings).flatMap(([name, value]) => {
    if (value === undefined) {
      return [];
    }
    if (!plainName.test(name) || !plainValue.test(value)) {
      throw new Error(`the setting ${name} cannot be ${JSON.stringify(value)}: not one line of plain text`);
    }
    return [`${name}=${value}\n`];
  });
  return lines.sort().join("");
}

/** What keeps a value from being a setting, or a word of one when there are several in a line. */
export function settingProblems(path: string, value: string, form: "line" | "word"): Problem[] {
  if (plainValue.test(value) && value !== "" && !(form === "word" && /\s/.test(value))) {
    return [];
  }
  const rule = `must be one ${form} without quotes, backslashes or control characters`;
  return [{ path, value, rule, fix: "it reaches the host's scripts as plain text, so give it as such" }];
}
