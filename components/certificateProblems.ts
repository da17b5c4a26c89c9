import { isIP } from "node:net";
import { type Bound, boundProblems } from "./bounds";
import { KeyCurve, withCertificateDefaults } from "./certificateDefaults";
import type { DockerCertificatesArgs } from "./certificates";
import type { Problem } from "./problems";

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const dnsName = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);
const clientName = /^[a-z][a-z0-9-]{0,30}$/;
const authorityName = /^[a-z0-9][a-z0-9-]{0,30}$/;
/** Of a principal as `aws:PrincipalArn` has it: a session's own ARN never stands there. */
const principalArn = /^arn:aws[a-z-]*:iam::\d{12}:(?:(?:role|user)\/[\w+=,.@/-]+|root)$/;

/** The longest that is accepted without question, as browsers and CAs agreed for servers; and ten years for a CA. */
const bounds: Readonly<Partial<Record<keyof DockerCertificatesArgs, Bound>>> = {
  validityHours: { min: 24, max: 398 * 24, why: "there is no revocation, a key that got out is good until then" },
  earlyRenewalHours: { min: 1, max: 398 * 24, why: "a certificate that ends before it is renewed stops every build" },
  authorityValidityHours: { min: 48, max: 10 * 366 * 24, why: "a CA's key that got out makes clients until then" },
  authorityEarlyRenewalHours: { min: 24, max: 10 * 366 * 24, why: "a CA that ends takes all its certificates along" },
};

/**
 * What is wrong with the arguments of certificates; paths are the arguments' names. What is not given is not judged,
 * and of an Input only what is known by now.
 */
export function certificateProblems(args: Partial<DockerCertificatesArgs>): Problem[] {
  const outOfBounds = boundProblems(bounds, args);
  return [
    ...hostnameProblems(args.hostname),
    ...addressProblems(args.ipAddresses ?? []),
    ...listProblems("clients", args.clients, clientName, "runner-a"),
    ...listProblems("authorities", args.authorities, authorityName, "1"),
    ...curveProblems(args.keyCurve),
    ...outOfBounds,
    // What is out of its own bounds makes no sense beside another.
    ...(outOfBounds.length === 0 ? orderProblems(args) : []),
    ...administratorProblems(args.administratorArns),
  ];
}

/** RFC 5280, appendix A: a common name has 64 characters at most. The component's name is a part of each. */
export function commonNameProblems(name: string, args: Partial<DockerCertificatesArgs>): Problem[] {
  const { clients = [], authorities = [] } = args;
  const roles = ["server", ...authorities.map((it) => `ca-${it}`), ...clients.map((it) => `client-${it}`)];
  const commonNames = roles.map((role) => `${name}-${role}`);
  const [value = ""] = commonNames.sort((one, other) => other.length - one.length);
  const rule = `is a common name of ${value.length} characters, and X.509 has room for 64`;
  return value.length <= 64 ? [] : [{ path: "name", value, rule, fix: "give the component a shorter name" }];
}

function hostnameProblems(hostname: string | undefined): Problem[] {
  if (hostname === undefined || (dnsName.test(hostname) && isIP(hostname) === 0 && hostname !== "localhost")) {
    return [];
  }
  const rule = "must be the name that clients reach the daemon by: lower-case, no wildcard, no address, not localhost";
  return [{ path: "hostname", value: hostname, rule, fix: 'as in "docker.ci.internal"; addresses go to ipAddresses' }];
}

function addressProblems(addresses: readonly unknown[]): Problem[] {
  return addresses.flatMap((value, index) => {
    const rule = "must be an IPv4 or IPv6 address";
    const fix = 'as in "10.64.9.10"; names other than hostname are not supported';
    return typeof value !== "string" || isIP(value) !== 0 ? [] : [{ path: `ipAddresses[${index}]`, value, rule, fix }];
  });
}

function listProblems(path: string, names: readonly string[] | undefined, pattern: RegExp, example: string): Problem[] {
  if (names?.length === 0) {
    return [{ path, value: names, rule: "must name at least one", fix: `as in ["${example}"]` }];
  }
  return (names ?? []).flatMap((value, index) => {
    const at = `${path}[${index}]`;
    if (!pattern.test(value)) {
      const rule = `must match ${pattern.source}: resources and files are named after it`;
      return [{ path: at, value, rule, fix: `as in "${example}"` }];
    }
    const first = names?.indexOf(value) ?? index;
    const rule = `stands at ${path}[${first}] already`;
    return first === index ? [] : [{ path: at, value, rule, fix: "name each once" }];
  });
}

function curveProblems(curve: string | undefined): Problem[] {
  const curves: readonly string[] = Object.values(KeyCurve);
  if (curve === undefined || curves.includes(curve)) {
    return [];
  }
  const rule = `must be one of ${curves.join(", ")}: those every client of Docker knows`;
  return [{ path: "keyCurve", value: curve, rule, fix: `take "${KeyCurve.P256}"` }];
}

/** Renewal before the end, for both; and no certificate that outlives the CA which signed it. */
function orderProblems(args: Partial<DockerCertificatesArgs>): Problem[] {
  const { validityHours, earlyRenewalHours, authorityValidityHours, authorityEarlyRenewalHours } =
    withCertificateDefaults(args);
  const problems: Problem[] = [];
  if (earlyRenewalHours >= validityHours) {
    const rule = `must be below validityHours, ${validityHours}: else each deployment makes a new certificate`;
    const fix = `take a third of it, ${Math.floor(validityHours / 3)}`;
    problems.push({ path: "earlyRenewalHours", value: earlyRenewalHours, rule, fix });
  }
  if (authorityValidityHours <= validityHours) {
    const rule = `must be above validityHours, ${validityHours}: else a certificate can outlive its CA`;
    const fix = `take ${2 * validityHours}, or shorten validityHours`;
    problems.push({ path: "authorityValidityHours", value: authorityValidityHours, rule, fix });
  } else if (authorityEarlyRenewalHours >= authorityValidityHours) {
    const rule = `must be below authorityValidityHours, ${authorityValidityHours}: else each deployment makes a new CA`;
    const fix = `lower it to ${validityHours}, say, or raise authorityValidityHours`;
    problems.push({ path: "authorityEarlyRenewalHours", value: authorityEarlyRenewalHours, rule, fix });
  } else if (authorityEarlyRenewalHours < validityHours) {
    const rule = `must not be below validityHours, ${validityHours}: else a certificate can outlive its CA`;
    const fix = `raise it to ${validityHours}, or shorten validityHours`;
    problems.push({ path: "authorityEarlyRenewalHours", value: authorityEarlyRenewalHours, rule, fix });
  }
  return problems;
}

function administratorProblems(arns: readonly unknown[] | undefined): Problem[] {
  if (arns?.length === 0) {
    const rule = "must name who deploys: the provider reads back what it has written";
    return [{ path: "administratorArns", value: arns, rule, fix: "leave it out, or name the role that deploys" }];
  }
  return principalProblems("administratorArns", arns ?? []);
}

/** What is wrong with the readers of a secret, as far as they are known by now. */
export function principalProblems(path: string, arns: readonly unknown[]): Problem[] {
  return arns.flatMap((value, index) => {
    const rule = "must be the ARN of one IAM role or user, not of a session, and without wildcards";
    const fix = 'as in "arn:aws:iam::111122223333:role/deploy"';
    return typeof value !== "string" || principalArn.test(value)
      ? []
      : [{ path: `${path}[${index}]`, value, rule, fix }];
  });
}
