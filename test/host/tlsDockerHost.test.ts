import * as assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { render } from "../../components/host/cloudConfig";
import type { BootReport } from "../hostSandbox";
import { deviatingServers, type Identity, type Issued, issued, type ServerBundle } from "../issued";
import { TlsProvider } from "../tlsProvider";
import { unless } from "../unless";
import { versionOf } from "./cloud/awsServices";
import { type Command, output } from "./machine/command";
import { guestAddress } from "./machine/network";
import { obstacle } from "./machine/obstacle";
import { type Host, Rig, showConsoleOfFailure } from "./rig";
import { bundleArns, legacyHosts } from "./stackHosts";

const minute = 60_000;
const day = 24 * 60 * minute;
const bootTime = 25 * minute;
const hostname = "docker.ci.internal";

/** In the order in which the probe makes them. */
const checks = [
  ...["client-certificate", "docker-version", "plain-tcp", "no-client-certificate", "tls-1.2", "tls-1.1"],
  ...["trusted-client", "expired-client-certificate", "server-certificate-as-client", "other-authority"],
  ...["client-certificate-again", "no-other-port", "no-internet"],
];

describe("the legacy stack's Docker host, in a virtual machine", function () {
  this.timeout(40 * minute);

  let rig: Rig;
  let host: Host;
  let first: Issued;
  /** Clients' directories, in Docker's layout. */
  let directory: string;

  before(async function () {
    const reason = obstacle();
    unless(this, reason === undefined, reason ?? "");
    rig = await Rig.build();
    // Long ago, so that they are due for renewal.
    const provider = new TlsProvider({ now: new Date(Date.now() - 61 * day) });
    first = await issued({ hostname, clients: ["runner"] }, { provider });
    directory = mkdtempSync(join(tmpdir(), "ci-host-clients-"));
    for (const [name, text] of Object.entries(first.clients.runner ?? {})) {
      writeFileSync(join(directory, `${name}.pem`), text);
    }
    const { dockerHost } = await legacyHosts(rig.served);
    host = await rig.launch(render(dockerHost), { secrets: secrets(first.server) });
  });
  showConsoleOfFailure(() => host);
  after(async () => {
    await host?.close();
    rig?.close();
    rmSync(directory ?? "", { recursive: true, force: true });
  });

  /** Asks the daemon for its version from the network that the machine is in: what came of it. */
  async function asked(...credentials: string[]): Promise<string> {
    const url = ["--resolve", `${hostname}:2376:${guestAddress}`, `https://${hostname}:2376/version`];
    const curl = ["curl", "--silent", "--show-error", "--http1.1", "--max-time", "60", ...credentials, ...url];
    return output(host.network.inside(curl as unknown as Command)).catch((error: Error) => error.message);
  }
  const asRunner = () => {
    const file = (name: string) => join(directory, `${name}.pem`);
    return asked("--cacert", file("ca"), "--cert", file("cert"), "--key", file("key"));
  };
  /** The certificate that the daemon presents. */
  async function presented(): Promise<X509Certificate> {
    const connect = `openssl s_client -connect ${guestAddress}:2376 -servername ${hostname} </dev/null 2>/dev/null`;
    return new X509Certificate(await output(host.network.inside(["sh", "-c", `${connect} | openssl x509`])));
  }
  const fingerprint = (cert: string) => new X509Certificate(cert).fingerprint256;
  const container = () =>
    host.output("docker", "inspect", "--format", "{{.State.StartedAt}} {{.State.Running}}", "job");
  const events = () => host.events as unknown as { event?: string; result: string; version: string; reason: string }[];
  const rotation = () => host.machine.run(["systemctl", "start", "ci-host-certificates.service"]);

  it("comes into service once all of the probe has passed", async () => {
    const [, result] = await host.machine.waitForConsole(/ci-host boot of \S+: (\w+)/, bootTime);
    const report: BootReport = JSON.parse(await host.file("/var/lib/ci-host/boot.json"));
    assert.deepEqual([result, report.failure, report.result], ["succeeded", null, "succeeded"]);
    assert.deepEqual(report.probe, checks);
    console.log(`      ${report.stages.map(({ name, seconds }) => `${name} ${seconds} s`).join(", ")}`);
    // No hook waits for it, so Auto Scaling hears nothing.
    assert.deepEqual(host.told, []);
  });

  it("lets in who has a client's certificate, and nobody without", async () => {
    assert.match(await asRunner(), /"ApiVersion"/);
    assert.match(await asked("--cacert", join(directory, "ca.pem")), /alert|bad certificate|certificate required/);
  });

  it("has the daemon.json that was rendered, as the running daemon sees it", async () => {
    const info = JSON.parse(await host.output("docker", "info", "--format", "{{json .}}"));
    assert.equal(info.LiveRestoreEnabled, true);
    assert.equal(info.LoggingDriver, "local");
    assert.deepEqual(info.DefaultAddressPools, [{ Base: "198.19.0.0/16", Size: 24 }]);
    assert.equal(Object.keys(info.Runtimes).includes("sysbox-runc"), false);
    const icc = '{{index .Options "com.docker.network.bridge.enable_icc"}}';
    assert.equal(await host.output("docker", "network", "inspect", "--format", icc, "bridge"), "false\n");
  });

  // CIS Docker Benchmark 1.6.0, section 3: who may read and write what belongs to Docker. What this host has not
  // (registry certificates, a TLS CA beside its own, /etc/default/docker on Amazon Linux) is not asked about.
  for (const [path, wanted] of Object.entries({
    "/lib/systemd/system/docker.service": "644 root:root",
    "/lib/systemd/system/docker.socket": "644 root:root",
    "/etc/systemd/system/docker.service.d/10-ci-host.conf": "644 root:root",
    "/etc/docker": "755 root:root",
    "/etc/docker/daemon.json": "644 root:root",
    "/etc/docker/tls/current/ca.pem": "444 root:root",
    "/etc/docker/tls/current/cert.pem": "444 root:root",
    "/etc/docker/tls/current/key.pem": "400 root:root",
    "/etc/docker/tls/current/client-key.pem": "400 root:root",
    "/var/run/docker.sock": "660 root:docker",
    "/run/containerd/containerd.sock": "660 root:root",
    "/etc/default/docker": "644 root:root",
  })) {
    it(`keeps ${path} at ${wanted}`, async () => {
      assert.equal(await host.output("stat", "--dereference", "--format", "%a %U:%G", path), `${wanted}\n`);
    });
  }

  it("audits what touches Docker", async () => {
    const rules = await host.output("auditctl", "-l");
    for (const path of ["/usr/bin/dockerd", "/var/lib/docker", "/etc/docker", "/run/docker.sock"]) {
      assert.match(rules, new RegExp(`^-w ${path}/? -p rwxa -k docker$`, "m"));
    }
  });

  it("keeps Docker's data on the data volume", async () => {
    for (const path of ["/var/lib/docker", "/var/lib/containerd"]) {
      const source = await host.output("findmnt", "--noheadings", "--output", "SOURCE", path);
      assert.equal(source, `/dev/nvme1n1[${path}]\n`);
    }
  });

  it("has no private key on its console, in its journal, its user data or a process's arguments", async () => {
    const settings = await host.file("/etc/ci-host/settings");
    const report = await host.file("/var/lib/ci-host/boot.json");
    for (const text of [...(await host.traces()), settings, report]) {
      assert.doesNotMatch(text, /PRIVATE KEY/);
      for (const key of [first.server.key, first.server.clientKey]) {
        assert.ok(!text.includes(key.split("\n")[1] ?? ""), "a line of a private key");
      }
    }
  });

  it("takes over new certificates while a container runs on", async () => {
    await host.output(
      ...["sh", "-c", "tar -c -h -f - /bin/sh $(ldd /bin/sh | grep -o '/[^ ]*') | docker import - shell >/dev/null"],
    );
    await host.output("docker", "run", "--detach", "--interactive", "--name", "job", "shell", "/bin/sh");
    // As the option no-new-privileges would have it, without being asked by who starts the container.
    const status = "/proc/$(docker inspect --format '{{.State.Pid}}' job)/status";
    assert.equal(await host.output("sh", "-c", `grep NoNewPrivs ${status}`), "NoNewPrivs:\t1\n");
    const before = await container();
    first.provider.now = new Date();
    const second = await issued({ hostname, clients: ["runner"] }, { provider: first.provider });
    assert.notEqual(fingerprint(second.server.cert), fingerprint(first.server.cert));
    await host.cloud.set({ secrets: secrets(second.server) });
    assert.equal((await rotation()).status, 0);
    assert.equal((await presented()).fingerprint256, fingerprint(second.server.cert));
    // The client of before is let in: the CA is the same.
    assert.match(await asRunner(), /"ApiVersion"/);
    assert.equal(await container(), before);
    const version = versionOf(JSON.stringify(second.server));
    assert.deepEqual(events().slice(-1), [
      { event: "certificate-rotation", result: "succeeded", version, reason: null },
    ]);
    assert.equal(await host.output("readlink", "/etc/docker/tls/current"), `${version}\n`);
    first = second;
  });

  it("goes back to the previous ones where the daemon does not serve with the new ones, and tries those once", async () => {
    const before = await container();
    await host.cloud.set({ secrets: secrets({ ...first.server, ...(await unknownToDocker(first)) }) });
    assert.notEqual((await rotation()).status, 0);
    assert.equal((await rotation()).status, 0);
    const failures = events().filter(({ event, result }) => event === "certificate-rotation" && result === "failed");
    assert.deepEqual(
      failures.map(({ reason }) => reason),
      ["the daemon did not serve with them, and has the previous ones back"],
    );
    assert.equal((await presented()).fingerprint256, fingerprint(first.server.cert));
    assert.match(await asRunner(), /"ApiVersion"/);
    assert.equal(await container(), before);
  });

  it("refuses certificates that have ended, or are for another name", async () => {
    const { expired, wrongName } = await deviatingServers(first);
    for (const [{ cert, key }, reason] of [
      [expired, /certificate has expired/],
      [wrongName, /is not for docker\.ci\.internal/],
    ] as const) {
      await host.cloud.set({ secrets: secrets({ ...first.server, cert, key }) });
      assert.notEqual((await rotation()).status, 0);
      assert.match(events().at(-1)?.reason ?? "", reason);
      assert.equal((await presented()).fingerprint256, fingerprint(first.server.cert));
    }
  });

  it("waits with certificates that are not valid yet", async () => {
    const before = events().length;
    const { notYetValid } = await deviatingServers(first);
    await host.cloud.set({ secrets: secrets({ ...first.server, ...notYetValid }) });
    assert.notEqual((await rotation()).status, 0);
    assert.notEqual((await rotation()).status, 0);
    assert.equal(events().length, before);
    assert.equal((await presented()).fingerprint256, fingerprint(first.server.cert));
  });

  it("tells CloudWatch how many days its certificates have left", async () => {
    const days = host.cloud.requests.filter(
      ({ parameters = {} }) => parameters["MetricData.member.1.MetricName"] === "CertificateDaysToExpiry",
    );
    assert.equal(days.at(-1)?.parameters?.["MetricData.member.1.Value"], "89");
  });
});

function secrets(server: ServerBundle): Record<string, string> {
  return { [bundleArns.server]: JSON.stringify(server) };
}

/** A certificate and its key on a curve that OpenSSL knows and Go does not: sound for all that is seen without Docker. */
async function unknownToDocker({ authorities, server }: Issued): Promise<Identity> {
  const [authority] = authorities;
  const directory = mkdtempSync(join(tmpdir(), "ci-host-curve-"));
  try {
    const file = (name: string, text?: string) => {
      const path = join(directory, name);
      if (text !== undefined) {
        writeFileSync(path, text);
      }
      return path;
    };
    const names = `subjectAltName=DNS:${hostname},DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n`;
    assert.match(new X509Certificate(server.cert).subjectAltName ?? "", /docker\.ci\.internal/);
    await output(["openssl", "ecparam", "-name", "secp256k1", "-genkey", "-noout", "-out", file("key.pem")]);
    await output([
      "openssl",
      "req",
      "-new",
      "-key",
      file("key.pem"),
      "-subj",
      "/CN=docker-server",
      "-out",
      file("request.pem"),
    ]);
    await output([
      ...(["openssl", "x509", "-req", "-in", file("request.pem"), "-days", "90", "-out", file("cert.pem")] as const),
      ...["-CA", file("ca.pem", authority?.cert), "-CAkey", file("ca-key.pem", authority?.key), "-CAcreateserial"],
      ...["-extfile", file("extensions", names)],
    ]);
    return { cert: readFileSync(file("cert.pem"), "utf8"), key: readFileSync(file("key.pem"), "utf8") };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
