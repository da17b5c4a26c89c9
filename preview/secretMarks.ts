import { createHmac, randomBytes } from "node:crypto";

/** What is added to the symbol of a secret, so that another one can be told from it. */
export type SecretMark = (secret: string) => string;

/** For a run that is compared with none. */
export const noMark: SecretMark = () => "";

/** Marks that mean something to those alone who share this function: the key is made here, and never leaves it. */
export function secretMarks(): SecretMark {
  const key = randomBytes(32);
  return (secret) => ` #${createHmac("sha256", key).update(secret).digest("hex").slice(0, 16)}`;
}

/** A text without any mark in it: `‹secret ci-hosts:token›`. */
export function withoutMarks(text: string): string {
  return text.replace(/(‹secret[^‹›]*?) #[0-9a-f]{16}›/g, "$1›");
}
