import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type CloudConfig, render } from "../../components/host/cloudConfig";
import type { BootReport } from "../hostSandbox";
import { unless } from "../unless";
import { obstacle } from "./machine/obstacle";
import { givenSysbox, type Host, Rig, showConsoleOfFailure } from "./rig";
import { logGroup, stagingHost, withFile } from "./stackHosts";

const minute = 60_000;

/** How long an emulated machine may take for what a real one does in two or three minutes. */
const bootTime = 25 * minute;

/** In the order in which the probe makes them. */
const checks = [
  ...["inner-docker", "inner-build-and-run", "uid-0", "imds-from-container", "imds-from-inner-container"],
  ...["host-socket", "privileged", "net-host", "pid-host", "userns-host"],
];

let rig: Rig;
let config: CloudConfig;
let releaseId: string;

/** A host with something wrong, planted into its user data. */
interface Planted {
  readonly userData: () => string;
  readonly stage: string;
  readonly reason: RegExp;
}

const planted: Readonly<Record<string, Planted>> = {
  "sysbox is not the one that was chosen": {
    userData: () => render(config).replace(rig.served.sysbox.sha256, "0".repeat(64)),
    stage: "sysbox",
    reason: /has the SHA-256 [0-9a-f]{64}, expected is 0{64}/,
  },
  "Docker cannot start": {
    userData: () => withUnit("docker.service.d/99-planted.conf", "[Service]\nExecStart=\nExecStart=/bin/false\n"),
    stage: "docker",
    reason: /docker/,
  },
};

function withUnit(name: string, content: string): string {
  return withFile(config, `/etc/systemd/system/${name}`, content);
}

/** What was heard of a host until it went down. */
interface End {
  readonly told: string[];
  readonly counts: string[];
  readonly events: BootReport[];
  readonly console: string;
}

async function untilDown({ userData }: Planted): Promise<End> {
  const host = await rig.launch(userData());
  try {
    await Promise.race([host.machine.exited, sleep(bootTime, undefined, { ref: false })]);
    assert.ok(host.machine.isOff, `the host is up after ${bootTime} ms:\n${host.machine.console().slice(-4000)}`);
    const { told, counts, events } = host;
    return { told, counts, events: events as unknown as BootReport[], console: host.machine.console() };
  } finally {
    await host.close();
  }
}

function bootEnds({ machine }: Host): Promise<RegExpExecArray> {
  return machine.waitForConsole(/ci-host boot of \S+: (\w+)/, bootTime);
}

async function reportOf(host: Host): Promise<BootReport> {
  return JSON.parse(await host.file("/var/lib/ci-host/boot.json"));
}

/** Comes back once it holds; fails when it does not in time. */
async function until(holds: () => Promise<boolean>, milliseconds: number): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `not within ${milliseconds} ms`);
    await sleep(2000);
  }
}

describe("the staging stack's host, in a virtual machine", function () {
  this.timeout(40 * minute);
  before(async function () {
    const reason = obstacle();
    unless(this, reason === undefined, reason ?? "");
    rig = await Rig.build();
    ({ host: config, releaseId } = await stagingHost(rig.served));
  });
  after(() => rig?.close());

  describe("that boots, though its power is cut in the midst of an installation", () => {
    let host: Host;
    let toldBefore: readonly string[];
    const report = () => reportOf(host);
    const runner = async () => (await host.output("docker", "ps", "--quiet", "--filter", "name=ci_runner")).trim();

    before(async () => {
      host = await rig.launch(render(config), { durable: true });
      await host.cloud.waitFor(({ path }) => /\/docker\.io_/.test(path), bootTime, "download of Docker");
      await sleep(10_000);
      await host.machine.powerCut();
      toldBefore = host.told;
      host.machine.powerOn();
    });
    showConsoleOfFailure(() => host);
    after(() => host?.close());

    it("goes on when it is back, and comes into service once all of the probe has passed", async () => {
      const [, result] = await bootEnds(host);
      const found = await report();
      assert.deepEqual([result, found.failure, found.result], ["succeeded", null, "succeeded"]);
      assert.deepEqual(found.probe, checks);
      assert.deepEqual([toldBefore, host.told], [[], ["ci-host-launching: CONTINUE"]]);
      const stages = found.stages.map(({ name, seconds }) => `${name} ${seconds} s`);
      console.log(`      ${stages.join(", ")}; sysbox ${found.versions?.sysbox}`);
    });

    it("is of the release that the stack exports", async () => {
      assert.match(releaseId, /^ami-0123456789abcdef0\.[0-9a-f]{16}$/);
      assert.equal((await report()).release, releaseId);
    });

    it("said so only after the probe", async () => {
      const journal = await host.output("journalctl", "--unit", "ci-host-boot", "--output", "json");
      const lines = journal
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      const last = lines.find(({ MESSAGE }) => MESSAGE === checks.at(-1));
      const told = await host.untilTold("ci-host-launching: CONTINUE", 0);
      assert.ok(Number(last.__REALTIME_TIMESTAMP) / 1000 < told.at, "CONTINUE came before the probe's last check");
    });

    it("told the log group what its own report says, and counted one boot", async () => {
      await host.cloud.waitFor(({ action }) => action === "PutMetricData", minute, "PutMetricData");
      assert.deepEqual(host.events, [await report()]);
      assert.deepEqual(host.counts, ["Boots AutoScalingGroupName=fleet-group Result=succeeded"]);
      const [put] = host.cloud.requests.filter(({ action }) => action === "PutLogEvents");
      assert.equal(put?.parameters?.logGroupName, logGroup);
    });

    it("signed every call to AWS, and asked for metadata by IMDSv2 alone", () => {
      const calls = host.cloud.requests.filter(({ kind }) => kind === "aws");
      assert.ok(calls.length >= 4);
      assert.deepEqual(
        calls.filter(({ signature }) => signature !== "valid"),
        [],
      );
      assert.deepEqual(
        host.cloud.requests.filter(({ kind, status }) => kind === "imds" && status === 401),
        [],
      );
    });

    it("has the daemon.json that was rendered, as the running daemon sees it", async () => {
      const info = JSON.parse(await host.output("docker", "info", "--format", "{{json .}}"));
      assert.equal(info.Runtimes["sysbox-runc"]?.path, "/usr/bin/sysbox-runc");
      assert.equal(info.LoggingDriver, "local");
      assert.deepEqual(info.DefaultAddressPools, [{ Base: "198.19.0.0/16", Size: 24 }]);
      const gateway = "{{(index .IPAM.Config 0).Gateway}}";
      assert.equal(await host.output("docker", "network", "inspect", "--format", gateway, "bridge"), "198.18.0.1\n");
    });

    it("keeps what grows on the data volume", async () => {
      for (const directory of ["/var/lib/docker", "/var/lib/containerd", "/var/lib/sysbox", "/srv/ci"]) {
        const source = await host.output("findmnt", "--noheadings", "--output", "SOURCE", directory);
        assert.equal(source, `/dev/nvme1n1[${directory}]\n`);
      }
    });

    it("runs the workload under sysbox, with a root that is not the host's", async () => {
      const format = "{{.HostConfig.Runtime}} {{.State.Pid}}";
      const [runtime, pid] = (await host.output("docker", "inspect", "--format", format, await runner()))
        .trim()
        .split(" ");
      assert.equal(runtime, "sysbox-runc");
      assert.match(await host.file(`/proc/${pid}/uid_map`), /^\s*0\s+[1-9]\d+\s/);
    });

    it("shows containers a kernel of their own, as sysbox does", async function () {
      if (givenSysbox === undefined) {
        console.warn("      skipped: a stand-in took sysbox's place; give its package, CI_HOSTS_SYSBOX_DEB=path");
        this.skip();
      }
      assert.match(
        await host.output("docker", "exec", await runner(), "cat", "/proc/mounts"),
        /^sysboxfs \/proc\/sys /m,
      );
    });

    async function assertRunnerReachesNoMetadata(): Promise<void> {
      const connect = ["docker", "exec", await runner(), "nc", "-w", "10", "169.254.169.254", "80"];
      const { status, stdout, stderr } = await host.machine.run(connect);
      assert.notEqual(status, 0, stdout);
      assert.match(stderr, /refused|timed out|unreachable/);
    }

    it("reaches the metadata service, and its containers do not", async () => {
      const address = "http://169.254.169.254/latest/meta-data/";
      const curl = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--max-time", "20"];
      assert.equal(await host.output(...curl, address), "401");
      await assertRunnerReachesNoMetadata();
    });

    it("keeps them from it while Docker makes a network, and so takes its jump to DOCKER-USER out", async () => {
      await host.output("iptables", "--wait", "--delete", "FORWARD", "--jump", "DOCKER-USER");
      await assertRunnerReachesNoMetadata();
      await host.output("/usr/local/lib/ci-host/imds-firewall.sh");
    });

    it("has units that systemd accepts", async () => {
      const units = "ci-host-boot ci-imds-firewall ci-workload ci-host-health ci-host-garbage ci-host-drain".split(" ");
      assert.deepEqual(await host.complaintsAbout(...units), []);
    });

    it("comes back from a reboot, and tells nobody twice", async () => {
      const boots = host.counts.length;
      await host.machine.run(["systemctl", "reboot"]).catch(() => undefined); // The agent goes down with it.
      await host.cloud.waitFor(() => host.counts.length > boots, bootTime, "second boot");
      assert.equal((await report()).result, "succeeded");
      assert.deepEqual(host.told, ["ci-host-launching: CONTINUE"]);
      assert.notEqual(await runner(), "");
    });

    for (const daemon of ["sysbox-fs.service", "sysbox-mgr.service"]) {
      it(`brings ${daemon} and the workload back when it was killed`, async () => {
        await host.output("systemctl", "kill", "--signal", "KILL", daemon);
        await host.output("systemctl", "start", "ci-host-health.service");
        const units = ["sysbox.service", "sysbox-fs.service", "sysbox-mgr.service", "ci-workload.service"];
        const active = async () => (await host.machine.run(["systemctl", "is-active", ...units])).stdout;
        await until(async () => /^(?:active\n){4}$/.test(await active()) && (await runner()) !== "", 3 * minute);
      });
    }

    it("removes what sysbox left behind when its disk fills up, and leaves the running workload alone", async () => {
      const [id, orphan, used] = [await runner(), "9".repeat(64), "/etc/ci-host/settings"];
      await host.output("mkdir", `/var/lib/sysbox/docker/${orphan}`);
      await host.output("sed", "--in-place", "s/^GARBAGE_COLLECTION_PERCENT=.*/GARBAGE_COLLECTION_PERCENT=0/", used);
      await host.output("systemctl", "start", "ci-host-garbage.service");
      assert.doesNotMatch(await host.output("ls", "/var/lib/sysbox/docker"), /^9{64}$/m);
      assert.equal(await runner(), id);
      await host.output("systemctl", "start", "ci-host-health.service");
      assert.equal((await host.machine.run(["test", "-e", "/run/ci-host/health-failures"])).status, 1);
    });

    it("does not pass the probe while containers reach the metadata service", async () => {
      await host.output("iptables", "--wait", "--flush", "DOCKER-USER");
      await host.output("iptables", "--wait", "--table", "security", "--flush", "FORWARD");
      const { status, stderr } = await host.machine.run(["/usr/local/lib/ci-host/stages/probe.sh"]);
      assert.notEqual(status, 0);
      assert.match(stderr, /the container reaches the instance metadata service by IMDSv1/);
      await host.output("/usr/local/lib/ci-host/imds-firewall.sh");
    });

    it("reports itself unhealthy when sysbox does not come back", async () => {
      await host.output("systemctl", "mask", "--now", "sysbox-fs.service");
      for (let check = 0; check < 3; check++) {
        await host.output("systemctl", "start", "ci-host-health.service");
      }
      await host.untilTold("SetInstanceHealth: Unhealthy", minute);
      const [, event] = host.events.slice(-2);
      assert.deepEqual(event, { event: "unhealthy", reason: "sysbox-fs.service does not run" });
    });

    it("stops the workload when it is to be terminated, and says when that is done", async () => {
      await host.cloud.set({
        hooks: ["ci-host-terminating"],
        metadata: { autoscaling: { "target-lifecycle-state": "Terminated" } },
      });
      await host.untilTold("ci-host-terminating: CONTINUE", 5 * minute);
      assert.equal(await runner(), "");
      assert.deepEqual(host.told, [
        "ci-host-launching: CONTINUE",
        "SetInstanceHealth: Unhealthy",
        "ci-host-terminating: CONTINUE",
      ]);
    });
  });

  describe("that gives up", () => {
    for (const [name, fault] of Object.entries(planted)) {
      const { stage, reason } = fault;
      it(`says so to everyone, with the reason, and goes down: ${name}`, async () => {
        const { told, counts, events, console } = await untilDown(fault);
        assert.deepEqual(told, ["ci-host-launching: ABANDON"]);
        assert.deepEqual(counts, ["Boots AutoScalingGroupName=fleet-group Result=failed"]);
        const [event, ...more] = events;
        assert.deepEqual([event?.result, event?.stage, more], ["failed", stage, []]);
        assert.match([event?.failure?.command, ...(event?.failure?.lastLines ?? [])].join("\n"), reason);
        assert.match(
          console,
          new RegExp(`^ci-host boot of \\S+: failed in stage ${stage} after \\d+ s: .*exit status`, "m"),
        );
      });
    }
  });
});
