import type { ManifestResource, Value } from "../manifest";
import { isMapping } from "./awsMeaning";

/** What a deployment does, the most disruptive first. */
export const effects = [
  "delete",
  "replace",
  "roll",
  "restart",
  "rerun",
  "create",
  "update",
  "next-boot",
  "none",
] as const;
export type Effect = (typeof effects)[number];

/** What becomes of a resource, in a word, and why, in sentences. */
export interface Verdict {
  readonly effect: Effect;
  readonly reasons: readonly string[];
  /** Whether it may be replaced, for all that the preview knows. */
  readonly mayReplace?: boolean;
}

/** What changes of a resource. */
export interface TypeChange {
  /** Names of inputs. */
  readonly changed: readonly string[];
  /** Of the changes within them; an input alone where all that is known is that it changes. */
  readonly paths: readonly (readonly string[])[];
  /** Before the change. */
  readonly formerInputs: ManifestResource["inputs"];
  /** After the change. */
  readonly inputs: ManifestResource["inputs"];
}

/** What a type makes of a change that is neither an update in place nor a replacement. */
export function typeVerdict(type: string, change: TypeChange): Verdict | undefined {
  const { changed, inputs } = change;
  switch (type) {
    case "aws:ec2/instance:Instance":
      return instanceVerdict(changed, inputs);
    case "aws:ec2/launchTemplate:LaunchTemplate":
      return changed.every((input) => input === "tags" || input === "updateDefaultVersion")
        ? undefined
        : { effect: "next-boot", reasons: ["Instances that run stay as they are."] };
    case "aws:autoscaling/group:Group":
      return groupVerdict(change);
    default:
      return isCommand(type) && changed.some((input) => input !== "delete")
        ? { effect: "rerun", reasons: ["The command runs again."] }
        : undefined;
  }
}

export function isCommand(type: string): boolean {
  return /^command:(?:local|remote):Command$/.test(type);
}

const userDataInput = /^userData(?:Base64)?$/;

function instanceVerdict(changed: readonly string[], inputs: ManifestResource["inputs"]): Verdict | undefined {
  if (changed.some((input) => userDataInput.test(input))) {
    return inputs.userDataReplaceOnChange === true
      ? { effect: "replace", reasons: ["A change of userData makes another one (userDataReplaceOnChange)."] }
      : {
          effect: "restart",
          reasons: ["It is stopped and started; cloud-init does not write files or run runcmd again."],
        };
  }
  return changed.includes("instanceType") ? { effect: "restart", reasons: ["It is stopped and started."] } : undefined;
}

/** Inputs of a group that start an instance refresh where one is configured (terraform-provider-aws, aws_autoscaling_group). */
const refreshing = ["launchTemplate", "mixedInstancesPolicy", "launchConfiguration"];

function groupVerdict(change: TypeChange): Verdict | undefined {
  const { paths, inputs } = change;
  const { instanceRefresh } = inputs;
  const reasons = shrinkReasons(change);
  const refreshed = paths.filter(([input = ""]) => refreshing.includes(input));
  const { skipMatching } = preferencesOf(instanceRefresh ?? null);
  // Hosts match by their launch template and type: how they are bought does not count.
  const matching = skipMatching === true && refreshed.every(([, part]) => part === "instancesDistribution");
  if (refreshed.length === 0 || (isMapping(instanceRefresh) && matching)) {
    return reasons.length === 0 ? undefined : { effect: "update", reasons };
  }
  return isMapping(instanceRefresh)
    ? { effect: "roll", reasons: [...reasons, rollSentence(inputs)] }
    : { effect: "next-boot", reasons: [...reasons, "It has no instanceRefresh: hosts that run stay as they are."] };
}

/** What fewer hosts mean for those that there are: an update that reads as if it did nothing to a machine. */
function shrinkReasons({ paths, formerInputs, inputs }: TypeChange): string[] {
  const isLowered = (input: string) =>
    paths.some(([changed]) => changed === input) && Number(inputs[input]) < Number(formerInputs[input]);
  const { desiredCapacity, maxSize } = inputs;
  if (isLowered("desiredCapacity")) {
    const former = Number(formerInputs.desiredCapacity);
    return [`${former - Number(desiredCapacity)} of ${former} hosts are terminated.`];
  }
  return isLowered("maxSize") && desiredCapacity === undefined
    ? [`Hosts beyond ${maxSize} are terminated, if there are more.`]
    : [];
}

function preferencesOf(instanceRefresh: Value): { readonly [key: string]: Value } {
  return isMapping(instanceRefresh) && isMapping(instanceRefresh.preferences) ? instanceRefresh.preferences : {};
}

/** How a refresh goes about it: how many stay in service, and how many are replaced at a time. */
function rollSentence({ instanceRefresh, desiredCapacity, minSize, maxSize }: ManifestResource["inputs"]): string {
  const preferences = preferencesOf(instanceRefresh ?? null);
  // https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html
  const healthy = Number(preferences.minHealthyPercentage ?? 90);
  const most = Number(preferences.maxHealthyPercentage ?? 100);
  const hosts = Number(desiredCapacity ?? minSize);
  const wanted = hosts === 1 ? "1 host" : `${hosts} hosts`;
  if (hosts === 0) {
    return "It wants no host: those that there are go, and none takes their place.";
  }
  if (desiredCapacity !== undefined && most <= 100 && hosts * (100 - healthy) < 100) {
    return `${wanted}, 1 at a time, which goes before its successor serves: ${hosts - 1} in service meanwhile.`;
  }
  const atATime = Math.max(1, Math.floor((hosts * (100 - healthy)) / 100), Math.floor((hosts * (most - 100)) / 100));
  const count = desiredCapacity === undefined ? `${minSize} to ${maxSize} hosts` : wanted;
  return `${count}, ${Math.min(atATime, hosts)} at a time; at least ${healthy} % stay in service.`;
}
