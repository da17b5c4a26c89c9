import { type Ending, ExitCode, type Obstacle } from "./ending";
import type { Fault } from "./fault";

/** How a fault ends the check, or what it makes one wait for. */
export function fromFault(instanceId: string, fault: Fault, lastStage: string | undefined): Ending | Obstacle {
  switch (fault.kind) {
    case "not-managed":
      return lastStage === undefined ? notManaged(instanceId) : gone(instanceId, lastStage);
    case "no-invocation":
      return {
        key: "no-invocation",
        sentence: "Systems Manager does not know of its own command yet",
        ending: {
          exitCode: ExitCode.CommandTimedOut,
          message: `${instanceId}: Systems Manager took the command and never knew of it`,
        },
      };
    case "throttled":
      return {
        key: "throttled",
        sentence: "AWS throttles the calls, asking less often",
        ending: {
          exitCode: ExitCode.Throttled,
          message: `${instanceId}: AWS throttled the calls until the time was up\n  Others in the account call Systems Manager a lot; try again, or give timeoutSeconds more`,
        },
      };
    case "unreachable":
      return {
        key: "unreachable",
        sentence: `Systems Manager cannot be reached (${fault.reason})`,
        ending: {
          exitCode: ExitCode.Unreachable,
          message: `${instanceId}: Systems Manager could not be reached (${fault.reason})\n  Whoever deploys needs a way to the region's ssm endpoint over HTTPS; the host's subnet needs none to the deployer`,
        },
      };
    case "denied":
      return {
        exitCode: ExitCode.AccessDenied,
        message: `${instanceId}: whoever deploys may not call ${fault.action}\n  ${fault.reason}\n  A HostCheck needs ssm:SendCommand on the document AWS-RunShellScript and on the instance, and ssm:GetCommandInvocation`,
      };
    case "expired":
      return {
        exitCode: ExitCode.CredentialsExpired,
        message: `${instanceId}: the deployer's AWS credentials have expired\n  Sign in again and repeat the deployment: it goes on with this check`,
      };
    case "no-credentials":
      return {
        exitCode: ExitCode.NoCredentials,
        message: `${instanceId}: no AWS credentials that ${fault.action} takes (${fault.reason})\n  The check takes them from the environment, as in AWS_PROFILE, not from the stack's configuration`,
      };
    case "refused":
      return {
        exitCode: ExitCode.Refused,
        message: `${instanceId}: Systems Manager refuses ${fault.action} (${fault.reason})`,
      };
    default: {
      const never: never = fault;
      throw new Error(`no such fault: ${JSON.stringify(never)}`);
    }
  }
}

function notManaged(instanceId: string): Obstacle {
  return {
    key: "not-managed",
    sentence: "not known to Systems Manager yet",
    ending: {
      exitCode: ExitCode.NotManaged,
      message: [
        `${instanceId}: Systems Manager did not get to know the instance`,
        "  One of these is missing: the instance itself, running; the agent on it (minimal images have none);",
        "  the ssm, ssmmessages and ec2messages endpoints in its network, or a way to them on port 443;",
        "  ssm:UpdateInstanceInformation in its role. Its console says how far its boot got",
      ].join("\n"),
    },
  };
}

/** For a host that had answered before. A reboot passes sooner. */
export function gone(instanceId: string, lastStage: string): Obstacle {
  return {
    key: "gone",
    sentence: "Systems Manager has lost the instance",
    patienceSeconds: 120,
    ending: {
      exitCode: ExitCode.Gone,
      message: `${instanceId}: the instance has stopped or was terminated; ${lastStage}\n  A host that gives its boot up powers itself off: its log group and its console say why. debugTimeoutSeconds keeps it up`,
    },
  };
}
