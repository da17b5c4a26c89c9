import { type Ending, ExitCode } from "./ending";
import type { Endpoint } from "./ssm";
import { type CheckOptions, instanceIdForm, regionForm, variables } from "./variables";

/** Reads what the component told, or ends with what is wrong with it. */
export function readOptions(env: NodeJS.ProcessEnv): (CheckOptions & Endpoint) | Ending {
  const told = (name: keyof typeof variables) => env[variables[name]] || undefined;
  const instanceId = told("instanceId") ?? "";
  const region = told("region") ?? "";
  const timeoutSeconds = Number(told("timeoutSeconds"));
  if (!instanceIdForm.test(instanceId)) {
    return wrong(ExitCode.BadOptions, `${variables.instanceId} is not an instance's id`);
  }
  if (!regionForm.test(region)) {
    return wrong(ExitCode.NoRegion, `${variables.region} is not a region: give the HostCheck the host's`);
  }
  if (!(timeoutSeconds > 0)) {
    return wrong(ExitCode.BadOptions, `${variables.timeoutSeconds} is not a number of seconds`);
  }
  const serverSecretVersionId = told("serverSecretVersionId");
  return { instanceId, region, timeoutSeconds, serverSecretVersionId, awsEndpointUrl: told("awsEndpointUrl") };
}

function wrong(exitCode: ExitCode, message: string): Ending {
  return { exitCode, message };
}
