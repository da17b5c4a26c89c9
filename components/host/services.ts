import { scriptDirectory } from "./boot";
import type { CloudConfig } from "./cloudConfig";
import { unitFile } from "./systemdUnit";

/** Keeps containers from the instance metadata service, from before Docker's every start. */
export function imdsFirewall(): CloudConfig {
  const unit = unitFile("ci-imds-firewall.service", {
    Unit: {
      Description: "Keep containers from the instance metadata service",
      Before: "docker.service",
      PartOf: "docker.service",
    },
    Service: { Type: "oneshot", RemainAfterExit: "yes", ExecStart: `${scriptDirectory}/imds-firewall.sh` },
    // Without the rule Docker does not start.
    Install: { RequiredBy: "docker.service" },
  });
  return { write_files: [unit] };
}

/** Runs a compose project, which the boot starts when the host is ready for it, and nothing else does. */
export function workloadService(compose: string): CloudConfig {
  const unit = unitFile("ci-workload.service", {
    Unit: {
      Description: "The CI workload",
      Requires: "docker.service",
      After: ["docker.service", "sysbox.service"],
      RequiresMountsFor: "/srv/ci",
    },
    Service: {
      Type: "exec",
      ExecStart: `${scriptDirectory}/compose.sh up --remove-orphans`,
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
    write_files: ["sysbox-fs", "sysbox-mgr"].map((service) =>
      unitFile(`${service}.service.d/10-restart.conf`, restart),
    ),
  };
}
