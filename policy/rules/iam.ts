import type { Value } from "../../preview/manifest";
import type { Finding, ResourceRule } from "../rule";
import { isMapping, isUnknown, listOf, lowerKeys, type Mapping, mappingsAt } from "../values";

const noWriteWildcards: ResourceRule = {
  id: "iam-no-write-wildcards",
  severity: "high",
  what: "A policy allows actions that change something one by one, and on named resources or under a condition that names them.",
  why: "A job that takes a host's credentials takes what they allow: with a wildcard, more than the host ever needed.",
  fix: "List the actions, and name the resources by ARN or by a condition on their tag.",
  check: ({ type, inputs }) => {
    const policies = mappingsAt("inlinePolicies", inputs.inlinePolicies).map(({ path, mapping }) => ({
      path: `${path}.policy`,
      policy: mapping.policy,
    }));
    const own = policyTypes.test(type) ? [{ path: "policy", policy: inputs.policy }] : [];
    return [
      ...(type === "aws:iam/role:Role" ? policies : own).flatMap(({ path, policy }) => policyFindings(path, policy)),
      ...(type.startsWith("aws:iam/") ? managedFindings(inputs) : []),
      ...(type === "aws:iam/role:Role" ? trustFindings(inputs.assumeRolePolicy) : []),
    ];
  },
};

export const iamRules = [noWriteWildcards];

/** Policies of identities. One on a bucket or a key has the resource that it stands on, so "*" is fine there. */
const policyTypes = /^aws:iam\/(policy:Policy|rolePolicy:RolePolicy|userPolicy:UserPolicy|groupPolicy:GroupPolicy)$/;

/** AWS's own policies that allow everything, everything but IAM, everything of one service, or to read every secret. */
const broadPolicy =
  /:aws:policy\/(?:job-function\/|service-role\/|aws-service-role\/)?(?:AdministratorAccess|PowerUserAccess|SystemAdministrator|DatabaseAdministrator|NetworkAdministrator|DataScientist|ReadOnlyAccess|SecretsManagerReadWrite|AmazonEC2RoleforSSM|AmazonSSMAutomationRole|AmazonSSMReadOnlyAccess|AmazonS3ReadOnlyAccess|AmazonEC2ContainerRegistryPowerUser|\w*FullAccess)/;

function managedFindings({ policyArn, managedPolicyArns, policyArns }: Mapping): Finding[] {
  return Object.entries({ policyArn, managedPolicyArns, policyArns }).flatMap(([path, value]) =>
    listOf(value)
      .filter((arn) => broadPolicy.test(String(arn)))
      .map((arn) => ({ path, found: `is ${String(arn)}` })),
  );
}

/** A role that everyone may assume, or every account: a principal is named, or a condition names who it is. */
function trustFindings(policy: Value | undefined): Finding[] {
  const document = lowerKeys(parsed(policy));
  return mappingsAt("assumeRolePolicy.Statement", document.statement)
    .map(({ path, mapping }) => ({ path, statement: lowerKeys(mapping) }))
    .filter(({ statement }) => String(statement.effect).toLowerCase() === "allow")
    .filter(({ statement }) => statement.notprincipal !== undefined || isEveryone(statement.principal))
    .filter(({ statement }) => !holdsFor(statement.condition, trustKey))
    .map(({ path }) => ({ path: `${path}.Principal`, found: "trusts everyone" }));
}

function isEveryone(principal: Value | undefined): boolean {
  const names = isMapping(principal) ? Object.values(principal).flatMap(listOf) : listOf(principal);
  return names.some((name) => name === "*");
}

/** IAM takes a statement alone as well as a list, and a document as text or, through Pulumi, as a mapping. */
function policyFindings(path: string, policy: Value | undefined): Finding[] {
  const document = lowerKeys(parsed(policy));
  return mappingsAt(`${path}.Statement`, document.statement).flatMap((statement) =>
    statementFindings(statement.path, lowerKeys(statement.mapping)),
  );
}

function statementFindings(path: string, statement: Mapping): Finding[] {
  if (String(statement.effect).toLowerCase() !== "allow") {
    return [];
  }
  const actions = listOf(statement.action)
    .map(String)
    .filter((action) => !isUnknown(action));
  const wildcards = actions.filter((action) => /[*?]/.test(action) && !isReading(action));
  const writes = actions.filter((action) => !/[*?]/.test(action) && !isReading(action) && !isUnbound(action));
  const secrets = actions.filter((action) => isReading(action) && readsSecrets(action));
  const everywhere = statement.notresource !== undefined || listOf(statement.resource).some(isEverything);
  return [
    ...(statement.notaction === undefined ? [] : [{ path: `${path}.NotAction`, found: "allows all other actions" }]),
    ...wildcards.map((action) => ({ path: `${path}.Action`, found: `allows ${action}` })),
    ...(everywhere && !isNarrowed(statement.condition)
      ? [...writes, ...secrets].map((action) => ({ path: `${path}.Resource`, found: `allows ${action} on everything` }))
      : []),
  ];
}

/**
 * Whether an action only reads, by the verb that its name begins with. A wildcard is reading if it stands after the whole
 * verb, s3:Get*; s3:G* is not. What is not among these verbs counts as writing, kms:Decrypt and sts:AssumeRole too.
 */
function isReading(action: string): boolean {
  return /^[\w-]+:(?:BatchCheck|BatchDescribe|BatchGet|Describe|Estimate|Get|Head|List|Lookup|Query|Scan|Search|Simulate|View)/i.test(
    action.trim(),
  );
}

/** What a secret, a password or credentials come with; a wildcard counts for all that it takes in. */
const secretActions = [
  "ec2:getpassworddata",
  "kms:decrypt",
  "lambda:getfunction",
  "secretsmanager:batchgetsecretvalue",
  "secretsmanager:getsecretvalue",
  "ssm:getparameter",
  "ssm:getparameterhistory",
  "ssm:getparameters",
  "ssm:getparametersbypath",
  "sts:getfederationtoken",
  "sts:getsessiontoken",
];

function readsSecrets(action: string): boolean {
  const pattern = action
    .trim()
    .toLowerCase()
    .replace(/[^\w*?]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return secretActions.some((secret) => new RegExp(`^${pattern}$`).test(secret));
}

/**
 * Actions that have no resource to name, or that AWS's own policy for the purpose allows on all: Session Manager's
 * (AmazonSSMManagedInstanceCore) and X-Ray's (AWSXRayDaemonWriteAccess).
 */
const unboundActions: ReadonlySet<string> = new Set([
  "ec2messages:acknowledgemessage",
  "ec2messages:deletemessage",
  "ec2messages:failmessage",
  "ec2messages:sendreply",
  "ssm:updateinstanceinformation",
  "ssmmessages:createcontrolchannel",
  "ssmmessages:createdatachannel",
  "ssmmessages:opencontrolchannel",
  "ssmmessages:opendatachannel",
  "xray:puttelemetryrecords",
  "xray:puttracesegments",
]);

function isUnbound(action: string): boolean {
  return unboundActions.has(action.trim().toLowerCase());
}

/** `*`, and an ARN that names nothing beside kinds: `arn:aws:s3:::*`, `arn:aws:iam::*:role/*`. */
function isEverything(resource: Value): boolean {
  const text = String(resource);
  if (!text.startsWith("arn:")) {
    return /^[*?]+$/.test(text);
  }
  const [, , service, , , ...rest] = text.split(":");
  const words = rest.length > 0 ? rest.join(":").split(/[:/]/) : text.split(":").slice(-1);
  // All but S3's begin with their kind; two have a second one.
  const names = words
    .slice(service === "s3" || words.length === 1 ? 0 : 1)
    .filter((word) => word !== "log-stream" && word !== "autoScalingGroupName");
  return names.every((word) => /^[*?]*$/.test(word));
}

/** Keys that bind an action to some resources, and operators that are false when the key is not there. */
const narrowingKey =
  /^(?:[\w-]+:ResourceTag\/.+|cloudwatch:namespace|kms:ViaService|kms:EncryptionContext:.+|s3:DataAccessPointArn|ecs:cluster|ec2:Vpc|ec2:Subnet)$/i;
const narrowingOperator = /^(?:ForAnyValue:)?(?:StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike)$/i;

/** Who may assume a role. */
const trustKey =
  /^(?:aws:Principal\w+|aws:Source(?:Account|Arn|OrgID|Identity)|sts:ExternalId|[\w.-]+(?:\/[\w.-]+)*:(?:sub|aud|amr))$/i;

function isNarrowed(condition: Value | undefined): boolean {
  return holdsFor(condition, narrowingKey);
}

/** Whether a condition asks for a key to have certain values, and not just any. */
function holdsFor(condition: Value | undefined, wanted: RegExp): boolean {
  return mappingsAt("", condition).some(({ mapping }) =>
    Object.entries(mapping).some(
      ([operator, keys]) =>
        narrowingOperator.test(operator) &&
        isMapping(keys) &&
        Object.entries(keys).some(
          ([key, values]) => wanted.test(key) && listOf(values).length > 0 && !listOf(values).some(isAnything),
        ),
    ),
  );
}

/** `*`, `?*`, and an ARN whose name is a wildcard. */
function isAnything(value: Value): boolean {
  return /^[*?]+$/.test(String(value)) || (String(value).startsWith("arn:") && isEverything(value));
}

function parsed(policy: Value | undefined): Value | undefined {
  try {
    return typeof policy === "string" ? (JSON.parse(policy) as Value) : policy;
  } catch {
    return undefined;
  }
}
