import type { Value } from "../../preview/manifest";
import { type Fixtures, resource } from "./fixture";

const policy = (document: Value) => resource("aws:iam/rolePolicy:RolePolicy", "policy", { policy: document });
const allows = (statement: Record<string, Value>) =>
  policy(JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Resource: "*", ...statement }] }));
const queue = "arn:aws:sqs:eu-central-1:111122223333:jobs";
const action = "policy: policy.Statement[0].Action";
const everywhere = "policy: policy.Statement[0].Resource";

const trusted = "role: assumeRolePolicy.Statement[0].Principal";
const trusts = (statement: Record<string, Value>) =>
  resource("aws:iam/role:Role", "role", {
    assumeRolePolicy: JSON.stringify({ Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", ...statement }] }),
  });

export const iam: Record<string, Fixtures> = {
  "iam-no-write-wildcards": {
    breaks: [
      ["everything", action, allows({ Action: "*" })],
      ["everything in two parts", action, allows({ Action: "*:*" })],
      ["everything of a service", action, allows({ Action: ["s3:*"], Resource: "arn:aws:s3:::bucket/*" })],
      ["everything of a service in capitals", action, allows({ Action: "IAM:*" })],
      ["what begins with a verb", action, allows({ Action: "ec2:Run*", Resource: queue })],
      ["a wildcard within the verb", action, allows({ Action: "s3:G*", Resource: queue })],
      ["a wildcard of one character", action, allows({ Action: "s3:PutObjec?", Resource: queue })],
      ["the second action", action, allows({ Action: ["s3:GetObject", "sqs:*"], Resource: queue })],
      ["all but some", "policy: policy.Statement[0].NotAction", allows({ NotAction: "iam:*" })],
      ["an action on everything", everywhere, allows({ Action: "iam:PassRole" })],
      [
        "an action on everything in a list",
        everywhere,
        allows({ Action: ["sqs:SendMessage"], Resource: [queue, "*"] }),
      ],
      ["everything of a kind", everywhere, allows({ Action: "iam:PassRole", Resource: "arn:aws:iam::*:role/*" })],
      ["every queue", everywhere, allows({ Action: "sqs:SendMessage", Resource: "arn:aws:sqs:*:*:*" })],
      [
        "every stream of every group",
        everywhere,
        allows({ Action: "logs:PutLogEvents", Resource: "arn:aws:logs:*:*:log-group:*:log-stream:*" }),
      ],
      ["an ARN that ends early", everywhere, allows({ Action: "sqs:SendMessage", Resource: "arn:aws:sqs:*" })],
      ["every bucket", everywhere, allows({ Action: "s3:PutObject", Resource: "arn:aws:s3:::*" })],
      ["everything in every bucket", everywhere, allows({ Action: "s3:PutObject", Resource: "arn:aws:s3:::*/*" })],
      [
        "every group",
        everywhere,
        allows({
          Action: "autoscaling:SetInstanceHealth",
          Resource: "arn:*:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/*",
        }),
      ],
      ["all resources but some", everywhere, allows({ Action: "sqs:SendMessage", Resource: null, NotResource: queue })],
      ["decryption with every key", everywhere, allows({ Action: "kms:Decrypt" })],
      [
        "a condition that binds nothing",
        everywhere,
        allows({ Action: "iam:PassRole", Condition: { StringEquals: { "aws:RequestedRegion": "eu-central-1" } } }),
      ],
      [
        "a condition that holds without the tag",
        everywhere,
        allows({ Action: "sqs:SendMessage", Condition: { StringNotEquals: { "aws:ResourceTag/team": "a" } } }),
      ],
      [
        "a condition that everything meets",
        everywhere,
        allows({ Action: "sqs:SendMessage", Condition: { StringLike: { "aws:ResourceTag/team": "*" } } }),
      ],
      ...["?*", "*?", "**"].map(
        (any) =>
          [
            `a condition that ${any} meets`,
            everywhere,
            allows({ Action: "iam:PassRole", Condition: { StringLike: { "aws:ResourceTag/team": any } } }),
          ] as const,
      ),
      [
        "a condition whose ARN names nothing",
        everywhere,
        allows({ Action: "ec2:RunInstances", Condition: { ArnLike: { "ec2:Vpc": "arn:aws:ec2:*:*:vpc/*" } } }),
      ],
      [
        "a condition without values",
        everywhere,
        allows({ Action: "iam:PassRole", Condition: { StringLike: { "aws:ResourceTag/team": [] } } }),
      ],
      ...[
        "secretsmanager:GetSecretValue",
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:Get*",
        "ssm:GetParameter",
        "ssm:GetParameters",
        "SSM:GetParametersByPath",
        "ssm:GetParam*",
        "sts:GetFederationToken",
        "sts:GetSessionToken",
        "ec2:GetPasswordData",
        "ec2:Get*",
        "kms:Decrypt",
      ].map((name) => [`${name} on everything`, everywhere, allows({ Action: name })] as const),
      [
        "every secret",
        everywhere,
        allows({ Action: "secretsmanager:GetSecretValue", Resource: "arn:aws:secretsmanager:*:*:secret:*" }),
      ],
      ...[
        "SecretsManagerReadWrite",
        "service-role/AmazonEC2RoleforSSM",
        "ReadOnlyAccess",
        "AmazonEC2ContainerRegistryPowerUser",
        "AmazonS3FullAccess",
        "job-function/DatabaseAdministrator",
      ].map(
        (name) =>
          [
            `the policy ${name}`,
            "broad: policyArn",
            resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "broad", {
              policyArn: `arn:aws:iam::aws:policy/${name}`,
            }),
          ] as const,
      ),
      ["trust of everyone", trusted, trusts({ Principal: "*" })],
      ["trust of everyone as a mapping", trusted, trusts({ Principal: { AWS: ["arn:aws:iam::1:root", "*"] } })],
      ["trust of all but one", trusted, trusts({ NotPrincipal: { AWS: "arn:aws:iam::111122223333:root" } })],
      [
        "trust of everyone under a condition that binds nothing",
        trusted,
        trusts({ Principal: "*", Condition: { StringLike: { "aws:PrincipalOrgID": "*" } } }),
      ],
      ["metrics of every namespace", everywhere, allows({ Action: "cloudwatch:PutMetricData" })],
      [
        "a statement alone",
        "policy: policy.Statement.Action",
        policy(JSON.stringify({ Statement: { Effect: "Allow", Action: "*" } })),
      ],
      ["a mapping", action, policy({ Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] })],
      ["elements in lower case", action, policy({ statement: [{ effect: "allow", action: "*", resource: "*" }] })],
      [
        "a policy of its own",
        action,
        resource("aws:iam/policy:Policy", "policy", { policy: { Statement: [{ Effect: "Allow", Action: "*" }] } }),
      ],
      [
        "an inline policy of a role",
        "role: inlinePolicies[0].policy.Statement[0].Action",
        resource("aws:iam/role:Role", "role", {
          inlinePolicies: [{ policy: JSON.stringify({ Statement: [{ Effect: "Allow", Action: "*" }] }) }],
        }),
      ],
      [
        "a policy of AWS that allows everything",
        "admin: policyArn",
        resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "admin", {
          policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
        }),
      ],
      [
        "one for everything but IAM",
        "role: managedPolicyArns",
        resource("aws:iam/role:Role", "role", { managedPolicyArns: ["arn:aws:iam::aws:policy/PowerUserAccess"] }),
      ],
      [
        "one for everything of a service, in another partition",
        "admin: policyArn",
        resource("aws:iam/policyAttachment:PolicyAttachment", "admin", {
          policyArn: "arn:aws-us-gov:iam::aws:policy/IAMFullAccess",
        }),
      ],
    ],
    passes: [
      ["reading", allows({ Action: ["ec2:Describe*", "s3:Get*", "s3:List*", "logs:DescribeLogGroups"] })],
      ["a named resource", allows({ Action: "sqs:SendMessage", Resource: queue })],
      ["a part of a named bucket", allows({ Action: "s3:PutObject", Resource: "arn:aws:s3:::bucket/*" })],
      [
        "what begins with a word",
        allows({ Action: "secretsmanager:PutSecretValue", Resource: "arn:aws:secretsmanager:*:*:secret:ci/*" }),
      ],
      ["a part of a named group", allows({ Action: "logs:PutLogEvents", Resource: "‹logs.arn›:log-stream:*" })],
      ["a resource that is not known yet", allows({ Action: "sqs:SendMessage", Resource: "‹queue.arn›" })],
      [
        "metrics of one namespace",
        allows({ Action: "cloudwatch:PutMetricData", Condition: { StringEquals: { "cloudwatch:namespace": "Ci" } } }),
      ],
      [
        "a tag",
        allows({ Action: "ec2:StopInstances", Condition: { StringEquals: { "ec2:ResourceTag/team": "‹team.name›" } } }),
      ],
      [
        "a named secret",
        allows({ Action: "secretsmanager:GetSecretValue", Resource: "arn:aws:secretsmanager:*:*:secret:ci/*" }),
      ],
      ["a login to a registry, which has no resource", allows({ Action: "ecr:GetAuthorizationToken" })],
      ["trust of a service", trusts({ Principal: { Service: "ec2.amazonaws.com" } })],
      [
        "trust of an organisation",
        trusts({ Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } }),
      ],
      ["Session Manager", allows({ Action: ["ssmmessages:OpenDataChannel", "ssm:UpdateInstanceInformation"] })],
      ["a denial", policy(JSON.stringify({ Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }] }))],
      ["a policy that is not known yet", policy("‹document.json›")],
      [
        "a bucket's policy",
        resource("aws:s3/bucketPolicy:BucketPolicy", "policy", {
          policy: { Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] },
        }),
      ],
      [
        "a narrow policy of AWS",
        resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "ssm", {
          policyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
        }),
      ],
    ],
  },
};
