import { userDataInputs } from "../hostPlan";
import type { ManifestResource, Value } from "../manifest";
import { documentMeaning, userDataMeaning } from "./documents";
import { keyed, keyedBy, type Meaning, member, plain, scalar } from "./meaning";

type Mapping = { readonly [key: string]: Value };
type Reading = (value: Value) => Meaning | undefined;

/** How an input is to be read, by its name at any depth: AWS gives one name one meaning. What is not here keeps its order. */
const readings: Readonly<Record<string, Reading>> = {
  ...sets(
    ...["securityGroups", "securityGroupIds", "vpcSecurityGroupIds", "sourceSecurityGroupId"],
    ...["subnetIds", "vpcZoneIdentifiers", "availabilityZones", "routeTableIds", "networkInterfaceIds"],
    ...["cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "sourcePrefixListIds"],
    ...["enabledMetrics", "suspendedProcesses", "targetGroupArns", "loadBalancers", "managedPolicyArns"],
    ...["dnsNames", "ipAddresses", "allowedUses", "ciSubnetIds", "isolatedSubnetIds", "publicSubnetIds"],
  ),
  blockDeviceMappings: byKey("deviceName"),
  ebsBlockDevices: byKey("deviceName"),
  initialLifecycleHooks: byKey("name"),
  tagSpecifications: byKey("resourceType"),
  tags: byKey("key"),
  policy: policyDocument,
  assumeRolePolicy: policyDocument,
  inlinePolicies: byKey("name"),
};

/** The same for inputs whose name means one thing here and another there. */
const readingsOfType: Readonly<Record<string, Readonly<Record<string, Reading>>>> = {
  ...forTypes({ ingress: rules, egress: rules }, [
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/securityGroup:SecurityGroup",
  ]),
  // The first rule that fits decides, in the order of their numbers.
  ...forTypes({ ingress: byKey("ruleNo"), egress: byKey("ruleNo") }, [
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
    "aws:ec2/networkAcl:NetworkAcl",
  ]),
};

function forTypes(
  inputs: Readonly<Record<string, Reading>>,
  types: readonly string[],
): Record<string, Readonly<Record<string, Reading>>> {
  return Object.fromEntries(types.map((type) => [type, inputs]));
}

/** The inputs of a resource in the form in which two of it are compared. */
export function resourceMeaning({ type, inputs }: ManifestResource): Meaning {
  const userData = userDataInputs[type] ?? {};
  return keyed(
    Object.entries(inputs).map(([name, value]) => {
      const base64 = userData[name];
      const special = readingsOfType[type]?.[name]?.(value);
      return [
        name,
        special ?? (base64 && typeof value === "string" ? userDataMeaning(value, base64) : inputMeaning(name, value)),
      ];
    }),
  );
}

/** A value in the form in which two of it are compared, by the name that it stands under. */
export function inputMeaning(name: string, value: Value): Meaning {
  const special = readings[name]?.(value);
  if (special !== undefined) {
    return special;
  }
  if (Array.isArray(value)) {
    return { kind: "ordered", items: value.map((item) => inputMeaning("", item)) };
  }
  if (isMapping(value)) {
    return keyed(Object.entries(value).map(([key, entry]) => [key, inputMeaning(key, entry)]));
  }
  return typeof value === "string" ? textMeaning(value) : scalar(value);
}

function textMeaning(text: string): Meaning {
  if (/^\s*[[{]/.test(text)) {
    const read = documentMeaning(text, "json");
    if (read.kind === "document") {
      return read;
    }
  }
  return text.includes("\n") ? { kind: "lines", text } : scalar(text);
}

function sets(...names: string[]): Record<string, Reading> {
  return Object.fromEntries(names.map((name) => [name, set]));
}

function set(value: Value): Meaning | undefined {
  return Array.isArray(value) ? keyedBy(value.map((item) => [text(item), member])) : undefined;
}

/** A list of mappings, each under the value of its key; a mapping, and a list where one has no such key, as usual. */
function byKey(key: string): Reading {
  return (value) => {
    if (
      !Array.isArray(value) ||
      !value.every((item) => isMapping(item) && ["string", "number"].includes(typeof item[key]))
    ) {
      return undefined;
    }
    return keyedBy(
      (value as Mapping[]).map(({ [key]: name, ...rest }) => [
        String(name),
        // `{ key, value }` is how AWS writes an entry of a mapping.
        Object.keys(rest).join() === "value" ? inputMeaning("", rest.value ?? null) : inputMeaning("", rest),
      ]),
    );
  };
}

/** A security group's rules, each peer by itself, under what it lets through: `tcp 443, 0.0.0.0/0 (to registries)`. */
function rules(value: Value): Meaning | undefined {
  if (!Array.isArray(value) || !value.every(isRule)) {
    return undefined;
  }
  const single = (value as Mapping[]).flatMap(singleRules);
  const words = single.map(({ traffic, peer, description }): [string, Meaning] => [
    `${traffic}, ${peer}${description === "" ? "" : ` (${description})`}`,
    member,
  ]);
  return keyedBy(
    words.sort(([a], [b]) => (a < b ? -1 : 1)),
    JSON.stringify(single.map((rule) => JSON.stringify(rule)).sort()),
  );
}

const peerInputs = ["cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"];
const ruleInputs = [...peerInputs, "description", "fromPort", "protocol", "self", "toPort"];

function isRule(value: Value): boolean {
  return isMapping(value) && "protocol" in value && Object.keys(value).every((key) => ruleInputs.includes(key));
}

interface SingleRule {
  readonly traffic: string;
  readonly input: string;
  readonly peer: string;
  readonly description: string;
}

function singleRules({ protocol, fromPort, toPort, description, self, ...peers }: Mapping): SingleRule[] {
  const traffic = trafficOf(protocol ?? null, fromPort ?? null, toPort ?? null);
  const named = Object.entries(peers).flatMap(([input, list]) =>
    listed(list).map((peer) => [input, text(peer)] as const),
  );
  const all = [...(self === true ? [["self", "the group itself"] as const] : []), ...named];
  return (all.length > 0 ? all : [["none", "no peer"] as const]).map(([input, peer]) => ({
    ...{ traffic, input, peer },
    description: description === undefined ? "" : text(description),
  }));
}

/** `tcp 443`, `tcp 1024-65535`, `all traffic` */
export function trafficOf(protocol: Value, fromPort: Value, toPort: Value): string {
  if (String(protocol) === "-1" || protocol === "all") {
    return "all traffic";
  }
  const name = { "6": "tcp", "17": "udp", "1": "icmp" }[String(protocol)] ?? String(protocol).toLowerCase();
  return `${name} ${fromPort === toPort ? text(fromPort) : `${text(fromPort)}-${text(toPort)}`}`;
}

/** An IAM policy: statements under their Sid or what they say, and no order among actions, resources, values. */
function policyDocument(value: Value): Meaning | undefined {
  const document = policyOf(value);
  if (document === undefined) {
    return undefined;
  }
  const { Statement, ...rest } = document;
  return keyed([
    ...Object.entries(rest).map(([key, entry]): [string, Meaning] => [key, scalar(entry)]),
    ["Statement", keyedBy(listed(Statement ?? []).map((item): [string, Meaning] => [sidOf(item), statement(item)]))],
  ]);
}

/** A policy document, given as such or as JSON; `undefined` for what is none. */
export function policyOf(value: Value): Mapping | undefined {
  try {
    const document = typeof value === "string" ? (JSON.parse(value) as Value) : value;
    return isMapping(document) && ("Statement" in document || "statement" in document) ? document : undefined;
  } catch {
    return undefined;
  }
}

function sidOf(item: Value): string {
  const { Sid } = isMapping(item) ? item : { Sid: undefined };
  return typeof Sid === "string" && Sid !== "" ? Sid : canonical(plain(statement(item)));
}

function statement(item: Value): Meaning {
  return isMapping(item)
    ? keyed(
        Object.entries(item)
          .filter(([key]) => key !== "Sid")
          .map(([key, value]) => [key, key === "Effect" ? scalar(value) : unordered(value)]),
      )
    : scalar(item);
}

/** In a statement every list is a set, and one value is a list of one. */
function unordered(value: Value): Meaning {
  if (isMapping(value)) {
    return keyed(Object.entries(value).map(([key, entry]) => [key, unordered(entry)]));
  }
  return keyedBy(
    listed(value)
      .map(text)
      .sort()
      .map((item) => [item, member]),
  );
}

/** In IAM one of a kind stands for a list of one. */
export function listed(value: Value): readonly Value[] {
  return Array.isArray(value) ? value : [value as Value];
}

function canonical(value: Value): string {
  const sorted = (_key: string, part: Value) => {
    if (Array.isArray(part)) {
      return [...part].sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
    }
    return isMapping(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part;
  };
  return JSON.stringify(value, sorted);
}

function text(value: Value | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

export function isMapping(value: Value | undefined): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
