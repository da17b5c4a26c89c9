import type { Resource, ResourceRule } from "../rule";
import { isTrue, isUnknown, numberOf } from "../values";

const renewsEarly: ResourceRule = {
  id: "certificates-renew-early",
  severity: "medium",
  what: "A certificate is renewed before it ends: earlyRenewalHours is above 0 and below its validity.",
  why: "One that is renewed only once it has ended stops every build until someone deploys.",
  fix: "Set earlyRenewalHours to a third of validityPeriodHours or so.",
  check: (resource) => {
    const { earlyRenewalHours, validityPeriodHours } = resource.inputs;
    const early = numberOf(earlyRenewalHours) ?? 0;
    const validity = numberOf(validityPeriodHours) ?? Number.POSITIVE_INFINITY;
    return !isCertificate(resource) || isUnknown(earlyRenewalHours) || (early > 0 && early < validity)
      ? []
      : [{ path: "earlyRenewalHours", found: `is ${early} of ${String(validityPeriodHours)} hours` }];
  },
};

/** What browsers and CAs agreed on for servers (CA/Browser Forum, ballot SC31, 2020): 398 days. */
const leafHours = 398 * 24;
/** Whoever holds a CA's key makes clients as long as it is valid; a longer life than the hosts' own is never needed. */
const authorityHours = 10 * 366 * 24;

const expires: ResourceRule = {
  id: "certificates-expire",
  severity: "medium",
  what: "A certificate is valid for 398 days at most, that of a CA for ten years.",
  why: "There is no revocation: a key that got out opens the daemon until its certificate ends.",
  fix: "Shorten validityPeriodHours; with early renewal, a shorter life costs nothing.",
  check: (resource) => {
    const { validityPeriodHours, isCaCertificate } = resource.inputs;
    const bound = isTrue(isCaCertificate) ? authorityHours : leafHours;
    const hours = numberOf(validityPeriodHours);
    return !isCertificate(resource) || hours === undefined || hours <= bound
      ? []
      : [{ path: "validityPeriodHours", found: `is ${hours}, and the bound ${bound}` }];
  },
};

export const certificateRules = [renewsEarly, expires];

function isCertificate({ type }: Resource): boolean {
  return /^tls:index\/(selfSignedCert:SelfSignedCert|locallySignedCert:LocallySignedCert)$/.test(type);
}
