import type { iam } from "@pulumi/aws/types/input";
import { metricsNamespace } from "./host/telemetry";
import { refuse } from "./problems";

type PolicyDocument = iam.PolicyDocument;
/** One grant or refusal of a policy. */
export type PolicyStatement = iam.PolicyStatement;

/** The tag by which a host's role finds its own auto scaling group. */
export const hostRoleTag = "ci-hosts:host-role";

/** Trust policy: EC2 instances may take the role. */
export function assumedByEc2(): PolicyDocument {
  return document([{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }]);
}

/** Trust policy: flow logs may take the role, for VPCs of this account only (the confused-deputy condition). */
export function flowLogsOf(accountId: string): PolicyDocument {
  return document([
    {
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Principal: { Service: "vpc-flow-logs.amazonaws.com" },
      Condition: { StringEquals: { "aws:SourceAccount": accountId } },
    },
  ]);
}

/**
 * A host's own lifecycle: complete or prolong its lifecycle action, and give itself up as unhealthy. Bound to the one
 * group that carries the role's name in {@link hostRoleTag}. Not bound to the group's ARN: that is known only once the
 * group exists, and the group waits for hosts that need this policy in order to come into service.
 */
export function ownLifecycle(roleName: string): PolicyDocument {
  return document([
    {
      Sid: "OwnLifecycle",
      Effect: "Allow",
      Action: [
        "autoscaling:CompleteLifecycleAction",
        "autoscaling:RecordLifecycleActionHeartbeat",
        "autoscaling:SetInstanceHealth",
      ],
      Resource: "arn:*:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/*",
      Condition: { StringEquals: { [`autoscaling:ResourceTag/${hostRoleTag}`]: roleName } },
    },
  ]);
}

/**
 * A host's own telemetry: streams of the fleet's log group and metrics of {@link metricsNamespace}. IAM has no variable
 * that could hold a stream's name, so hosts of one fleet share the group.
 */
export function ownTelemetry(logGroupArn: string): PolicyDocument {
  return document([
    {
      Sid: "OwnLogStream",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `${logGroupArn}:log-stream:*`,
    },
    {
      Sid: "OwnMetrics",
      Effect: "Allow",
      Action: "cloudwatch:PutMetricData",
      // PutMetricData takes no resource, the namespace is the only bound there is.
      Resource: "*",
      Condition: { StringEquals: { "cloudwatch:namespace": metricsNamespace } },
    },
  ]);
}

/** What Session Manager's agent needs; none of these actions takes a resource. Nothing here can read a parameter. */
export function sessionManager(): PolicyDocument {
  return document([
    {
      Sid: "SessionManager",
      Effect: "Allow",
      Action: [
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ],
      Resource: "*",
    },
  ]);
}

/** Read these secrets and no other; with a key, decrypt with it through Secrets Manager only. */
export function readSecrets(secretArns: string[], kmsKeyArn?: string): PolicyDocument {
  return document(secretStatements(secretArns, kmsKeyArn).map(([Sid, statement]) => ({ Sid, ...statement })));
}

/** The same for one secret, as statements without names, so that one policy can hold those of several. */
export function readSecret(secretArn: string, kmsKeyArn?: string): PolicyStatement[] {
  return secretStatements([secretArn], kmsKeyArn).map(([, statement]) => statement);
}

function secretStatements(secretArns: string[], kmsKeyArn?: string): [string, PolicyStatement][] {
  const read: PolicyStatement = {
    Effect: "Allow",
    Action: "secretsmanager:GetSecretValue",
    Resource: [...secretArns].sort(),
  };
  const decrypt: PolicyStatement = {
    Effect: "Allow",
    Action: "kms:Decrypt",
    Resource: kmsKeyArn ?? "",
    Condition: { StringLike: { "kms:ViaService": "secretsmanager.*.amazonaws.com" } },
  };
  return [
    ["OwnSecrets", read],
    ...(kmsKeyArn === undefined ? [] : [["OwnSecretsKey", decrypt] as [string, PolicyStatement]]),
  ];
}

/**
 * A secret's own policy: whatever other policies allow, nobody but these roles and users reads its value. It must name
 * who deploys, too: the provider reads back what it has written. A role goes by its own ARN, not by a session's.
 */
export function readableOnlyBy(readerArns: readonly string[], administratorArns: readonly string[]): PolicyDocument {
  const principals = [...new Set([...readerArns, ...administratorArns])].sort();
  // Of an Input only this is the moment to see it: to IAM "*" here is everybody, and the denial none.
  const rule = "must be the ARN of one IAM role or user: with a wildcard it keeps the bundle from nobody";
  const fix = "name each role and user, in administratorArns or clientReaders";
  refuse(
    "who reads a bundle of certificates",
    principals.filter((arn) => /[*?]/.test(arn)).map((value) => ({ path: "a reader", value, rule, fix })),
  );
  return document([
    {
      Sid: "NobodyElseReads",
      Effect: "Deny",
      Principal: "*",
      Action: "secretsmanager:GetSecretValue",
      Resource: "*",
      Condition: { ArnNotEquals: { "aws:PrincipalArn": principals } },
    },
  ]);
}

/** The same for a secret that no role uses. */
export function readableOnlyByAdministrators(administratorArns: readonly string[]): PolicyDocument {
  return readableOnlyBy([], administratorArns);
}

/** Lets VPC flow logs write to one log group. */
export function writeFlowLogs(logGroupArn: string): PolicyDocument {
  return document([
    {
      Sid: "WriteFlowLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
      Resource: [logGroupArn, `${logGroupArn}:log-stream:*`],
    },
  ]);
}

/**
 * Endpoint policy for the isolated subnets' way to S3: Amazon Linux 2023's package repositories, read-only, nothing
 * else. Bucket name: al2023-repos-<region>-de612dc2, as the AL2023 user guide lists it.
 */
export function readAmazonLinuxRepositories(region: string): PolicyDocument {
  return document([
    {
      Sid: "AmazonLinuxRepositories",
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: `arn:*:s3:::al2023-repos-${region}-de612dc2/*`,
    },
  ]);
}

/**
 * Endpoint policy for a service's interface endpoint: whoever calls from these blocks does so as this account. Without it
 * an endpoint lets in anybody's keys, and whoever is root on an isolated host could carry data into an account of theirs.
 */
export function ownAccountFrom(accountId: string, cidrs: readonly string[]): PolicyDocument {
  const anything = { Principal: "*", Action: "*", Resource: "*" };
  return document([
    { Sid: "Endpoint", Effect: "Allow", ...anything },
    {
      Sid: "NoOtherAccountFromInside",
      Effect: "Deny",
      ...anything,
      // An unsigned call has no account, and so is another's.
      Condition: {
        StringNotEquals: { "aws:PrincipalAccount": accountId },
        IpAddress: { "aws:VpcSourceIp": [...cidrs] },
      },
    },
  ]);
}

function document(statements: PolicyDocument["Statement"]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}
