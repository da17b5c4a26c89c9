import {
  type AutoScalingClient,
  CancelInstanceRefreshCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  DescribeScalingActivitiesCommand,
  SetDesiredCapacityCommand,
  StartInstanceRefreshCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  type CloudWatchLogsClient,
  FilterLogEventsCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { type RunCommand, runCommand } from "../checks/runCommand";
import {
  configurationWith,
  expected,
  type Group,
  type Launch,
  type Refresh,
  readGroup,
  readLaunches,
  readRefresh,
} from "./group";

/** An event of the log group. */
export interface LogEvent {
  readonly stream: string;
  readonly message: string;
  readonly at: number;
}

export interface LogPage {
  readonly events: readonly LogEvent[];
  /** Leads to the next page, if there is one. */
  readonly token: string | undefined;
}

/** What a check asks AWS, call by call. Rejects with errors of the AWS SDK. */
export interface Api extends RunCommand {
  group(): Promise<Group | undefined>;
  /** The newest. */
  refresh(): Promise<Refresh | undefined>;
  /** The newest page, newest first. */
  launches(): Promise<Launch[]>;
  /** Nothing without the log group. */
  events(pattern: string, since: number, token: string | undefined): Promise<LogPage | undefined>;
  setDesired(capacity: number): Promise<void>;
  /** Leaves the hosts as they are, those that boot, too. */
  cancelRefresh(): Promise<void>;
  /** Replaces all hosts of other versions of the template, and gives the group this one when that is done. */
  startRefresh(templateVersion: string): Promise<void>;
  /** Takes one host away, and lowers the desired capacity by it. */
  terminate(instanceId: string): Promise<void>;
}

export interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly logs: CloudWatchLogsClient;
  readonly ssm: SSMClient;
}

export function createApi(clients: Clients, AutoScalingGroupName: string, logGroupName: string): Api {
  const { autoScaling, logs, ssm } = clients;
  const describeGroup = async () => {
    const names = [AutoScalingGroupName];
    const told = await autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: names }));
    return expected(told.AutoScalingGroups)[0];
  };
  const describeRefresh = async () => {
    const told = await autoScaling.send(new DescribeInstanceRefreshesCommand({ AutoScalingGroupName, MaxRecords: 1 }));
    return expected(told.InstanceRefreshes)[0];
  };
  return {
    ...runCommand(ssm),
    async group() {
      const group = await describeGroup();
      return group && readGroup(group);
    },
    async refresh() {
      const refresh = await describeRefresh();
      return refresh && readRefresh(refresh);
    },
    async cancelRefresh() {
      await autoScaling.send(
        new CancelInstanceRefreshCommand({ AutoScalingGroupName, WaitForTransitioningInstances: false }),
      );
    },
    async startRefresh(templateVersion) {
      // As the deployment's own, but for the alarm, which has gone off.
      const { MinHealthyPercentage, MaxHealthyPercentage } = (await describeRefresh())?.Preferences ?? {};
      await autoScaling.send(
        new StartInstanceRefreshCommand({
          AutoScalingGroupName,
          Strategy: "Rolling",
          DesiredConfiguration: configurationWith(templateVersion, expected(await describeGroup())),
          Preferences: { MinHealthyPercentage, MaxHealthyPercentage, InstanceWarmup: 0, SkipMatching: true },
        }),
      );
    },
    async launches() {
      const told = await autoScaling.send(
        new DescribeScalingActivitiesCommand({ AutoScalingGroupName, MaxRecords: 100 }),
      );
      return readLaunches(expected(told.Activities));
    },
    async events(filterPattern, since, token) {
      const next = token === undefined ? {} : { nextToken: token };
      const told = await logs
        .send(new FilterLogEventsCommand({ logGroupName, filterPattern, startTime: since, ...next }))
        .catch(withoutLogGroup);
      if (told === undefined) {
        return undefined;
      }
      const events = expected(told.events).map(({ logStreamName = "", message = "", timestamp = 0 }) => ({
        stream: logStreamName,
        message,
        at: timestamp,
      }));
      return { events, token: told.nextToken };
    },
    async setDesired(DesiredCapacity) {
      await autoScaling.send(
        new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity, HonorCooldown: false }),
      );
    },
    async terminate(InstanceId) {
      await autoScaling.send(
        new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity: true }),
      );
    },
  };
}

function withoutLogGroup(error: unknown): undefined {
  if (!(error instanceof ResourceNotFoundException)) {
    throw error;
  }
}
