import { unpack } from "../../preview/decode";
import type { Value } from "../../preview/manifest";
import { composeServices, settingsOf } from "../docker";
import { mappingsIn } from "../documents";
import { flagValues, startsOf } from "../programs";
import type { Finding, Resource, ResourceRule } from "../rule";
import { type HostContent, hostContents } from "../userData";
import { isMapping, isUnknown, listOf, type Mapping, textsAt } from "../values";

const noCredentialsInClear: ResourceRule = {
  id: "no-credentials-in-clear",
  severity: "critical",
  what: "No key, certificate, token or password is in user data, tags, an environment or a plain SSM parameter.",
  why: "Everyone who may describe the resource reads it there, and on a host every job reads the user data.",
  fix: "Put it into Secrets Manager, and let the host read it by its ARN (secretArns); then replace it.",
  check: (resource) => [
    ...hostContents(resource).flatMap((host) => [
      ...[...host.entries, ...host.files].flatMap(({ path, content }) =>
        credentialsIn(`${host.property}: ${path}`, content),
      ),
      ...credentialsIn(host.property, [...host.commands.map(({ line }) => line), host.remainder].join("\n")),
      ...credentialPairs(host),
      ...credentialFlags(host),
    ]),
    ...exposed(resource).flatMap(({ path, text }) => credentialsIn(path, text)),
    ...exposedPairs(resource),
    ...secretUserData(resource),
  ],
};

const privateKeysSecret: ResourceRule = {
  id: "private-keys-secret",
  severity: "critical",
  what: "Every input that holds a private key or a secret's value is marked secret.",
  why: "What is not marked stands in clear in the state, in previews and in logs.",
  fix: "Pass the output of what made it on as it is, or wrap it in pulumi.secret().",
  needsSecretMarks: true,
  check: (resource) => {
    const { type, inputs, secretInputs } = resource;
    const isMarked = (path: string) =>
      secretInputs.some((secret) => path === secret || path.startsWith(`${secret}.`) || path.startsWith(`${secret}[`));
    return Object.entries(inputs)
      .filter(([name]) => !isExposed(resource, name))
      .flatMap(([name, value]) => textsAt(name, value))
      .filter(({ path, text }) => !isMarked(path) && (holdsPrivateKey(text) || isSecretInput(type, path, inputs)))
      .map(({ path }) => ({ path, found: "is not marked secret" }));
  },
};

export const secretRules = [noCredentialsInClear, privateKeysSecret];

/** What a credential looks like, and what it is then called: a finding never shows the text. */
const credentials: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ["a private key", /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/],
  ["a certificate in PEM", /-----BEGIN (?:TRUSTED |X509 )?(?:CERTIFICATE|CERTIFICATE REQUEST|PKCS7)-----/],
  // "-----BEGIN" in base64
  ["a key or certificate in base64", /LS0tLS1CRUdJTi/],
  ["an AWS access key", /(?<![A-Z0-9])A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Z0-9])/],
  ["an AWS secret key", /secret_?access_?key["']?\s*[=:]\s*["']?[A-Za-z0-9/+]{40}/i],
  ["a GitHub token", /\bgh[pousr]_\w{30,}|\bgithub_pat_\w{22,}/],
  ["a GitLab token", /\bgl(?:pat|rt|dt|cbt|ptt)-[\w-]{20,}/],
  ["a Slack token", /\bxox[abeoprs]-[\w-]{10,}/],
  ["a registry token", /\bnpm_\w{36}|\bdckr_pat_[\w-]{20,}/],
  ["a Pulumi token", /\bpul-[0-9a-f]{40}/],
  ["a JSON web token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+/],
  ["a password in a URL", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']+:[^\s/@$‹"'{]{3,}@/i],
  ["a login of .netrc", /\bmachine\s+\S+[\s\S]*?\bpassword\s+(?!‹)\S{3,}/],
  ["a login to a registry", /"auth"\s*:\s*"[A-Za-z0-9+/=]{8,}"/],
  [
    "a password or token",
    /^\s*(?:export\s+|Environment="?)?[A-Z0-9_]*(?:PASSWORD|PASSWD|TOKEN|API_?KEY|SECRET|SECRET_KEY)["']?\s*=\s*["']?(?!\$|‹|\/|arn:|https?:)[^\s"']{8,}/im,
  ],
];

function credentialsIn(path: string, text: string): Finding[] {
  return credentials.filter(([, pattern]) => pattern.test(text)).map(([kind]) => ({ path, found: `holds ${kind}` }));
}

/** Inputs that AWS shows to everyone who may describe the resource; user data is taken apart before. */
function isExposed({ type, inputs }: Resource, name: string): boolean {
  return (
    /^(?:userData|tags|tagsAll|tagSpecifications|volumeTags|description$)/i.test(name) ||
    (type.startsWith("aws:") && /^(?:env|containerDefinitions$)/i.test(name)) ||
    (type === "aws:ssm/parameter:Parameter" && inputs.type !== "SecureString" && name === "value")
  );
}

function exposed(resource: Resource): { path: string; text: string }[] {
  return Object.entries(resource.inputs)
    .filter(([name]) => isExposed(resource, name) && !name.startsWith("userData"))
    .flatMap(([name, value]) => textsAt(name, value))
    .map(({ path, text }) => ({ path, text: `${text}\n${unpack(text).bytes.toString("utf8")}` }));
}

/** Whatever it looks like, what is called a password is one: names and values, and lists of both. */
function exposedPairs(resource: Resource): Finding[] {
  return Object.entries(resource.inputs)
    .filter(([name]) => isExposed(resource, name) && !name.startsWith("userData"))
    .flatMap(([name, value]) => pairsAt(name, parsed(value)))
    .filter(({ key, value }) => credentialName.test(key) && isLiteral(value))
    .map(({ path, key }) => ({ path, found: `holds what is called ${key}` }));
}

const credentialName = /(?:password|passwd|secret|token|api_?key|private_?key)$/i;

/** What services of a compose file, and cloud-init's own keys for users, are given under the name of a credential. */
function credentialPairs(host: HostContent): Finding[] {
  const settings = composeServices(host).flatMap(({ path, service }) =>
    [...settingsOf(service)].map(([key, value]) => ({ path: `${path}.environment.${key}`, key, value })),
  );
  const ofCloudInit = (mappingsIn(host.remainder) ?? []).flatMap((document) => [
    { path: `${host.property}: password`, key: "password", value: document.password ?? null },
    ...pairsAt(`${host.property}: chpasswd`, document.chpasswd ?? null),
    ...pairsAt(`${host.property}: users`, document.users ?? null),
    ...chpasswdLines(host.property, document),
  ]);
  return [...settings, ...ofCloudInit]
    .filter(({ key, value }) => credentialName.test(key) && isLiteral(value))
    .map(({ path, key }) => ({ path, found: `holds what is called ${key}` }));
}

/** The older form, `root:password` line by line. */
function chpasswdLines(property: string, { chpasswd }: Mapping): { path: string; key: string; value: Value }[] {
  const list = isMapping(chpasswd) ? chpasswd.list : undefined;
  const lines = typeof list === "string" ? list.split("\n") : listOf(list);
  return lines
    .map((line) => String(line).split(":").slice(1).join(":"))
    .filter((value) => value !== "R" && value !== "RANDOM")
    .map((value) => ({ path: `${property}: chpasswd.list`, key: "password", value }));
}

/** Programs that take a credential as an argument, which stands in every list of processes besides. */
const credentialArguments: readonly {
  readonly program: RegExp;
  /** It takes one only for this. */
  readonly subcommand?: string;
  readonly long: readonly string[];
  readonly short: string;
  readonly isCredential: (value: string) => boolean;
}[] = [
  {
    program: /^(?:docker|podman|nerdctl|helm|crane|skopeo|buildah)$/,
    subcommand: "login",
    long: ["password"],
    short: "p",
    isCredential: isLiteral,
  },
  {
    program: /^curl$/,
    long: ["user", "proxy-user", "oauth2-bearer"],
    short: "[uU]",
    isCredential: (user) => isLiteral(user.slice(user.indexOf(":") + 1)) && user.includes(":"),
  },
  { program: /^wget$/, long: ["password", "http-password", "ftp-password"], short: "", isCredential: isLiteral },
];

function credentialFlags(host: HostContent): Finding[] {
  return credentialArguments.flatMap(({ program, subcommand, long, short, isCredential }) =>
    startsOf(host, program)
      .filter(({ args }) => subcommand === undefined || args.includes(subcommand))
      .filter(({ args }) => flagValues(args, long, short).some(isCredential))
      .map(({ path }) => ({ path, found: "a command is given a password" })),
  );
}

function pairsAt(path: string, value: Value): { path: string; key: string; value: Value }[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => pairsAt(`${path}[${index}]`, item));
  }
  if (!isMapping(value)) {
    return [];
  }
  const key = value.name ?? value.key;
  // CodeBuild's other types of variables name a secret.
  const isPlain = value.type === undefined || value.type === "PLAINTEXT";
  const named =
    typeof key === "string" && value.value !== undefined && isPlain ? [{ path, key, value: value.value }] : [];
  const own = Object.entries(value).map(([name, item]) => ({ path: `${path}.${name}`, key: name, value: item }));
  return [...named, ...own, ...own.flatMap((pair) => pairsAt(pair.path, pair.value))];
}

/** Container definitions are JSON in a text. */
function parsed(value: Value): Value {
  try {
    return typeof value === "string" ? (JSON.parse(value) as Value) : value;
  } catch {
    return value;
  }
}

/** References are fine: an ARN, a path, a URL, a variable, and what is wholly a symbol. */
function isLiteral(value: Value): boolean {
  return (
    typeof value === "string" &&
    value.length >= 6 &&
    !isUnknown(value) &&
    !/^(?:arn:|‹[^‹›]*\.arn›|\/|https?:|\$)/.test(value)
  );
}

/** Marking user data keeps a secret from the state, but EC2 shows it, and so does the metadata service to every job. */
function secretUserData({ secretInputs }: Resource): Finding[] {
  return secretInputs
    .filter((path) => /^(?:userData|tags)/.test(path))
    .map((path) => ({ path, found: "holds a value that is marked secret" }));
}

/** A private key itself, or the symbol of an output that is one. */
function holdsPrivateKey(text: string): boolean {
  return /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY|‹[^‹›]*\.(?:privateKey(?:Pem|Openssh|PemPkcs8)?)›/.test(text);
}

/** Inputs that hold nothing but secrets, by type and name. */
const secretInputNames: Readonly<Record<string, RegExp>> = {
  "aws:secretsmanager/secretVersion:SecretVersion": /^secret(?:String|Binary)$/,
  "aws:acm/certificate:Certificate": /^privateKey$/,
  "aws:iam/serverCertificate:ServerCertificate": /^privateKey$/,
  "tls:index/certRequest:CertRequest": /^privateKeyPem$/,
  "tls:index/locallySignedCert:LocallySignedCert": /^caPrivateKeyPem$/,
  "tls:index/selfSignedCert:SelfSignedCert": /^privateKeyPem$/,
};

function isSecretInput(type: string, path: string, { type: kind }: Resource["inputs"]): boolean {
  return (
    secretInputNames[type]?.test(path) === true ||
    (type === "aws:ssm/parameter:Parameter" && kind === "SecureString" && path === "value") ||
    (/^command:/.test(type) && /\.(?:privateKey|password)$/.test(path))
  );
}
