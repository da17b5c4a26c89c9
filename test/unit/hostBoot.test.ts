import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { golden } from "../golden";
import { type Fault, HostSandbox, sandboxOptions } from "../hostSandbox";
import { unless } from "../unless";

/** An image that nothing has pulled yet. */
const absentImage: Fault[] = [{ command: "docker image inspect docker:*" }];

const stages = ["network", "storage", "packages", "firewall", "docker", "sysbox", "workload", "probe", "in-service"];

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

  it("says CONTINUE after everything else, and after that asks and reports only", () => {
    host.boot();
    const calls = host.calls(/^(?!curl .*169\.254)/);
    const told = calls.findIndex((call) => call.includes("LifecycleActionResult=CONTINUE"));
    const reporting =
      /^(?:docker (?:version|ps|image inspect) |containerd |uname |dpkg-query |curl .*(?:logs|monitoring)\.)/;
    assert.deepEqual(
      calls.slice(told + 1).filter((call) => !reporting.test(call)),
      [],
    );
    assert.deepEqual(
      calls.slice(0, told).filter((call) => /(?:logs|monitoring)\./.test(call)),
      [],
    );
  });

  it("starts the workload only after the host has proved itself", () => {
    host.boot();
    const calls = host
      .calls(/no-start|ci-host-probe|ci-workload/)
      .map((call) => call.replace(/^.*(no-start|probe|workload).*$/, "$1"));
    assert.deepEqual([...new Set(calls)], ["no-start", "probe", "workload"]);
    assert.deepEqual(calls.filter((call) => call === "workload").length, 1);
  });

  it("stops what Docker has started again after a power cut, before the probe", () => {
    host.boot();
    host.faults = [
      { command: "docker ps --quiet --filter label=*", status: 0, output: "4d2a\n", times: 1 },
      { command: "docker image inspect docker:*", times: 0 },
    ];
    host.boot();
    const calls = host.calls(/^docker (?:stop|run --detach)/);
    assert.deepEqual(calls.map((call) => call.slice(0, 24)).slice(1), [
      "docker stop --time 10 4d",
      "docker run --detach --na",
    ]);
  });

  it("tells the log group, a metric and the console, once each", () => {
    host.boot();
    assert.equal(host.calls(/^curl .*x-amz-target: Logs_20140328\.PutLogEvents/).length, 1);
    const [count, ...more] = host.calls(/^curl .*Action=PutMetricData/);
    assert.match(
      count ?? "",
      /Namespace=CiHosts .*MetricName=Boots .*Value=1 .*=AutoScalingGroupName .*=fleet .*=Result .*=succeeded/,
    );
    assert.deepEqual(more, []);
    assert.match(host.read("/dev/console"), /^ci-host boot of i-0123456789abcdef0: succeeded after \d+ s\n$/);
  });

  it("writes the golden report", () => {
    host.boot();
    golden("host/boot.json", timeless(host.read("/var/lib/ci-host/boot.json")));
  });

  it("writes the golden report of a failure", () => {
    host.faults = [{ command: "docker version", output: "Cannot connect to the Docker daemon\n" }];
    host.boot();
    golden("host/boot-failed.json", timeless(host.read("/var/lib/ci-host/boot.json")));
  });

  it("is watched, kept clean and drained from then on", () => {
    host.boot();
    assert.deepEqual(host.calls(/^systemctl start ci-host/), [
      "systemctl start ci-host-health.timer",
      "systemctl start ci-host-garbage.timer",
      "systemctl start ci-host-drain.service",
    ]);
  });

  it("installs what was chosen, and holds it", () => {
    host.boot();
    assert.deepEqual(host.installed.slice(-6), [
      "docker-ce",
      "docker-ce-cli",
      "containerd.io",
      "sysbox-ce",
      "docker-buildx-plugin",
      "docker-compose-plugin",
    ]);
    assert.deepEqual(host.calls(/^apt-mark/), [
      "apt-mark hold docker-ce docker-ce-cli containerd.io",
      "apt-mark hold sysbox-ce docker-buildx-plugin docker-compose-plugin",
    ]);
  });

  it("fetches the index of packages anew after an installation that failed with it: a power cut may have taken it", () => {
    const updates = () => host.calls(/^apt-get .* update$/).length;
    host.boot();
    const usual = updates();
    host.remove();
    host = new HostSandbox();
    host.faults = [{ command: "apt-get *install docker-ce*", times: 1, status: 100 }];
    assert.equal(host.boot().status, 0);
    assert.equal(updates(), usual + 1);
  });

  it("lets the file system grow to the size of its volume, at each boot", () => {
    host.boot();
    host.boot();
    const calls = host.calls(/^(?:systemctl start mnt-data|resize2fs)/).map((call) => call.replace(host.root, ""));
    const once = ["systemctl start mnt-data.mount", "resize2fs /dev/disk/by-label/ci-data"];
    assert.deepEqual(calls, [...once, ...once]);
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
    const { launchingHook: _, terminatingHook: __, ...options } = sandboxOptions;
    host = new HostSandbox(options);
    assert.equal(host.boot().status, 0);
    assert.deepEqual(host.told, []);
  });

  describe("that a passing fault disturbs", () => {
    const faults: Record<string, Fault & { readonly attempts?: number }> = {
      "the metadata service is slow to come up": {
        command: "curl */latest/api/token",
        times: 3,
        attempts: 4,
        status: 7,
      },
      "another apt has the lock": { command: "apt-get *update", times: 2, attempts: 3, status: 100 },
      "a mirror answers 503": { command: "apt-get *install *docker-ce*", times: 2, attempts: 3, status: 100 },
      "Docker's key is not to be had": { command: "curl */gpg", times: 1, attempts: 2, status: 22 },
      "sysbox's server breaks off": { command: "curl *.deb", times: 5, attempts: 6, status: 18 },
      "Docker is slow to answer": { command: "docker version", times: 2, attempts: 3 },
      "the registry is down": { command: "docker *up --no-start*", times: 2, attempts: 3, status: 18 },
      "the image of the probe is not to be had": { command: "docker pull *", times: 2, attempts: 3, status: 1 },
      "the metadata service falters in the midst of the probe": {
        command: "nsenter --net=/proc/self/ns/net *",
        times: 1,
        attempts: 2,
        status: 28,
      },
      "the workload is slow to start": { command: "docker ps *.project=ci *", times: 3, status: 0, output: "" },
      "Secrets Manager throttles": {
        command: "curl *secretsmanager*",
        times: 2,
        attempts: 3,
        status: 0,
        output: '{"__type":"ThrottlingException"}\n400',
      },
      "Auto Scaling is down": {
        command: "curl *autoscaling.*",
        times: 2,
        attempts: 3,
        status: 0,
        output: "<Error/>\n503",
      },
      "the role's credentials have expired": {
        command: "curl *autoscaling.*",
        times: 1,
        attempts: 2,
        status: 0,
        output: "<Code>ExpiredToken</Code>\n403",
      },
      "the data volume is attached late": {
        command: "lsblk *",
        times: 2,
        attempts: 3,
        status: 0,
        output: "/dev/nvme0n1 Amazon",
      },
    };
    for (const [name, { attempts = 1, ...fault }] of Object.entries(faults)) {
      it(`comes into service all the same: ${name}`, () => {
        host.faults = [...absentImage, fault];
        const { status, stdout } = host.boot();
        assert.equal(status, 0, stdout);
        assert.equal(host.report.result, "succeeded");
        assert.equal(host.told.at(-1), "CONTINUE");
        const tried = host.report.stages.map((stage) => stage.attempts);
        assert.equal(Math.max(...tried), attempts);
        assert.deepEqual(
          host.told,
          host.told.filter((told) => told === "CONTINUE"),
        );
      });
    }
  });

  describe("that a lasting fault ends", () => {
    interface Case extends Fault {
      readonly stage: string;
      /** What the report's command or last lines hold. */
      readonly says: RegExp;
      readonly attempts: number;
      /** Nothing that is told gets through. */
      readonly silent?: boolean;
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
      "a registry that is gone": {
        command: "docker *up --no-start*",
        stage: "workload",
        says: /no-start/,
        attempts: 6,
      },
      "a Docker that dies under the workload": {
        command: "docker ps *.project=ci *",
        status: 1,
        output: "Cannot connect to the Docker daemon\n",
        stage: "in-service",
        says: /runs/,
        attempts: 6,
      },
      "a workload of which there is nothing": {
        command: "docker ps *.project=ci *",
        status: 0,
        stage: "in-service",
        says: /there is no container/,
        attempts: 6,
      },
      "a workload that does not run": {
        command: "docker ps *.project=ci *",
        status: 0,
        output: "running ci-runner-1\nexited ci-cache-1\n",
        stage: "in-service",
        says: /exited ci-cache-1/,
        attempts: 6,
      },
      "a health check that cannot be started": {
        command: "systemctl start ci-host-health.timer",
        stage: "in-service",
        says: /ci-host-health.timer/,
        attempts: 1,
      },
      "no image to probe with": { command: "docker pull *", stage: "probe", says: /docker pull/, attempts: 6 },
      "a CI container that does not start": {
        command: "docker run --detach *",
        status: 125,
        output: "OCI runtime create failed",
        stage: "probe",
        says: /docker run --detach/,
        attempts: 1,
      },
      "a Docker inside that does not come up": {
        command: "docker exec ci-host-probe sh -c until docker version *",
        status: 124,
        stage: "probe",
        says: /Docker inside of a CI container did not come up/,
        attempts: 1,
      },
      "a Docker inside that ends": {
        command: "docker exec ci-host-probe sh -c until docker version *",
        status: 137,
        stage: "probe",
        says: /Docker inside of a CI container did not come up/,
        attempts: 1,
      },
      "a build that fails inside": { command: "docker exec * sh -s", stage: "probe", says: /docker exec/, attempts: 1 },
      "an image built inside that does not run": {
        command: "docker exec * sh -s",
        status: 0,
        output: "building\n",
        stage: "probe",
        says: /does not run: building/,
        attempts: 1,
      },
      "a CI container whose root is the host's": {
        command: "docker inspect --format {{.State.Pid}} *",
        status: 0,
        output: "1",
        stage: "probe",
        says: /root in a CI container is root on the host/,
        attempts: 1,
      },
      "metadata that a container reaches by IMDSv1": {
        command: "nsenter --net=*/proc/4242/ns/net *meta-data/",
        status: 0,
        stage: "probe",
        says: /the container reaches .* by IMDSv1/,
        attempts: 1,
      },
      "metadata that a container reaches by IMDSv2": {
        command: "nsenter --net=*/proc/4242/ns/net *api/token",
        status: 0,
        stage: "probe",
        says: /the container reaches .* by IMDSv2/,
        attempts: 1,
      },
      "metadata that an inner container reaches by IMDSv1": {
        command: "nsenter --net=*/proc/4242/root/proc/77/ns/net *meta-data/",
        status: 0,
        stage: "probe",
        says: /the inner-container reaches .* by IMDSv1/,
        attempts: 1,
      },
      "metadata that an inner container reaches by IMDSv2": {
        command: "nsenter --net=*/proc/4242/root/proc/77/ns/net *api/token",
        status: 0,
        stage: "probe",
        says: /the inner-container reaches .* by IMDSv2/,
        attempts: 1,
      },
      "a namespace that cannot be entered": {
        command: "nsenter --net=*/proc/4242/root/*",
        status: 1,
        stage: "probe",
        says: /failed with 1/,
        attempts: 1,
      },
      "a Docker inside that is the host's": {
        command: "docker exec ci-host-probe sh -c until docker version *docker info *",
        status: 0,
        output: "the-host\n",
        stage: "probe",
        says: /is the host's: the-host/,
        attempts: 1,
      },
      "a container with the host's socket": {
        command: "docker inspect --format {{range .Mounts}}*",
        status: 0,
        output: "/srv/ci/cache\n/var/run/docker.sock\n",
        stage: "probe",
        says: /gets the socket .*docker\.sock/,
        attempts: 1,
      },
      "a container with all of the host": {
        command: "docker inspect --format {{range .Mounts}}*",
        status: 0,
        output: "/\n",
        stage: "probe",
        says: /gets the socket .*: \//,
        attempts: 1,
      },
      "--privileged that gives the host's root": {
        command: "docker run --rm * --privileged *",
        status: 0,
        output: "pid:[1]\nnet:[2]\n         0          0 4294967295\n",
        stage: "probe",
        says: /--privileged gives a container the host's root/,
        attempts: 1,
      },
      "--net=host that is granted": {
        command: "docker run --rm * --net=host *",
        status: 0,
        output: `pid:[1]\n${readlinkSync("/proc/self/ns/net")}\n         0     165536      65536\n`,
        stage: "probe",
        says: /--net=host shares a namespace/,
        attempts: 1,
      },
      "--pid=host that is granted": {
        command: "docker run --rm * --pid=host *",
        status: 0,
        output: `${readlinkSync("/proc/self/ns/pid")}\nnet:[2]\n         0     165536      65536\n`,
        stage: "probe",
        says: /--pid=host shares a namespace/,
        attempts: 1,
      },
      "--userns=host that is heeded": {
        command: "docker run --rm * --userns=host *",
        status: 0,
        output: "pid:[1]\nnet:[2]\n         0          0 4294967295\n",
        stage: "probe",
        says: /--userns=host gives a container the host's root/,
        attempts: 1,
      },
      "a refusal that is none of the runtime's": {
        command: "docker run --rm * --privileged *",
        status: 125,
        output: "docker: Cannot connect to the Docker daemon\n",
        stage: "probe",
        says: /neither a container nor a refusal/,
        attempts: 1,
      },
      "a hook that is not this host's to complete": {
        command: "curl *autoscaling.*",
        status: 0,
        output: "<Code>AccessDenied</Code>\n403",
        stage: "in-service",
        says: /AccessDenied/,
        attempts: 1,
        silent: true,
      },
    };
    for (const [name, { stage, says, attempts, silent, ...fault }] of Object.entries(cases)) {
      it(`says ABANDON once, and why: ${name}`, () => {
        host.faults = [...absentImage, fault];
        assert.equal(host.boot().status, 1);
        assert.deepEqual(host.told, silent ? ["CONTINUE", "ABANDON"] : ["ABANDON"]);
        assert.deepEqual(
          [...new Set(host.calls(/ci-workload/))],
          stage === "in-service"
            ? ["systemctl start ci-workload.service", "systemctl stop ci-workload.service"]
            : ["systemctl stop ci-workload.service"],
        );
        assert.equal(host.calls(/^systemd-run .*--on-active=0 systemctl poweroff/).length, 1);
        assert.match(host.read("/dev/console"), new RegExp(`: failed in stage ${stage} after \\d+ s: .*exit status`));
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
      assert.deepEqual(host.calls(/start ci-workload/), []);
    });

    it("for good: the next boot does nothing and says nothing more", () => {
      host.faults = [{ command: "docker version" }];
      host.boot();
      host.faults = [];
      assert.equal(host.boot().status, 1);
      assert.deepEqual(host.told, ["ABANDON"]);
      assert.deepEqual(host.calls(/^(?:curl|apt-get) .*sysbox-ce/), []);
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

/** A report without what differs from run to run. */
function timeless(report: string): string {
  return report.replace(/"\d{4}-\d\d-\d\dT[^"]*"/g, '"…"').replace(/"seconds": \d+/g, '"seconds": 0');
}
