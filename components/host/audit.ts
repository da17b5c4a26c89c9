import type { CloudConfig } from "./cloudConfig";
import { unitFile } from "./systemdUnit";

/** CIS Docker Benchmark 1.6.0, 1.1.3 to 1.1.18: Docker's programs, units, sockets, data and configuration. */
const watched = [
  "/usr/bin/dockerd",
  "/usr/sbin/dockerd",
  "/run/containerd",
  "/var/lib/docker",
  "/etc/docker",
  "/usr/lib/systemd/system/docker.service",
  "/etc/systemd/system/docker.service.d",
  "/run/containerd/containerd.sock",
  "/run/docker.sock",
  "/etc/default/docker",
  "/etc/docker/daemon.json",
  "/etc/containerd/config.toml",
  "/etc/sysconfig/docker",
  "/usr/bin/containerd",
  "/usr/bin/containerd-shim",
  "/usr/bin/containerd-shim-runc-v1",
  "/usr/bin/containerd-shim-runc-v2",
  "/usr/bin/runc",
  "/usr/sbin/runc",
];

const auditUnit = "ci-host-audit.service";

/** Has what touches Docker audited, and the rules loaded each time that Docker starts: by then all of it is there. */
export function audit(): CloudConfig {
  // What an operating system has elsewhere, or not at all, is no reason to leave out the rest: -i.
  const rules = watched.map((path) =>
    path === "/run/containerd" ? `-a always,exit -F path=${path} -F perm=war -k docker` : `-w ${path} -k docker`,
  );
  const unit = unitFile(auditUnit, {
    Unit: {
      Description: "Load the audit rules for Docker",
      After: ["auditd.service", "docker.service"],
      ConditionFileIsExecutable: "/usr/sbin/augenrules",
    },
    Service: { Type: "oneshot", ExecStart: "/usr/sbin/augenrules --load" },
    Install: { WantedBy: "docker.service" },
  });
  return {
    write_files: [
      { path: "/etc/audit/rules.d/60-docker.rules", permissions: "0640", content: `-i\n${rules.join("\n")}\n` },
      unit,
    ],
    runcmd: [["systemctl", "enable", auditUnit]],
  };
}
