import { CommonExitCode, type Ending } from "../checks/ending";
import { type Endpoint, regionForm } from "../checks/endpoint";
import { type CheckOptions, instanceIdForm, variables } from "./variables";

/** Reads what the component told, or ends with what is wrong with it. */
export function readOptions(env: NodeJS.ProcessEnv): (CheckOptions & Endpoint) | Ending {
  const told = (name: keyof typeof variables) => env[variables[name]] || undefined;
  const instanceId = told("instanceId") ?? "";
  const region = told("region") ?? "";
  const timeoutSeconds = Number(told("timeoutSeconds"));
  if (!instanceIdForm.test(instanceId)) {
    return wrong(CommonExitCode.BadOptions, `${variables.instanceId} is not an instance's id`);
  }
  if (!regionForm.test(region)) {
    return wrong(CommonExitCode.NoRegion, `${variables.region} is not a region: give the HostCheck the host's`);
  }
  if (!(timeoutSeconds > 0)) {
    return wrong(CommonExitCode.BadOptions, `${variables.timeoutSeconds} is not a number of seconds`);
  }
  const serverSecretVersionId = told("serverSecretVersionId");
  return { instanceId, region, timeoutSeconds, serverSecretVersionId, awsEndpointUrl: told("awsEndpointUrl") };
}

function wrong(exitCode: number, message: string): Ending {
  return { exitCode, message };
}
