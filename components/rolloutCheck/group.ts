import type {
  Activity,
  AutoScalingGroup,
  DesiredConfiguration,
  InstanceRefresh,
  LaunchTemplateSpecification,
} from "@aws-sdk/client-auto-scaling";
import { plain } from "../checks/plain";

/** One instance of a group. */
export interface Host {
  readonly id: string;
  /** `Pending:Wait`, `InService`, `Terminating:Wait`. */
  readonly state: string;
  readonly healthy: boolean;
  /** Version of the launch template that it was started with, and of which one, if not of the group's. */
  readonly templateVersion: string;
  /** Whether it stays when the group wants fewer hosts. */
  readonly isProtected: boolean;
}

export interface Group {
  readonly desired: number;
  readonly min: number;
  readonly max: number;
  readonly createdAt: number;
  readonly deleting: boolean;
  /** Version of the launch template that hosts are started with: a number, or a name like `$Latest`. */
  readonly templateVersion: string;
  readonly hosts: readonly Host[];
  /** Names of processes. */
  readonly suspended: readonly string[];
}

export interface Refresh {
  readonly status: string;
  readonly reason: string;
  readonly percent: number;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** Version of the launch template that it brings, if it says so. */
  readonly templateVersion: string | undefined;
}

/** What the group did to get a host. */
export interface Launch {
  readonly id: string;
  /** None if EC2 started none. */
  readonly instanceId: string | undefined;
  readonly startedAt: number;
  readonly isOver: boolean;
  readonly failed: boolean;
  readonly message: string;
}

/** Rejects an answer that lacks what AWS always says; a proxy's page, for one, is no answer. */
export function expected<T>(value: T | undefined): T {
  if (value === undefined) {
    throw Object.assign(new Error("the answer is not as it should be"), { name: "UnreadableAnswer" });
  }
  return value;
}

export function readGroup(group: AutoScalingGroup): Group {
  const template = group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  return {
    desired: expected(group.DesiredCapacity),
    min: expected(group.MinSize),
    max: expected(group.MaxSize),
    createdAt: expected(group.CreatedTime).getTime(),
    deleting: group.Status !== undefined,
    templateVersion: versionOf(template, template),
    hosts: (group.Instances ?? []).map((instance) => ({
      id: plain(expected(instance.InstanceId), 40),
      state: plain(expected(instance.LifecycleState), 40),
      healthy: instance.HealthStatus === "Healthy",
      templateVersion: versionOf(instance.LaunchTemplate, template),
      isProtected: instance.ProtectedFromScaleIn ?? false,
    })),
    suspended: (group.SuspendedProcesses ?? []).map(({ ProcessName = "" }) => plain(ProcessName, 40)),
  };
}

function versionOf(
  used: LaunchTemplateSpecification | undefined,
  groups: LaunchTemplateSpecification | undefined,
): string {
  const version = used?.Version ?? "unknown";
  // Versions of two templates have the same numbers.
  const isOther = groups !== undefined && used?.LaunchTemplateId !== groups.LaunchTemplateId;
  return plain(isOther ? `${version} of ${used?.LaunchTemplateId ?? "none"}` : version, 60);
}

/** A group's configuration, with another version of its launch template. */
export function configurationWith(
  templateVersion: string,
  { LaunchTemplate, MixedInstancesPolicy }: AutoScalingGroup,
): DesiredConfiguration {
  // AWS tells a template's id and its name, and takes one of them.
  const of = (template: LaunchTemplateSpecification | undefined) => ({
    LaunchTemplateId: expected(template?.LaunchTemplateId),
    Version: templateVersion,
  });
  const { LaunchTemplate: mixed, ...others } = MixedInstancesPolicy ?? {};
  return mixed === undefined
    ? { LaunchTemplate: of(LaunchTemplate) }
    : {
        MixedInstancesPolicy: {
          ...others,
          LaunchTemplate: { ...mixed, LaunchTemplateSpecification: of(mixed.LaunchTemplateSpecification) },
        },
      };
}

/** Whether a host is on its way into service. */
export function isBooting({ state }: Host): boolean {
  return /^(Pending|ReplacingRootVolume|RootVolumeReplaced)/.test(state);
}

export function readRefresh(refresh: InstanceRefresh): Refresh {
  const { LaunchTemplate, MixedInstancesPolicy } = refresh.DesiredConfiguration ?? {};
  const template = LaunchTemplate ?? MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  return {
    status: plain(expected(refresh.Status), 40),
    reason: plain(refresh.StatusReason ?? "no reason given", 400),
    percent: refresh.PercentageComplete ?? 0,
    // One that waits for its turn has not begun.
    startedAt: refresh.StartTime?.getTime() ?? Number.POSITIVE_INFINITY,
    endedAt: refresh.EndTime?.getTime(),
    templateVersion: template?.Version,
  };
}

/** The launches among a group's activities, the newest first: AWS tells those first that are in progress. */
export function readLaunches(activities: readonly Activity[]): Launch[] {
  return activities
    .filter(({ Description = "" }) => Description.startsWith("Launching a new EC2 instance"))
    .map((activity) => ({
      id: expected(activity.ActivityId),
      instanceId: /^Launching a new EC2 instance: (i-[0-9a-f]+)/.exec(activity.Description ?? "")?.[1],
      startedAt: expected(activity.StartTime).getTime(),
      isOver: ["Successful", "Failed", "Cancelled"].includes(expected(activity.StatusCode)),
      failed: ["Failed", "Cancelled"].includes(expected(activity.StatusCode)),
      message: plain(activity.StatusMessage ?? "no reason given", 400),
    }))
    .sort((a, b) => b.startedAt - a.startedAt);
}
