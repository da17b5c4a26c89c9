import { symbol } from "./symbols";
import type { Wire, WireObject } from "./wire";

/** Answers a provider's function from its arguments and the configuration by full key. */
export type InvokeAnswer = (args: WireObject, config: Readonly<Record<string, string>>) => WireObject;

const account = symbol("account");

/**
 * Every function of a provider that a previewed program may call, with the results that programs use. Nothing is
 * looked up: what only the cloud knows is a symbol that repeats what was asked for.
 */
export const invokeAnswers: Readonly<Record<string, InvokeAnswer>> = {
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({
    id: account,
    accountId: account,
    arn: symbol("caller arn"),
    userId: symbol("caller"),
  }),

  /** An assumed role's ARN names the session, and its issuer's the role; what is no session is its own issuer. */
  "aws:iam/getSessionContext:getSessionContext": (args) => {
    const issuer = symbol(`issuer of ${args.arn}`);
    return { ...args, id: String(args.arn), issuerArn: issuer, issuerId: "", issuerName: "", sessionName: "" };
  },

  "aws:index/getRegion:getRegion": (args, config) => {
    const region = regionOf(args, config);
    return {
      id: region,
      name: region,
      region,
      description: symbol(`description of ${region}`),
      endpoint: `ec2.${region}.${partitionOf(region).dnsSuffix}`,
    };
  },

  "aws:index/getPartition:getPartition": (args, config) => {
    const { partition, dnsSuffix } = partitionOf(regionOf(args, config));
    return { id: partition, partition, dnsSuffix, reverseDnsPrefix: dnsSuffix.split(".").reverse().join(".") };
  },

  /** Three zones, a to c: nearly every region has them, and a program that takes more names them in its configuration. */
  "aws:index/getAvailabilityZones:getAvailabilityZones": (args, config) => {
    const region = regionOf(args, config);
    const names = ["a", "b", "c"].map((letter) => `${region}${letter}`);
    return {
      ...args,
      id: region,
      region,
      names,
      zoneIds: names.map((name) => symbol(`id of ${name}`)),
      groupNames: [region],
    };
  },

  "aws:ssm/getParameter:getParameter": (args, config) => {
    const name = String(args.name);
    const value = symbol(`ssm ${name}`);
    return {
      ...args,
      id: name,
      arn: symbol(`arn of ssm ${name}`),
      region: regionOf(args, config),
      type: "String",
      value,
      insecureValue: value,
      version: 1,
    };
  },

  "aws:ec2/getAmi:getAmi": (args) => {
    const id = symbol(`ami ${asked(args)}`);
    return {
      ...args,
      id,
      imageId: id,
      arn: symbol(`arn of ami ${asked(args)}`),
      name: symbol(`name of ami ${asked(args)}`),
      ownerId: symbol(`owner of ami ${asked(args)}`),
      architecture: filterValue(args, "architecture") ?? symbol(`architecture of ami ${asked(args)}`),
      rootDeviceName: symbol(`root device of ami ${asked(args)}`),
    };
  },

  "aws:ec2/getManagedPrefixList:getManagedPrefixList": (args, config) => prefixList(args, config),
  "aws:ec2/getPrefixList:getPrefixList": (args, config) => prefixList(args, config),
};

function regionOf(args: WireObject, config: Readonly<Record<string, string>>): string {
  return typeof args.region === "string" ? args.region : (config["aws:region"] ?? symbol("region"));
}

/** https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
function partitionOf(region: string): { partition: string; dnsSuffix: string } {
  if (region.startsWith("cn-")) {
    return { partition: "aws-cn", dnsSuffix: "amazonaws.com.cn" };
  }
  return { partition: region.startsWith("us-gov-") ? "aws-us-gov" : "aws", dnsSuffix: "amazonaws.com" };
}

function prefixList(args: WireObject, config: Readonly<Record<string, string>>): WireObject {
  const id = symbol(`prefix list ${asked(args)}`);
  const name = typeof args.name === "string" ? args.name : symbol(`name of prefix list ${asked(args)}`);
  return {
    ...args,
    id,
    name,
    arn: symbol(`arn of prefix list ${asked(args)}`),
    region: regionOf(args, config),
    cidrBlocks: [symbol(`blocks of prefix list ${asked(args)}`)],
  };
}

function filterValue(args: WireObject, name: string): Wire {
  const filters = Array.isArray(args.filters) ? (args.filters as WireObject[]) : [];
  const values = filters.find((filter) => filter.name === name)?.values;
  return Array.isArray(values) && values.length === 1 ? values[0] : undefined;
}

/** The arguments in one line: `owners=099720109477 architecture=arm64`. */
function asked(args: WireObject): string {
  return Object.entries(args)
    .flatMap(([key, value]) => describe(key, value))
    .join(" ");
}

function describe(key: string, value: Wire): string[] {
  if (key === "filters" && Array.isArray(value)) {
    return (value as WireObject[]).map(({ name, values }) => `${name}=${values}`);
  }
  return [`${key}=${Array.isArray(value) ? value.join() : typeof value === "object" ? JSON.stringify(value) : value}`];
}
