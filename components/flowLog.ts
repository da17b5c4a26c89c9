import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { flowLogsOf, writeFlowLogs } from "./policies";
import { named, type Tags } from "./tags";

/** What a {@link createFlowLog} takes beside its VPC. */
export interface FlowLogOptions {
  readonly retentionDays: number;
  readonly kmsKeyArn: pulumi.Input<string | undefined>;
  readonly tags: Tags;
}

/** Records all traffic of a VPC, accepted and rejected, in a log group of its own. */
export function createFlowLog(
  name: string,
  vpc: ec2.Vpc,
  { retentionDays, kmsKeyArn, tags }: FlowLogOptions,
  child: pulumi.CustomResourceOptions,
): void {
  const logs = new cloudwatch.LogGroup(
    `${name}-flow-logs`,
    { retentionInDays: retentionDays, kmsKeyId: kmsKeyArn, tags: named(`${name}-flow-logs`, tags) },
    child,
  );
  const role = new iam.Role(
    `${name}-flow-log-role`,
    {
      assumeRolePolicy: pulumi.jsonStringify(vpc.ownerId.apply(flowLogsOf)),
      tags: named(`${name}-flow-log-role`, tags),
    },
    child,
  );
  new iam.RolePolicy(
    `${name}-flow-log-policy`,
    { role: role.id, policy: pulumi.jsonStringify(logs.arn.apply(writeFlowLogs)) },
    child,
  );
  new ec2.FlowLog(
    `${name}-flow-log`,
    {
      vpcId: vpc.id,
      trafficType: "ALL",
      logDestination: logs.arn,
      iamRoleArn: role.arn,
      maxAggregationInterval: 60,
      tags: named(`${name}-flow-log`, tags),
    },
    child,
  );
}
