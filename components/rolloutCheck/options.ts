import { CommonExitCode, type Ending } from "../checks/ending";
import { type Endpoint, regionForm } from "../checks/endpoint";
import {
  groupNameForm,
  logGroupNameForm,
  type RolloutOptions,
  releaseForm,
  templateVersionForm,
  variables,
} from "./variables";

const forms = {
  groupName: [groupNameForm, "the name of an auto scaling group"],
  logGroupName: [logGroupNameForm, "the name of a log group"],
  templateVersion: [templateVersionForm, "the number of a launch template's version"],
  release: [releaseForm, "a release's id"],
  timeoutSeconds: [/^[1-9]\d*$/, "a number of seconds"],
  canary: [/^(true|false)$/, "true or false"],
} as const;

/** Reads what the component told, or ends with what is wrong with it. */
export function readOptions(env: NodeJS.ProcessEnv): (RolloutOptions & Endpoint) | Ending {
  const told = (name: keyof typeof variables) => env[variables[name]] ?? "";
  const region = told("region");
  if (!regionForm.test(region)) {
    const message = `${variables.region} is not a region: give the RolloutCheck the group's`;
    return { exitCode: CommonExitCode.NoRegion, message };
  }
  for (const [name, [form, what]] of Object.entries(forms)) {
    if (!form.test(told(name as keyof typeof forms))) {
      const message = `${variables[name as keyof typeof forms]} is not ${what}`;
      return { exitCode: CommonExitCode.BadOptions, message };
    }
  }
  return {
    region,
    groupName: told("groupName"),
    logGroupName: told("logGroupName"),
    templateVersion: told("templateVersion"),
    release: told("release"),
    timeoutSeconds: Number(told("timeoutSeconds")),
    canary: told("canary") === "true",
    awsEndpointUrl: told("awsEndpointUrl") || undefined,
  };
}
