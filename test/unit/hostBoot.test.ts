import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Fault, HostSandbox, sandboxOptions } from "../hostSandbox";
import { unless } from "../unless";

const stages = ["network", "storage", "packages", "docker", "sysbox", "firewall", "workload", "in-service"];

describe("the boot of a host", () => {
  let host: HostSandbox;

  before(function () {
    unless(this, process.platform === "linux", "the host's scripts are for Linux");
  });
  beforeEach(() => {
    host = new HostSandbox();
  });
  afterEach(() => host?.remove());

  it("goes through all stages and says CONTINUE once", () => {
    const { status, stdout, stderr } = host.boot();
    assert.equal(status, 0, stdout + stderr);
    assert.deepEqual(host.told, ["CONTINUE"]);
    const { result, instance, failure } = host.report;
    assert.deepEqual(
      { result, instance, failure },
      {
        result: "succeeded",
        instance: "i-0123456789abcdef0",
        failure: null,
      },
    );
    assert.deepEqual(
      host.report.stages.map(({ name, attempts }) => ({ name, attempts })),
      stages.map((name) => ({ name, attempts: 1 })),
    );
  });

  it("says CONTINUE after everything else", () => {
    host.boot();
    const calls = host.calls(/^(?!curl .*169\.254)/);
    assert.match(calls.at(-1) ?? "", /LifecycleActionResult=CONTINUE/);
  });

  it("installs what was chosen, and holds it", () => {
    host.boot();
    assert.deepEqual(host.installed.slice(-6), [
      "docker-ce",
      "docker-ce-cli",
      "containerd.io",
      "docker-buildx-plugin",
      "docker-compose-plugin",
      "sysbox-ce",
    ]);
    assert.deepEqual(host.calls(/^apt-mark/), [
      "apt-mark hold docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin",
      "apt-mark hold sysbox-ce",
    ]);
  });

  it("formats the one empty disk, with an inode for each 8 KiB, and once", () => {
    host.boot();
    host.boot();
    assert.deepEqual(host.calls(/^mkfs/), ["mkfs.ext4 -q -i 8192 -L ci-data /dev/nvme1n1"]);
  });

  it("puts a secret into memory, for root alone", () => {
    host.boot();
    const path = "/run/ci-host/secrets/token";
    assert.equal(host.read(path), 's3cr"et');
    assert.equal(statSync(join(host.root, path)).mode & 0o777, 0o600);
  });

  it("shows no credential in any process's arguments", () => {
    host.boot();
    assert.deepEqual(host.calls(/role-secret|ACCESSKEY|session-token|imds-token|s3cr/), []);
    assert.match(host.read("/curl-input"), /user = "ACCESSKEY:role-secret"/);
  });

  it("does nothing twice, and needs no mirror, when a host in service is booted again", () => {
    host.boot();
    host.faults = [{ command: "apt-get *" }, { command: "curl *.deb" }, { command: "curl */gpg" }];
    assert.equal(host.boot().status, 0);
    assert.deepEqual(host.told, ["CONTINUE"]);
  });

  it("starts from nothing on an instance from the image of a host that was in service", () => {
    host.boot();
    host.instance = "i-0fedcba9876543210";
    assert.equal(host.boot().status, 0);
    assert.deepEqual(host.told, ["CONTINUE", "CONTINUE"]);
    assert.equal(host.report.instance, "i-0fedcba9876543210");
  });

  it("takes no part of Auto Scaling when no hook waits", () => {
    host.remove();
    const { lifecycleHook: _, ...options } = sandboxOptions;
    host = new HostSandbox(options);
    assert.equal(host.boot().status, 0);
    assert.deepEqual(host.told, []);
  });

  describe("that a passing fault disturbs", () => {
    const faults: Record<string, Fault> = {
      "the metadata service is slow to come up": { command: "curl */latest/api/token", times: 3, status: 7 },
      "another apt has the lock": { command: "apt-get *update", times: 2, status: 100 },
      "a mirror answers 503": { command: "apt-get *install *docker-ce*", times: 2, status: 100 },
      "Docker's key is not to be had": { command: "curl */gpg", times: 1, status: 22 },
      "sysbox's server breaks off": { command: "curl *.deb", times: 5, status: 18 },
      "Docker is slow to answer": { command: "docker version", times: 2 },
      "the workload is slow to start": { command: "docker *ps *", times: 3, status: 0, output: "" },
      "Secrets Manager throttles": {
        command: "curl *secretsmanager*",
        times: 2,
        status: 0,
        output: '{"__type":"ThrottlingException"}\n400',
      },
      "Auto Scaling is down": { command: "curl *autoscaling.*", times: 2, status: 0, output: "<Error/>\n503" },
      "the role's credentials have expired": {
        command: "curl *autoscaling.*",
        times: 1,
        status: 0,
        output: "<Code>ExpiredToken</Code>\n403",
      },
      "the data volume is attached late": { command: "lsblk *", times: 2, status: 0, output: "/dev/nvme0n1 Amazon" },
    };
    for (const [name, fault] of Object.entries(faults)) {
      it(`comes into service all the same: ${name}`, () => {
        host.faults = [fault];
        const { status, stdout } = host.boot();
        assert.equal(status, 0, stdout);
        assert.equal(host.report.result, "succeeded");
        assert.equal(host.told.at(-1), "CONTINUE");
        const attempts = host.report.stages.map((stage) => stage.attempts);
        assert.equal(Math.max(...attempts), (fault.times ?? 0) + 1);
      });
    }
  });

  describe("that a lasting fault ends", () => {
    interface Case extends Fault {
      readonly stage: string;
      /** What the report's command or last lines hold. */
      readonly says: RegExp;
      readonly attempts: number;
    }
    const cases: Record<string, Case> = {
      "no mirror": {
        command: "apt-get *update",
        status: 100,
        stage: "packages",
        says: /apt-get .*update/,
        attempts: 6,
      },
      "a version that is gone": {
        command: "apt-get *install *docker-ce*",
        status: 100,
        output: "E: Version '5:29.7.2' for 'docker-ce' was not found\n",
        stage: "docker",
        says: /was not found/,
        attempts: 6,
      },
      "another key than Docker's": {
        command: "gpg *",
        status: 0,
        output: "pub:-:::::::::\nfpr:::::::::0000000000000000000000000000000000000000:\n",
        stage: "docker",
        says: /has the key 0000/,
        attempts: 1,
      },
      "a second key beside Docker's": {
        command: "gpg *",
        status: 0,
        output:
          "pub:-:::::::::\nfpr:::::::::9DC858229FC7DD38854AE2D88D81803C0EBFCD88:\n" +
          "pub:-:::::::::\nfpr:::::::::0000000000000000000000000000000000000000:\n",
        stage: "docker",
        says: /0000/,
        attempts: 1,
      },
      "a Docker that does not start": {
        command: "systemctl start docker.service",
        stage: "docker",
        says: /systemctl start docker.service/,
        attempts: 1,
      },
      "a Docker that does not answer": {
        command: "docker version",
        stage: "docker",
        says: /docker version/,
        attempts: 6,
      },
      "no sysbox to be had": { command: "curl *.deb", status: 22, stage: "sysbox", says: /curl .*\.deb/, attempts: 6 },
      "a download that leaves nothing": {
        command: "curl *.deb",
        status: 0,
        stage: "sysbox",
        says: /sha256sum/,
        attempts: 1,
      },
      "a sysbox that does not install": {
        command: "apt-get *install *sysbox*",
        status: 100,
        stage: "sysbox",
        says: /install/,
        attempts: 6,
      },
      "a sysbox that does not start": {
        command: "systemctl start sysbox.service",
        stage: "sysbox",
        says: /systemctl start sysbox/,
        attempts: 1,
      },
      "a sysbox without one of its daemons": {
        command: "systemctl is-active sysbox-fs.service",
        status: 3,
        stage: "sysbox",
        says: /is-active sysbox-fs/,
        attempts: 1,
      },
      "a Docker that does not know sysbox": {
        command: "docker info *",
        status: 0,
        output: '{"runc":{}}',
        stage: "sysbox",
        says: /does not know the runtime/,
        attempts: 1,
      },
      "no firewall": {
        command: "systemctl start ci-imds-firewall.service",
        stage: "firewall",
        says: /ci-imds-firewall/,
        attempts: 1,
      },
      "two empty disks": {
        command: "lsblk *",
        status: 0,
        output: "/dev/nvme1n1 Amazon\n/dev/nvme3n1 Amazon\n",
        stage: "storage",
        says: /more than one disk is empty.*nvme1n1.*nvme3n1/,
        attempts: 1,
      },
      "no empty disk": {
        command: "lsblk *",
        status: 0,
        output: "/dev/nvme0n1 Amazon\n",
        stage: "storage",
        says: /no empty disk/,
        attempts: 6,
      },
      "a secret that the role may not read": {
        command: "curl *secretsmanager*",
        status: 0,
        output: '{"__type":"AccessDeniedException"}\n400',
        stage: "workload",
        says: /AccessDenied/,
        attempts: 1,
      },
      "a Docker that dies under the workload": {
        command: "docker *compose *",
        status: 1,
        output: "Cannot connect to the Docker daemon\n",
        stage: "workload",
        says: /runs/,
        attempts: 6,
      },
      "a workload of which nothing is known": {
        command: "docker *compose *",
        status: 0,
        stage: "workload",
        says: /runs/,
        attempts: 6,
      },
      "a workload that does not run": {
        command: "docker *ps *",
        status: 0,
        stage: "workload",
        says: /runs/,
        attempts: 6,
      },
    };
    for (const [name, { stage, says, attempts, ...fault }] of Object.entries(cases)) {
      it(`says ABANDON once, and why: ${name}`, () => {
        host.faults = [fault];
        assert.equal(host.boot().status, 1);
        assert.deepEqual(host.told, ["ABANDON"]);
        const { report } = host;
        assert.deepEqual([report.result, report.stage], ["failed", stage]);
        assert.match([report.failure?.command, ...(report.failure?.lastLines ?? [])].join("\n"), says);
        assert.deepEqual(report.stages.at(-1)?.attempts, attempts);
        assert.notEqual(report.failure?.exitStatus, 0);
      });
    }

    it("and nothing is installed of a package that is not the chosen one", () => {
      host.remove();
      host = new HostSandbox({ ...sandboxOptions, sysbox: { ...sandboxOptions.sysbox, sha256: "0".repeat(64) } });
      assert.equal(host.boot().status, 1);
      assert.deepEqual(host.told, ["ABANDON"]);
      assert.deepEqual(host.calls(/^apt-get .*install.*sysbox/), []);
      assert.match(
        host.report.failure?.lastLines.at(-1) ?? "",
        /sysbox-ce\.deb has the SHA-256 [0-9a-f]{64}, expected is 0{64}/,
      );
    });

    it("and the workload is not started", () => {
      host.faults = [{ command: "systemctl start sysbox.service" }];
      host.boot();
      assert.deepEqual(host.calls(/ci-workload/), []);
    });

    it("for good: the next boot does nothing and says nothing more", () => {
      host.faults = [{ command: "docker version" }];
      host.boot();
      host.faults = [];
      assert.equal(host.boot().status, 1);
      assert.deepEqual(host.told, ["ABANDON"]);
      assert.deepEqual(host.calls(/sysbox-ce/), []);
      assert.equal(host.report.stage, "docker");
    });

    it("and the next boot says ABANDON if this one could not", () => {
      host.faults = [{ command: "curl */latest/*", status: 7 }];
      host.boot();
      assert.deepEqual([host.told, host.report.stage], [[], "network"]);
      host.faults = [];
      assert.equal(host.boot().status, 1);
      assert.deepEqual(host.told, ["ABANDON"]);
    });

    it("with a report that is JSON, whatever the command said", () => {
      host.faults = [
        { command: "docker version", output: 'it said "no"\\ \u0001\t{\n' },
        { command: "systemctl start docker.service", times: 0 },
      ];
      host.boot();
      assert.equal(host.report.failure?.lastLines.at(-1), 'it said "no"\\ \u0001\t{');
    });
  });

  it("is content when Auto Scaling waits no more: an answer was lost on the way", () => {
    host.faults = [
      {
        command: "curl *autoscaling.*",
        status: 0,
        output: "<Message>No active Lifecycle Action found with instance ID i-0123456789abcdef0</Message>\n400",
      },
    ];
    assert.equal(host.boot().status, 0);
    assert.equal(host.calls(/LifecycleActionResult=CONTINUE/).length, 1);
  });

  it("reports a host unhealthy that was in service and does not come up again", () => {
    host.boot();
    host.faults = [{ command: "systemctl start docker.service" }];
    assert.equal(host.boot().status, 1);
    assert.deepEqual(host.told, ["CONTINUE", "Unhealthy"]);
  });

  it("ends when the time is up, within a stage too", () => {
    host.write("/etc/ci-host/settings", host.read("/etc/ci-host/settings").replace(/(DEADLINE_SECONDS)=.*/, "$1=1"));
    host.write("/usr/local/lib/ci-host/stages/docker.sh", "#!/usr/bin/env bash\nexec tail --follow /dev/null\n", 0o755);
    host.write("/bin/tail", '#!/bin/sh\nexec /usr/bin/tail "$@"\n', 0o755);
    assert.equal(host.boot().status, 1);
    assert.deepEqual(host.told, ["ABANDON"]);
    assert.match(host.report.failure?.lastLines.at(-1) ?? "", /out of time/);
  });

  it("is not over when the machine goes down in its midst: the next boot goes on", async () => {
    host.write("/bin/tail", '#!/bin/sh\nexec /usr/bin/tail "$@"\n', 0o755);
    const stage = host.read("/usr/local/lib/ci-host/stages/sysbox.sh");
    const path = "/usr/local/lib/ci-host/stages/sysbox.sh";
    host.write(path, '#!/usr/bin/env bash\ntouch "$CI_HOST_ROOT/reached"\nexec tail --follow /dev/null\n', 0o755);
    const boot = spawn(join(host.root, "usr/local/lib/ci-host/boot.sh"), { env: host.environment, detached: true });
    const ended = new Promise((resolve) => boot.on("exit", resolve));
    while (!existsSync(join(host.root, "reached"))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // systemd's KillMode=control-group: every process of the unit.
    process.kill(-(boot.pid ?? 0), "SIGTERM");
    await ended;
    assert.deepEqual(host.told, []);

    host.write(path, stage, 0o755);
    assert.equal(host.boot().status, 0);
    assert.deepEqual(host.told, ["CONTINUE"]);
  });
});
