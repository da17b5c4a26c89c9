import * as autoscaling from "@pulumi/aws/autoscaling";
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { metricsNamespace } from "./host/telemetry";
import { hostRoleTag } from "./policies";
import { named, type Tags } from "./tags";

/** What an auto scaling group of hosts is made of. */
export interface FleetGroupOptions {
  readonly template: ec2.LaunchTemplate;
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  readonly instanceTypes: readonly string[];
  readonly minSize: number;
  readonly maxSize: number;
  /** Left to AWS and to whatever scales the group when it is not given. */
  readonly desiredCapacity: number | undefined;
  /** Hosts that are on-demand before any spot is used. */
  readonly onDemandBase: number;
  /** Share of spot among the hosts above the base, 0 to 100. */
  readonly spotPercent: number;
  /** Share of the desired capacity that stays in service while the fleet is replaced. */
  readonly minHealthyPercent: number;
  /** How long a new host may take to prove itself. */
  readonly launchTimeoutSeconds: number;
  /** How long a host may take to finish its jobs before it is terminated. */
  readonly drainTimeoutSeconds: number;
  /** Name of the host role, by which a host's permissions find this group. */
  readonly roleName: pulumi.Input<string>;
  readonly tags: Tags;
}

/** Names of the lifecycle hooks, the same in every fleet: the host completes them by name. */
export const lifecycleHookNames = { launching: "ci-host-launching", terminating: "ci-host-terminating" } as const;

/** The auto scaling group of a fleet: hosts come into service only when they say so, and are replaced by a rolling refresh. */
export function createFleetGroup(
  name: string,
  options: FleetGroupOptions,
  opts: pulumi.CustomResourceOptions,
): autoscaling.Group {
  const { dependsOn: _, ...child } = opts;
  const hooks = lifecycleHooks(options);
  // Named before the group is: the one goes by the other's name.
  const alarmName = pulumi.output(options.roleName).apply(bootAlarmName);
  const group = new autoscaling.Group(
    `${name}-group`,
    {
      vpcZoneIdentifiers: options.subnetIds,
      minSize: options.minSize,
      maxSize: options.maxSize,
      desiredCapacity: options.desiredCapacity,
      mixedInstancesPolicy: mixedInstances(options),
      // Spot hosts at an elevated risk of interruption are replaced before they are taken away.
      capacityRebalance: options.spotPercent > 0,
      healthCheckType: "EC2",
      // A host is in service only after it has proved itself, so nothing has to be overlooked at the start.
      healthCheckGracePeriod: 0,
      defaultInstanceWarmup: 0,
      instanceRefresh: rollingRefresh(options, alarmName),
      // With hooks added later, the first hosts would come into service without proof.
      initialLifecycleHooks: hooks,
      waitForCapacityTimeout: `${options.launchTimeoutSeconds + capacityMarginSeconds}s`,
      enabledMetrics: ["GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances"],
      tags: pulumi.all([named(name, options.tags), options.roleName]).apply(groupTags),
    },
    opts,
  );
  // `initialLifecycleHooks` counts at creation only: these, of the same names, carry later changes to the group.
  for (const { name: hook, ...settings } of hooks) {
    const hookName = `${name}-${hook === lifecycleHookNames.launching ? "launching" : "terminating"}`;
    new autoscaling.LifecycleHook(hookName, { name: hook, autoscalingGroupName: group.name, ...settings }, opts);
  }
  new cloudwatch.MetricAlarm(
    `${name}-boots`,
    {
      name: alarmName,
      alarmDescription: `${failedBoots} hosts did not come into service within an hour: a refresh under way fails`,
      namespace: metricsNamespace,
      metricName: "Boots",
      dimensions: { AutoScalingGroupName: group.name, Result: "failed" },
      statistic: "Sum",
      period: 3600,
      evaluationPeriods: 1,
      threshold: failedBoots,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      treatMissingData: "notBreaching",
      tags: named(`${name}-boots`, options.tags),
    },
    child,
  );
  return group;
}

/** One host may fail for a reason of its own, and is replaced; as many as that, and it is the release. */
const failedBoots = 3;

function bootAlarmName(roleName: string): string {
  return `${roleName}-boots`;
}

/** What `pulumi up` waits beyond one host's time: for EC2 to start it, and for AWS to see its answer. */
const capacityMarginSeconds = 300;

function lifecycleHooks({ launchTimeoutSeconds, drainTimeoutSeconds }: FleetGroupOptions) {
  return [
    {
      name: lifecycleHookNames.launching,
      lifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING",
      heartbeatTimeout: launchTimeoutSeconds,
      // A host that says nothing has proved nothing.
      defaultResult: "ABANDON",
    },
    {
      name: lifecycleHookNames.terminating,
      lifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
      heartbeatTimeout: drainTimeoutSeconds,
      defaultResult: "CONTINUE",
    },
  ];
}

function mixedInstances({ template, instanceTypes, onDemandBase, spotPercent }: FleetGroupOptions) {
  return {
    launchTemplate: {
      launchTemplateSpecification: {
        launchTemplateId: template.id,
        // A number, not $Latest: only a changed value starts an instance refresh.
        version: template.latestVersion.apply(String),
      },
      overrides: instanceTypes.map((instanceType) => ({ instanceType })),
    },
    instancesDistribution: {
      onDemandAllocationStrategy: "prioritized",
      onDemandBaseCapacity: onDemandBase,
      onDemandPercentageAboveBaseCapacity: 100 - spotPercent,
      spotAllocationStrategy: "price-capacity-optimized",
    },
  };
}

/** Replacements come first where the share allows it: up to a quarter of the fleet at a time, within AWS's 100 to 200. */
function rollingRefresh({ minHealthyPercent }: FleetGroupOptions, alarmName: pulumi.Input<string>) {
  return {
    strategy: "Rolling",
    preferences: {
      minHealthyPercentage: minHealthyPercent,
      maxHealthyPercentage: Math.max(100, minHealthyPercent + 25),
      instanceWarmup: "0",
      skipMatching: true,
      // No autoRollback: the provider gives the group the new version first, and AWS would go "back" to that
      // (hashicorp/terraform-provider-aws#34189). RolloutCheck takes the group back.
      alarmSpecification: { alarms: [alarmName] },
    },
  };
}

function groupTags([tags, roleName]: [Record<string, string>, string]) {
  // Instances get their tags from the launch template, which tags their volumes, too.
  return Object.entries({ ...tags, [hostRoleTag]: roleName }).map(([key, value]) => ({
    key,
    value,
    propagateAtLaunch: false,
  }));
}
