import { reportSchema } from "../../components/checks/bootReport";
import type { Call, Reply } from "../fakeAws";
import { invocation } from "../fakeSsm";
import { type Parameters, Refusal } from "../host/cloud/awsProtocols";
import { type Activity, beginning, bootReport, templateId, templateVersion, type World } from "./world";

const pageSize = 200;

/** AWS's answers in a world. */
export class WorldAws {
  /** Each time that the group was asked for: when, in seconds, and whether the world was as a check may call proven. */
  readonly looks: { readonly second: number; readonly isProven: boolean }[] = [];
  private readonly world: World;
  private readonly commands = new Map<string, number>();

  constructor(world: World) {
    this.world = world;
  }

  answer({ service, action, parameters }: Call): Reply {
    const answers: Readonly<Record<string, (parameters: Parameters) => Reply>> = {
      "autoscaling:DescribeAutoScalingGroups": () => this.groups(),
      "autoscaling:DescribeInstanceRefreshes": () => this.refreshes(),
      "autoscaling:DescribeScalingActivities": () => this.activities(),
      "autoscaling:CancelInstanceRefresh": () => this.cancelRefresh(),
      "autoscaling:StartInstanceRefresh": (told) => this.startRefresh(told),
      "autoscaling:SetDesiredCapacity": ({ DesiredCapacity }) => this.setDesired(Number(DesiredCapacity)),
      "autoscaling:TerminateInstanceInAutoScalingGroup": (told) => this.terminate(told),
      "logs:FilterLogEvents": (told) => this.events(told),
      "ssm:SendCommand": ({ InstanceIds }) => this.send(InstanceIds as string[]),
      "ssm:GetCommandInvocation": (told) => this.invocation(String(told.CommandId), String(told.InstanceId)),
    };
    const name = `${service}:${action}`;
    return answers[name]?.(parameters) ?? new Refusal("InvalidAction", `no such call: ${name}`);
  }

  private groups(): Reply {
    const { world } = this;
    this.looks.push({ second: world.now, isProven: !world.isGone && world.isProven });
    if (world.isGone) {
      return { AutoScalingGroups: [] };
    }
    const group = {
      AutoScalingGroupName: "ci",
      DesiredCapacity: world.desired,
      MinSize: world.min,
      MaxSize: world.max,
      CreatedTime: instant(-600),
      MixedInstancesPolicy: {
        LaunchTemplate: {
          LaunchTemplateSpecification: {
            LaunchTemplateId: templateId,
            LaunchTemplateName: "ci",
            Version: world.groupVersion,
          },
          Overrides: [{ InstanceType: "m7i.large" }, { InstanceType: "m6i.large" }],
        },
        InstancesDistribution: { OnDemandBaseCapacity: 1 },
      },
      Instances: world.hosts.map((host) => ({
        InstanceId: host.id,
        LifecycleState: host.state,
        HealthStatus: host.healthy ? "Healthy" : "Unhealthy",
        LaunchTemplate: { LaunchTemplateId: host.templateId, Version: host.templateVersion },
        ProtectedFromScaleIn: host.isProtected,
      })),
      SuspendedProcesses: world.suspended.map((name) => ({ ProcessName: name, SuspensionReason: "by hand" })),
    };
    return { AutoScalingGroups: [group] };
  }

  private refreshes(): Reply {
    const { refresh, desired, inService } = this.world;
    if (!refresh) {
      return { InstanceRefreshes: [] };
    }
    const template = { LaunchTemplateId: templateId, Version: refresh.templateVersion };
    const configuration = refresh.templateVersion && {
      MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: template } },
    };
    const replaced = inService.filter((host) => host.templateVersion === templateVersion).length;
    return {
      InstanceRefreshes: [
        {
          InstanceRefreshId: "r-1",
          Status: refresh.status,
          StatusReason: refresh.reason,
          PercentageComplete: desired === 0 ? 100 : Math.floor((100 * replaced) / desired),
          DesiredConfiguration: configuration,
          Preferences: { MinHealthyPercentage: 90, MaxHealthyPercentage: 115, SkipMatching: true },
          StartTime: instant(refresh.startedAt),
          EndTime: refresh.endedAt === undefined ? undefined : instant(refresh.endedAt),
        },
      ],
    };
  }

  private activities(): Reply {
    const isOver = ({ status }: Activity) => status !== "InProgress";
    // Those in progress come first.
    const sorted = this.world.activities.toSorted((a, b) => Number(isOver(a)) - Number(isOver(b)));
    const activities = sorted.slice(0, 100).map((activity) => ({
      ActivityId: activity.id,
      Description: activity.description,
      Cause: "capacity",
      StartTime: instant(activity.startedAt),
      StatusCode: activity.status,
      StatusMessage: activity.message || undefined,
    }));
    return { Activities: activities };
  }

  private cancelRefresh(): Reply {
    const { world } = this;
    if (!world.refreshIsUnderWay) {
      return new Refusal("ActiveInstanceRefreshNotFound", "No in progress Instance Refresh");
    }
    world.endRefresh("Cancelling", "");
    return { InstanceRefreshId: "r-1" };
  }

  private startRefresh(told: Parameters): Reply {
    const { world } = this;
    const template = "DesiredConfiguration.MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification";
    if (world.refreshIsUnderWay) {
      return new Refusal("InstanceRefreshInProgress", "An Instance Refresh is already in progress");
    }
    if (told[`${template}.LaunchTemplateName`] !== undefined) {
      return new Refusal("ValidationError", "you must specify either a launch template id or name, not both");
    }
    world.refresh = {
      status: "InProgress",
      reason: "",
      startedAt: world.now,
      endedAt: undefined,
      templateVersion: String(told[`${template}.Version`]),
    };
    return { InstanceRefreshId: "r-2" };
  }

  private setDesired(capacity: number): Reply {
    const { min, max } = this.world;
    if (capacity < min || capacity > max) {
      return new Refusal("ValidationError", `New SetDesiredCapacity value ${capacity} is out of bounds`);
    }
    this.world.desired = capacity;
    return {};
  }

  private terminate({ InstanceId, ShouldDecrementDesiredCapacity }: Parameters): Reply {
    const { world } = this;
    if (ShouldDecrementDesiredCapacity !== "true" || world.desired <= world.min) {
      return new Refusal("ValidationError", "it would violate the group's min size constraint");
    }
    world.terminate(String(InstanceId));
    world.desired -= 1;
    return {};
  }

  private events({ filterPattern, startTime, nextToken }: Parameters): Reply {
    const [, schema, wanted] =
      /^\{ \(\$\.schema = (\d+)\) && \(\$\.release = "(.+)"\) \}$/.exec(`${filterPattern}`) ?? [];
    const matching = this.world.events
      .filter(({ at, message }) => {
        const event = JSON.parse(message);
        return at >= Number(startTime) && event.schema === Number(schema) && event.release === wanted;
      })
      .map(({ stream, message, at }) => ({ logStreamName: stream, message, timestamp: at }));
    const from = Number(nextToken ?? 0);
    const next = from + pageSize < matching.length ? String(from + pageSize) : undefined;
    return { events: matching.slice(from, from + pageSize), nextToken: next };
  }

  private send(instanceIds: readonly string[]): Reply {
    const managed = instanceIds.every((id) => !["hangs", "unmanaged", undefined].includes(this.hostOf(id)?.fate));
    if (!managed || instanceIds.length > 50) {
      return new Refusal("InvalidInstanceId", "Instances not in a valid state for account");
    }
    const id = `00000000-0000-4000-8000-${String(this.commands.size).padStart(12, "0")}`;
    this.commands.set(id, this.world.now);
    return { Command: { CommandId: id, Status: "Pending" } };
  }

  private invocation(commandId: string, instanceId: string): Reply {
    const sentAt = this.commands.get(commandId);
    const host = this.hostOf(instanceId);
    if (sentAt === undefined || !host || this.world.now - sentAt < 2) {
      return new Refusal("InvocationDoesNotExist", "");
    }
    const boots = host.state.startsWith("Pending");
    const answer = (boot: unknown, bootedAt = beginning / 1000) =>
      invocation("Success", JSON.stringify({ boot, bootedAt, served: null, refused: null }));
    switch (host.fate) {
      case "mute":
        return invocation("In Progress");
      case "garbles":
        return invocation("Success", "no JSON");
      case "outdated":
        return answer({ schema: reportSchema - 1 });
      case "borrows":
        return answer(bootReport({ ...host, id: "i-0000000000000beef" }, "succeeded"));
      case "reboots":
        return answer(bootReport(host, boots ? "running" : "succeeded"), beginning / 1000 + this.world.now);
      default:
        return answer(bootReport(host, boots ? "running" : "succeeded"));
    }
  }

  private hostOf(id: string) {
    return this.world.hosts.find((host) => host.id === id);
  }
}

function instant(seconds: number): string {
  return new Date(beginning + seconds * 1000).toISOString();
}
