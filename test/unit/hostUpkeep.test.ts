import * as assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Fault, HostSandbox, sandboxOptions } from "../hostSandbox";
import { unless } from "../unless";

const stubs = join(__dirname, "../hostCommands");

/** A host in service, as it stands after its boot, and what its scripts do from then on. */
describe("a host in service", () => {
  let host: HostSandbox;

  before(function () {
    unless(this, process.platform === "linux", "the host's scripts are for Linux");
  });
  beforeEach(() => {
    host = new HostSandbox();
    host.write("/var/lib/ci-host/i-0123456789abcdef0/lifecycle", "CONTINUE\n");
    for (const directory of ["run/ci-host", "var/lib/sysbox"]) {
      mkdirSync(join(host.root, directory), { recursive: true });
    }
  });
  afterEach(() => host?.remove());

  describe("is checked, and", () => {
    const check = (times: number) => Array.from({ length: times }, () => host.run("health.sh").status);

    it("tells nobody while it is well", () => {
      assert.deepEqual(check(4), [0, 0, 0, 0]);
      assert.deepEqual(host.told, []);
    });

    const faults: Record<string, Fault & { readonly says: RegExp }> = {
      "Docker is dead": { command: "docker version", says: /Docker does not answer/ },
      "sysbox-mgr is dead": {
        command: "systemctl *is-active sysbox-mgr.service",
        status: 3,
        says: /sysbox-mgr\.service does not run/,
      },
      "sysbox-fs is dead": {
        command: "systemctl *is-active sysbox-fs.service",
        status: 3,
        says: /sysbox-fs\.service does not run/,
      },
      "the workload is dead": {
        command: "systemctl *is-active ci-workload.service",
        status: 3,
        says: /ci-workload\.service does not run/,
      },
      "an agent of the workload has ended": {
        command: "docker ps --all *",
        status: 0,
        output: "exited ci-runner-1\nrunning ci-cache-1\n",
        says: /of the workload: exited ci-runner-1$/m,
      },
      "all of the workload falls over again and again": {
        command: "docker ps --all *",
        status: 0,
        output: "restarting ci-runner-1\nrestarting ci-cache-1\n",
        says: /of the workload: restarting ci-runner-1, restarting ci-cache-1$/m,
      },
      "the workload's containers are gone": {
        command: "docker ps --all *",
        status: 0,
        says: /of the workload: there is no container$/m,
      },
      "sysbox hangs": {
        command: "docker start --attach *",
        status: 124,
        says: /fails or hangs: docker start --attach ci-host-health/,
      },
      "a disk is full": { command: "df *", status: 0, output: "U I\n 96% 1%\n", says: /96 % full/ },
      "a disk has no inode left": { command: "df *", status: 0, output: "U I\n 6% 100%\n", says: /100 % full/ },
    };
    for (const [name, { says, ...fault }] of Object.entries(faults)) {
      it(`is reported unhealthy after three failures in a row, once: ${name}`, () => {
        host.faults = [fault];
        assert.deepEqual(check(2), [0, 0]);
        assert.deepEqual(host.told, []);
        check(3);
        assert.deepEqual(host.told, ["Unhealthy"]);
        assert.equal(host.calls(/^curl .*MetricName=UnhealthyHosts/).length, 1);
        assert.match(host.read("/run/ci-host/health-failures"), says);
      });
    }

    it("starts again what went down with a daemon that crashed", () => {
      host.faults = [{ command: "systemctl *is-active sysbox-fs.service", times: 1, status: 3 }];
      check(2);
      assert.deepEqual(host.calls(/^systemctl start/), [
        "systemctl start sysbox-mgr.service sysbox-fs.service sysbox.service ci-workload.service",
      ]);
      assert.equal(existsSync(join(host.root, "run/ci-host/health-failures")), false);
    });

    it("starts nothing again that a drain has begun to stop meanwhile", () => {
      host.faults = [{ command: "systemctl *is-active ci-workload.service", status: 3 }];
      const drains = 'echo 60 >"$CI_HOST_ROOT/run/ci-host/drain-seconds"';
      rmSync(join(host.root, "bin/systemctl"));
      host.write("/bin/systemctl", `#!/usr/bin/env bash\n${drains}\nsource ${stubs}/systemctl\n`, 0o755);
      check(1);
      assert.match(host.read("/run/ci-host/health-failures"), /ci-workload\.service does not run/);
      assert.deepEqual(host.calls(/^systemctl start/), []);
    });

    it("looks at its own disk beside those of the data", () => {
      check(1);
      assert.match(host.calls(/^df /).join(), new RegExp(`-- ${host.root}/ ${host.root}/var/lib/`));
    });

    it("is not blamed for failures that passed", () => {
      host.faults = [{ command: "docker version", times: 2 }];
      check(3);
      host.faults = [{ command: "docker version", times: 2 }];
      check(3);
      assert.deepEqual(host.told, []);
    });

    it("is reported at the next check if Auto Scaling did not hear of it", () => {
      host.faults = [
        { command: "docker version" },
        { command: "curl *Action=SetInstanceHealth*", times: 1, status: 6 },
      ];
      assert.deepEqual(check(4), [0, 0, 75, 0]);
      assert.deepEqual(host.told, ["Unhealthy", "Unhealthy"]);
    });

    it("is left alone before it is in service, and while it drains", () => {
      host.faults = [{ command: "docker version" }];
      host.write("/run/ci-host/drain-seconds", "60\n");
      check(4);
      const other = new HostSandbox();
      try {
        other.faults = [{ command: "docker version" }];
        assert.equal(other.run("health.sh").status, 0);
        assert.deepEqual(other.calls(/./), []);
      } finally {
        other.remove();
      }
      assert.deepEqual(host.told, []);
    });
  });

  describe("keeps room on its disks, and", () => {
    const fill = (...percents: number[]) =>
      percents.map((percent) => ({ command: "df *", times: 1, status: 0, output: `U I\n ${percent}% 1%\n` }));
    const id = (digit: number) => String(digit).padStart(64, "0");
    const directory = (path: string) => mkdirSync(join(host.root, "var/lib/sysbox", path), { recursive: true });
    const remains = (path: string) => existsSync(join(host.root, "var/lib/sysbox", path));

    it("removes nothing while there is room", () => {
      directory(`docker/${id(9)}`);
      assert.equal(host.run("garbage.sh").status, 0);
      assert.deepEqual(host.calls(/prune|volume/), []);
      assert.ok(remains(`docker/${id(9)}`));
    });

    it("removes what is a day old, of the host and inside of each CI container", () => {
      host.faults = fill(75, 74);
      assert.equal(host.run("garbage.sh").status, 0);
      assert.deepEqual(host.calls(/prune|volume rm/), [
        "docker container prune --force --filter until=24h --filter label!=ci-hosts.keep",
        "docker image prune --all --force --filter until=24h",
        "docker builder prune --force --filter until=24h",
        `docker volume rm --force ${id(2)}`,
        "docker exec 4d2a docker system prune --all --force --filter until=24h",
      ]);
    });

    it("goes on to what is an hour old when that was not enough", () => {
      host.faults = fill(90, 80, 70);
      host.run("garbage.sh");
      assert.equal(host.calls(/until=24h/).length, 4);
      assert.equal(host.calls(/until=1h/).length, 4);
    });

    it("counts inodes, too", () => {
      host.faults = [{ command: "df *", times: 1, status: 0, output: "U I\n 5% 80%\n" }];
      host.run("garbage.sh");
      assert.notDeepEqual(host.calls(/prune/), []);
    });

    it("removes sysbox's directories of containers that are gone, and no other", () => {
      for (const path of [
        `docker/${id(1)}`,
        `docker/${id(9)}/overlay2`,
        `containerd/${id(9)}`,
        "docker/named",
        "shiftfs",
      ]) {
        directory(path);
      }
      host.faults = fill(80, 70);
      assert.equal(host.run("garbage.sh").status, 0);
      assert.deepEqual(
        [`docker/${id(1)}`, `docker/${id(9)}`, `containerd/${id(9)}`, "docker/named", "shiftfs"].map(remains),
        [true, false, false, true, true],
      );
    });

    it("takes no container for gone when Docker does not answer", () => {
      directory(`docker/${id(9)}`);
      host.faults = [...fill(80), { command: "docker ps *" }];
      assert.notEqual(host.run("garbage.sh").status, 0);
      assert.ok(remains(`docker/${id(9)}`));
    });

    for (const command of ["docker container prune *", "docker image prune *", "docker volume rm *"]) {
      it(`goes on with the others when somebody else is at it: ${command}`, () => {
        host.faults = [...fill(80, 80, 70), { command }];
        assert.equal(host.run("garbage.sh").status, 0);
        assert.equal(host.calls(/^docker exec .* prune/).length, 2);
      });
    }

    it("goes on when a container goes meanwhile", () => {
      host.faults = [...fill(80, 80, 70), { command: "docker inspect *", times: 1 }];
      assert.equal(host.run("garbage.sh").status, 0);
      assert.equal(host.calls(/^docker exec .* prune/).length, 1);
    });

    it("goes on when there is no Docker inside of a container", () => {
      host.faults = [...fill(80, 70), { command: "docker exec *", status: 126 }];
      assert.equal(host.run("garbage.sh").status, 0);
    });
  });

  describe("that is to go", () => {
    const terminated: Fault = { command: "curl *target-lifecycle-state", status: 0, output: "Terminated" };
    const notice = (secondsLeft: number): Fault => {
      const time = new Date(Date.now() + secondsLeft * 1000).toISOString().replace(/\.\d+/, "");
      return { command: "curl *spot/instance-action", status: 0, output: `{"action":"terminate","time":"${time}"}` };
    };
    const drains = () => host.calls(/MetricName=Drains/).length;
    const stops = () => host.calls(/^systemctl stop ci-workload.service/).length;

    it("lets its jobs finish in the time that the hook has, then says so", () => {
      host.faults = [terminated];
      assert.equal(host.run("drain.sh").status, 0);
      assert.equal(host.read("/run/ci-host/drain-seconds"), "285\n");
      assert.equal(stops(), 1);
      assert.deepEqual(host.told, ["CONTINUE (end)"]);
      assert.match(host.calls(/^systemctl stop|Action=CompleteLifecycleAction/).join("\n"), /^systemctl stop.*\ncurl/);
      assert.match(host.calls(/MetricName=Drains/).join(), /Reason.*termination/);
    });

    it("lets its jobs finish in the time that EC2 leaves before it takes a spot host", () => {
      host.faults = [notice(120), { command: "sleep *", status: 9 }];
      host.run("drain.sh");
      const seconds = Number(host.read("/run/ci-host/drain-seconds"));
      assert.ok(seconds > 90 && seconds <= 105, String(seconds));
      assert.equal(stops(), 1);
      assert.deepEqual(host.told, []);
    });

    it("stops at once when the time is over already", () => {
      host.faults = [notice(5), { command: "sleep *", status: 9 }];
      host.run("drain.sh");
      assert.equal(host.read("/run/ci-host/drain-seconds"), "0\n");
    });

    it("drains once, whoever asks how often", () => {
      const inService = { ...terminated, times: 3, output: "InService" };
      host.faults = [{ ...notice(120), times: 3 }, inService, terminated];
      assert.equal(host.run("drain.sh").status, 0);
      assert.equal(drains(), 1);
      assert.deepEqual(host.told, ["CONTINUE (end)"]);
    });

    it("stops what may still run before it says so when it was itself cut off while that stopped", () => {
      host.write("/run/ci-host/drain-seconds", "285\n");
      host.faults = [terminated];
      assert.equal(host.run("drain.sh").status, 0);
      assert.equal(drains(), 0);
      assert.match(host.calls(/^systemctl stop|Action=CompleteLifecycleAction/).join("\n"), /^systemctl stop.*\ncurl/);
      assert.deepEqual(host.told, ["CONTINUE (end)"]);
    });

    it("says so only when the workload has stopped, whoever starts it meanwhile", () => {
      const canceled = { command: "systemctl stop ci-workload.service", output: "Job canceled.\n" };
      host.faults = [terminated, { ...canceled, times: 2 }];
      assert.equal(host.run("drain.sh").status, 0);
      assert.equal(stops(), 3);
      assert.deepEqual(host.told, ["CONTINUE (end)"]);
    });

    it("says so when there is no workload to stop", () => {
      host.remove();
      const { compose: _, ...options } = sandboxOptions;
      host = new HostSandbox(options);
      mkdirSync(join(host.root, "run/ci-host"), { recursive: true });
      host.write("/var/lib/ci-host/i-0123456789abcdef0/lifecycle", "CONTINUE\n");
      host.faults = [terminated, { command: "systemctl stop *", status: 5 }];
      assert.equal(host.run("drain.sh").status, 0);
      assert.deepEqual(host.told, ["CONTINUE (end)"]);
    });

    it("says so with a full disk", () => {
      symlinkSync("/dev/full", join(host.root, "var/lib/ci-host/i-0123456789abcdef0/lifecycle.new"));
      host.faults = [terminated];
      assert.equal(host.run("drain.sh").status, 0);
      assert.deepEqual(host.told, ["CONTINUE (end)"]);
    });

    it("says so until Auto Scaling has heard it", () => {
      host.faults = [
        terminated,
        { command: "curl *Action=CompleteLifecycleAction*", times: 2, status: 0, output: "<Error/>\n503" },
      ];
      assert.equal(host.run("drain.sh").status, 0);
      assert.deepEqual(host.told, ["CONTINUE (end)", "CONTINUE (end)", "CONTINUE (end)"]);
      assert.equal(drains(), 1);
    });

    it("says so although it was reported unhealthy before", () => {
      host.write("/var/lib/ci-host/i-0123456789abcdef0/lifecycle", "ABANDON\n");
      host.faults = [terminated];
      assert.equal(host.run("drain.sh").status, 0);
      assert.deepEqual(host.told, ["CONTINUE (end)"]);
    });

    it("looks on when the metadata service does not answer", () => {
      host.faults = [{ command: "curl *api/token", times: 4, status: 28 }, terminated];
      assert.equal(host.run("drain.sh").status, 0);
      assert.equal(stops(), 1);
    });

    it("stops the workload in the seconds that the drain has noted", () => {
      host.run("stop-workload.sh");
      host.write("/run/ci-host/drain-seconds", "42\n");
      host.run("stop-workload.sh");
      assert.deepEqual(
        host.calls(/compose/).map((call) => call.replace(/^.* stop/, "stop")),
        ["stop", "stop --timeout 42"],
      );
    });
  });

  it("does not come into service again once it was drained", () => {
    host.write("/var/lib/ci-host/i-0123456789abcdef0/lifecycle", "DRAINED\n");
    assert.equal(host.boot().status, 1);
    assert.deepEqual(host.told, []);
    assert.equal(host.report.stage, "in-service");
  });

  it("goes on with its work when its telemetry does not get through", () => {
    host.remove();
    host = new HostSandbox();
    host.faults = [{ command: "curl *logs.*", status: 0, output: '{"__type":"AccessDeniedException"}\n400' }];
    assert.equal(host.boot().status, 0);
    assert.deepEqual(host.told, ["CONTINUE"]);
    assert.equal(host.calls(/Action=PutMetricData/).length, 1);
  });
});
