import type { DockerCertificatesArgs } from "./certificates";

/** Curves that Go, OpenSSL, Python, Node and Java all know; not every Java knows Ed25519, and RSA makes large bundles. */
export const KeyCurve = { P256: "P256", P384: "P384" } as const;
export type KeyCurve = (typeof KeyCurve)[keyof typeof KeyCurve];

type Decided =
  | "authorities"
  | "keyCurve"
  | "validityHours"
  | "earlyRenewalHours"
  | "authorityValidityHours"
  | "authorityEarlyRenewalHours";

/** Arguments of certificates in which everything is decided that has a plain default. */
export type WithCertificateDefaults<Args> = Args & Required<Pick<DockerCertificatesArgs, Decided>>;

/** The arguments, and the defaults where they do not say; the arguments' own comments name the same values. */
export function withCertificateDefaults<Args extends Partial<DockerCertificatesArgs>>(
  args: Args,
): WithCertificateDefaults<Args> {
  const validityHours = args.validityHours ?? 90 * 24;
  return {
    ...args,
    authorities: args.authorities ?? ["1"],
    keyCurve: args.keyCurve ?? KeyCurve.P256,
    validityHours,
    earlyRenewalHours: args.earlyRenewalHours ?? Math.min(30 * 24, Math.floor(validityHours / 3)),
    authorityValidityHours: args.authorityValidityHours ?? 5 * 365 * 24,
    authorityEarlyRenewalHours: args.authorityEarlyRenewalHours ?? Math.max(365 * 24, validityHours),
  };
}
