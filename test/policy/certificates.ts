import type { Value } from "../../preview/manifest";
import { type Fixtures, resource } from "./fixture";

const signed = (inputs: Record<string, Value>) =>
  resource("tls:index/locallySignedCert:LocallySignedCert", "cert", inputs);
const selfSigned = (inputs: Record<string, Value>) =>
  resource("tls:index/selfSignedCert:SelfSignedCert", "cert", inputs);
const year = 8760;

export const certificates: Record<string, Fixtures> = {
  "certificates-renew-early": {
    breaks: [
      ["nothing said", "cert: earlyRenewalHours", signed({ validityPeriodHours: year })],
      ["never", "cert: earlyRenewalHours", signed({ validityPeriodHours: year, earlyRenewalHours: 0 })],
      ["never, as text", "cert: earlyRenewalHours", selfSigned({ validityPeriodHours: year, earlyRenewalHours: "0" })],
      ["always", "cert: earlyRenewalHours", selfSigned({ validityPeriodHours: year, earlyRenewalHours: year })],
      ["before it begins", "cert: earlyRenewalHours", signed({ validityPeriodHours: 24, earlyRenewalHours: 720 })],
      ["after its end", "cert: earlyRenewalHours", signed({ validityPeriodHours: 24, earlyRenewalHours: -1 })],
    ],
    passes: [
      ["a month before", signed({ validityPeriodHours: year, earlyRenewalHours: 720 })],
      ["a month before, as text", selfSigned({ validityPeriodHours: String(year), earlyRenewalHours: "720" })],
      ["not known yet", signed({ validityPeriodHours: year, earlyRenewalHours: "‹config.early›" })],
      ["a key", resource("tls:index/privateKey:PrivateKey", "key", { algorithm: "ECDSA" })],
    ],
  },
  "certificates-expire": {
    breaks: [
      ["a day too long", "cert: validityPeriodHours", signed({ validityPeriodHours: 399 * 24 })],
      ["ten years", "cert: validityPeriodHours", signed({ validityPeriodHours: 10 * year })],
      ["ten years, as text", "cert: validityPeriodHours", selfSigned({ validityPeriodHours: String(10 * year) })],
      [
        "a CA for a hundred years",
        "cert: validityPeriodHours",
        selfSigned({ validityPeriodHours: 100 * year, isCaCertificate: true }),
      ],
      [
        "a CA that is none",
        "cert: validityPeriodHours",
        selfSigned({ validityPeriodHours: 5 * year, isCaCertificate: false }),
      ],
    ],
    passes: [
      ["398 days", signed({ validityPeriodHours: 398 * 24 })],
      ["a CA for ten years", selfSigned({ validityPeriodHours: 10 * year, isCaCertificate: true })],
      ["an intermediate CA for three years", signed({ validityPeriodHours: 3 * year, isCaCertificate: "true" })],
      ["not known yet", signed({ validityPeriodHours: "‹config.hours›" })],
    ],
  },
};
