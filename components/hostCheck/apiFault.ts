import { fromCommonFault } from "../checks/apiFault";
import type { Ending, Obstacle } from "../checks/ending";
import type { Fault } from "../checks/fault";
import { ExitCode } from "./ending";

const needs =
  "A HostCheck needs ssm:SendCommand on the document AWS-RunShellScript and on the instance, and ssm:GetCommandInvocation";

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
    default:
      return fromCommonFault(instanceId, needs, fault);
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
