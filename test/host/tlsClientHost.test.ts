import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { render } from "../../components/host/cloudConfig";
import type { BootReport } from "../hostSandbox";
import { type ClientBundle, type Issued, issued } from "../issued";
import { TlsProvider } from "../tlsProvider";
import { unless } from "../unless";
import { Daemon } from "./daemon/daemon";
import { daemonObstacle } from "./daemon/obstacle";
import { bundle, daemonFiles } from "./daemon/scene";
import { Place } from "./daemon/vpc";
import { output } from "./machine/command";
import { gatewayAddress, Network } from "./machine/network";
import { obstacle } from "./machine/obstacle";
import { type Host, Rig, showConsoleOfFailure } from "./rig";
import { bundleArns, legacyHosts } from "./stackHosts";

const minute = 60_000;
const day = 24 * 60 * minute;
const bootTime = 25 * minute;
const certificates = { hostname: "docker.ci.internal", clients: ["runner"] };

/** In the order in which the probe makes them. */
const checks = [
  ...["remote-docker-of-runner", "remote-build-and-run-of-runner", "no-certificate", "imds-from-container"],
  ...["host-socket", "containers-apart"],
];

describe("a host of the legacy stack's fleet, in a virtual machine beside a real Docker host", function () {
  this.timeout(40 * minute);

  let rig: Rig;
  let network: Network;
  let host: Host;
  let daemon: Daemon;
  let good: Issued;
  let directory: string;

  before(async function () {
    const reason = obstacle() ?? daemonObstacle();
    unless(this, reason === undefined, reason ?? "");
    rig = await Rig.build();
    // Long ago, so that they are due for renewal.
    good = await issued(certificates, { provider: new TlsProvider({ now: new Date(Date.now() - 61 * day) }) });
    const { fleetHost } = await legacyHosts(rig.served);
    directory = mkdtempSync(join(tmpdir(), "ci-host-daemon-"));
    network = await Network.open();
    // Every name is the gateway's, the Docker host's among them, and there a daemon listens.
    const place = new Place(network.namespace, directory, [gatewayAddress]);
    // Root here may lack the right to raise limits, and clients of a host have no say in that.
    daemon = await Daemon.start(place, daemonFiles(good.server, "10.96.0.0/18", ["default-ulimits"]));
    host = await rig.launch(render(fleetHost), { network, secrets: secrets(bundle(good, "runner")) });
  });
  showConsoleOfFailure(() => host);
  after(async () => {
    await daemon?.stop();
    await (host ?? network)?.close();
    rig?.close();
    rmSync(directory ?? "", { recursive: true, force: true });
  });

  const runner = async () => (await host.output("docker", "ps", "--quiet", "--filter", "name=ci_runner")).trim();
  const onDaemon = (...args: string[]) => output(host.network.inside(daemon.client(...args)));

  it("comes into service once each service's certificate has built and run an image on the Docker host", async () => {
    const [, result] = await host.machine.waitForConsole(/ci-host boot of \S+: (\w+)/, bootTime);
    const report: BootReport = JSON.parse(await host.file("/var/lib/ci-host/boot.json"));
    assert.deepEqual([result, report.failure, report.result], ["succeeded", null, "succeeded"]);
    assert.deepEqual(report.probe, checks);
    assert.deepEqual(host.told, ["ci-host-launching: CONTINUE"]);
    console.log(`      ${report.stages.map(({ name, seconds }) => `${name} ${seconds} s`).join(", ")}`);
  });

  it("has no sysbox", async () => {
    assert.doesNotMatch(await host.output("docker", "info", "--format", "{{json .Runtimes}}"), /sysbox/);
    assert.equal((await host.machine.run(["dpkg-query", "--show", "sysbox-ce"])).status, 1);
  });

  it("lets a job build and run images on the Docker host, with what its container was given and nothing more", async () => {
    const job = `docker exec --interactive ${await runner()} sh -s job </usr/local/lib/ci-host/probe-job.sh`;
    assert.match(await host.output("sh", "-c", job), /(?:^|\n)built\n$/);
    assert.match(await onDaemon("ps", "--format", "{{.Names}} {{.Image}}"), /^ci-host-probe-job ci-host-probe:job$/m);
    assert.doesNotMatch(await host.output("docker", "ps", "--all", "--format", "{{.Names}}"), /ci-host-probe-job/);
  });

  it("gives the service its bundle, read-only, and neither the host's socket nor its root", async () => {
    const [found] = JSON.parse(await host.output("docker", "inspect", await runner()));
    assert.deepEqual(
      found.Mounts.map(({ Source, Destination, RW }: Record<string, unknown>) => [Source, Destination, RW]),
      [["/run/ci-host/docker-clients/runner", "/run/docker-client", false]],
    );
    assert.equal(found.HostConfig.Privileged, false);
    const set = found.Config.Env.filter((entry: string) => entry.startsWith("DOCKER_")).sort();
    assert.deepEqual(set, [
      "DOCKER_CERT_PATH=/run/docker-client",
      "DOCKER_HOST=tcp://docker.ci.internal:2376",
      "DOCKER_TLS_VERIFY=1",
    ]);
  });

  it("keeps bundles in memory, and private keys out of console, journal, user data and processes' arguments", async () => {
    const files = ["--target", "/run/ci-host/docker-clients/runner/key.pem"];
    assert.equal(await host.output("findmnt", "--noheadings", "--output", "FSTYPE", ...files), "tmpfs\n");
    for (const text of await host.traces()) {
      assert.ok(!text.includes(bundle(good, "runner").key.split("\n")[1] ?? ""), "a line of a private key");
    }
  });

  it("takes over a renewed certificate while the container runs on", async () => {
    const before = await host.output("docker", "inspect", "--format", "{{.State.StartedAt}}", await runner());
    good.provider.now = new Date();
    const renewed = bundle(await issued(certificates, { provider: good.provider }), "runner");
    assert.notEqual(renewed.cert, bundle(good, "runner").cert);
    await host.cloud.set({ secrets: secrets(renewed) });
    await host.output("systemctl", "start", "ci-host-docker-clients.service");
    const seen = await host.output("docker", "exec", await runner(), "sha256sum", "/run/docker-client/cert.pem");
    assert.equal(seen.split(" ")[0], createHash("sha256").update(renewed.cert).digest("hex"));
    assert.match(await host.output("docker", "exec", await runner(), "docker", "version"), /Server:/);
    assert.equal(await host.output("docker", "inspect", "--format", "{{.State.StartedAt}}", await runner()), before);
  });

  it("has units that systemd accepts", async () => {
    const units = ["ci-host-boot", "ci-workload", "ci-host-docker-clients", "ci-host-drain"];
    assert.deepEqual(await host.complaintsAbout(...units), []);
  });
});

function secrets(client: ClientBundle): Record<string, string> {
  return { [bundleArns.runner]: JSON.stringify(client) };
}
