/**
 * Symbols stand for what only a deployment knows: `‹ci-key.publicKeyOpenssh›`. They survive in longer strings, so a
 * rendered document shows where each such value goes, and two previews can be compared line by line.
 */
export function symbol(text: string): string {
  // A bracket inside would end the symbol early for whoever looks for symbols in a text.
  return `‹${text.replace(/[‹›]/g, "")}›`;
}

/** What a deployment will know, of which not even the origin can be told. */
export const unknownSymbol = symbol("unknown");

/** Stands for a secret of the configuration, which is never decrypted: `‹secret ci-hosts:token›`. */
export function secretSymbol(key: string, mark = ""): string {
  return symbol(`secret ${key}${mark}`);
}

/** The symbols in a text, in its order. */
export function symbolsIn(text: string): string[] {
  return text.match(/‹[^‹›]+›/g) ?? [];
}
