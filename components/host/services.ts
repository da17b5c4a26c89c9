import { scriptDirectory } from "./boot";
import type { CloudConfig } from "./cloudConfig";
import { unitFile } from "./systemdUnit";

const sysboxDaemons = ["sysbox-fs.service", "sysbox-mgr.service"];

/**
 * What a workload under sysbox needs besides Docker. Containers that lose sysbox are broken, also when it comes back:
 * https://github.com/nestybox/sysbox/issues/227
 */
export const boundToSysbox = { BindsTo: sysboxDaemons, After: ["sysbox.service", ...sysboxDaemons] };

/** Keeps containers from the instance metadata service, from before Docker's every start. */
export function imdsFirewall(): CloudConfig {
  const firewall = "ci-imds-firewall.service";
  return {
    write_files: [
      unitFile(firewall, {
        Unit: { Description: "Keep containers from the instance metadata service", PartOf: "docker.service" },
        Service: { Type: "oneshot", RemainAfterExit: "yes", ExecStart: `${scriptDirectory}/imds-firewall.sh` },
      }),
      // Without the rule Docker does not start, not even the first time, from its own package.
      unitFile("docker.service.d/30-imds-firewall.conf", { Unit: { Requires: firewall, After: firewall } }),
    ],
  };
}

/**
 * Runs a compose project, which the boot starts when the host has proved itself, and nothing else does. `bonds` are the
 * daemons that it needs besides Docker's.
 */
export function workloadService(
  compose: string,
  stopTimeoutSeconds: number,
  bonds: { readonly BindsTo: readonly string[]; readonly After: readonly string[] } = { BindsTo: [], After: [] },
): CloudConfig {
  const unit = unitFile("ci-workload.service", {
    Unit: {
      Description: "The CI workload",
      Requires: "docker.service",
      BindsTo: bonds.BindsTo,
      After: ["docker.service", ...bonds.After],
      RequiresMountsFor: "/srv/ci",
    },
    Service: {
      Type: "exec",
      ExecStart: `${scriptDirectory}/compose.sh up --remove-orphans`,
      // Containers first: the end of Compose alone would leave them running.
      ExecStop: `${scriptDirectory}/stop-workload.sh`,
      TimeoutStopSec: String(stopTimeoutSeconds),
      Restart: "always",
      RestartSec: "5",
    },
  });
  return { write_files: [{ path: "/etc/ci-host/compose.yaml", permissions: "0644", content: compose }, unit] };
}

/** The package's units leave a daemon dead that has crashed: nestybox/sysbox-pkgr, sysbox-fs.service. */
export function sysboxRestarts(): CloudConfig {
  const restart = { Service: { Restart: "on-failure", RestartSec: "1" } };
  return {
    write_files: sysboxDaemons.map((service) => unitFile(`${service}.d/10-restart.conf`, restart)),
  };
}
