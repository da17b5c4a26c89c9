import { CommonExitCode, type Ending, type Obstacle } from "./ending";
import type { CommonFault } from "./fault";

const services: Readonly<Record<string, string>> = {
  autoscaling: "Auto Scaling",
  logs: "CloudWatch Logs",
  ssm: "Systems Manager",
};

/** What was in the way before a call failed still is, for so long. */
const hidesSeconds = 60;

/**
 * How a fault ends a check of `subject`, or what it makes one wait for. `needs` says what whoever deploys must be
 * allowed.
 */
export function fromCommonFault(subject: string, needs: string, fault: CommonFault): Ending | Obstacle {
  const { action } = fault;
  const [endpoint = ""] = action.split(":");
  const service = services[endpoint] ?? endpoint;
  switch (fault.kind) {
    case "throttled":
      return {
        key: "throttled",
        sentence: "AWS throttles the calls, asking less often",
        hidesSeconds,
        ending: {
          exitCode: CommonExitCode.Throttled,
          message: `${subject}: AWS throttled the calls until the time was up\n  Others in the account call ${service} a lot; try again, or give timeoutSeconds more`,
        },
      };
    case "unreachable":
      return {
        key: "unreachable",
        sentence: `${service} cannot be reached (${fault.reason})`,
        hidesSeconds,
        ending: {
          exitCode: CommonExitCode.Unreachable,
          message: `${subject}: ${service} could not be reached (${fault.reason})\n  Whoever deploys needs a way to the region's ${endpoint} endpoint over HTTPS; the host's subnet needs none to the deployer`,
        },
      };
    case "denied":
      return {
        exitCode: CommonExitCode.AccessDenied,
        message: `${subject}: whoever deploys may not call ${action}\n  ${fault.reason}\n  ${needs}`,
      };
    case "expired":
      return {
        exitCode: CommonExitCode.CredentialsExpired,
        message: `${subject}: the deployer's AWS credentials have expired\n  Sign in again and repeat the deployment: it goes on with this check`,
      };
    case "no-credentials":
      return {
        exitCode: CommonExitCode.NoCredentials,
        message: `${subject}: no AWS credentials that ${action} takes (${fault.reason})\n  The check takes them from the environment, as in AWS_PROFILE, not from the stack's configuration`,
      };
    case "refused":
      return {
        exitCode: CommonExitCode.Refused,
        message: `${subject}: ${service} refuses ${action} (${fault.reason})`,
      };
    default: {
      const never: never = fault;
      throw new Error(`no such fault: ${JSON.stringify(never)}`);
    }
  }
}
