import * as assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type TlsDockerHostOptions, tlsDockerHost } from "../../components/host/tlsDockerHost";
import { type Fault, HostSandbox } from "../hostSandbox";
import { secretAnswer, serverBundles } from "../serverBundles";
import { isInstalled, unless } from "../unless";

const options: TlsDockerHostOptions = {
  operatingSystem: "amazon-linux-2023",
  vpcCidr: "10.64.0.0/16",
  hostname: "docker.ci.internal",
  serverSecretArn: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:docker",
  logGroupName: "logs",
};

const first = "11111111-1111-4111-8111-111111111111";
const second = "22222222-2222-4222-8222-222222222222";

const notYetValid = "error 9 at 0 depth lookup: certificate is not yet valid\n";

const stages = ["network", "storage", "packages", "firewall", "certificates", "docker", "probe-daemon", "in-service"];

const checks = [
  "client-certificate",
  "docker-version",
  "plain-tcp",
  "no-client-certificate",
  "tls-1.2",
  "tls-1.1",
  "trusted-client",
  "expired-client-certificate",
  "server-certificate-as-client",
  "other-authority",
  "client-certificate-again",
  "no-other-port",
  "no-internet",
];

describe("the boot of a host for Docker over TLS", () => {
  let bundles: ReturnType<typeof serverBundles>;
  let host: HostSandbox;

  before(function () {
    unless(
      this,
      process.platform === "linux" && isInstalled("openssl"),
      "the host's scripts are for Linux with openssl",
    );
    bundles = serverBundles();
  });
  beforeEach(() => {
    host = new HostSandbox(tlsDockerHost(options));
    secret(bundles.good, first);
  });
  afterEach(() => host?.remove());

  const secret = (bundle: unknown, version: string) => host.write("/secrets/docker", secretAnswer(bundle, version));
  const goThrough = (...only: string[]) =>
    host.replace("/etc/ci-host/settings", `STAGES=${stages.join(" ")}`, `STAGES=${only.join(" ")}`);
  const current = () => readlinkSync(join(host.root, "etc/docker/tls/current"));
  const versions = () => readdirSync(join(host.root, "etc/docker/tls")).sort();
  const mode = (path: string) => (statSync(join(host.root, path)).mode & 0o777).toString(8);
  const serves = () => existsSync(join(host.root, "daemon/cert.pem"));
  const served = () => host.read("/daemon/cert.pem");
  const rotate = () => host.run("rotate-certificates.sh").status;
  /** Memory is empty after it. */
  const reboot = () => {
    rmSync(join(host.root, "run/ci-host"), { recursive: true });
    assert.equal(host.boot().status, 0, JSON.stringify(host.report.failure));
  };
  const metrics = (name: string) =>
    host
      .calls(new RegExp(`MetricName=${name}\\b`))
      .map((call) => /succeeded|failed/.exec(call)?.[0] ?? /\.Value=(-?\d+)/.exec(call)?.[1]);

  it("goes through all stages, proves itself and needs nobody's hook", () => {
    const { status, stdout, stderr } = host.boot();
    assert.equal(status, 0, stdout + stderr);
    assert.deepEqual([host.report.result, host.report.failure], ["succeeded", null]);
    assert.deepEqual(
      host.report.stages.map(({ name, attempts }) => ({ name, attempts })),
      stages.map((name) => ({ name, attempts: 1 })),
    );
    assert.deepEqual(host.report.probe, checks);
    assert.deepEqual(host.told, []);
    assert.deepEqual(host.calls(/^systemctl start ci-host/), [
      "systemctl start ci-host-health.timer",
      "systemctl start ci-host-garbage.timer",
      "systemctl start ci-host-certificates.timer",
    ]);
  });

  it("installs Amazon Linux's Docker and no more, through dnf", () => {
    host.boot();
    assert.deepEqual(host.installed, ["audit", "ca-certificates", "iproute", "iptables-nft", "openssl", "docker"]);
    assert.deepEqual(host.calls(/^(?:apt|dpkg)-(?!query)/), []);
  });

  it("downloads nothing on an image that has it all", () => {
    host.write("/installed", "audit=1\nca-certificates=1\niproute=1\niptables-nft=1\nopenssl=1\ndocker=1\n");
    host.boot();
    assert.deepEqual(host.calls(/^dnf/), []);
  });

  it("keeps keys for root alone, and everything as the CIS benchmark has it", () => {
    host.boot();
    const files = ["", "/ca.pem", "/cert.pem", "/client-cert.pem", "/client-key.pem", "/key.pem"];
    assert.deepEqual(
      files.map((file) => mode(`etc/docker/tls/${first}${file}`)),
      ["755", "444", "444", "444", "400", "400"],
    );
    assert.deepEqual([mode("etc/docker"), mode("etc/docker/daemon.json")], ["755", "644"]);
  });

  it("shows no key in any process's arguments, and leaves none but where it belongs", () => {
    const { stdout, stderr } = host.boot();
    const line = bundles.good.key.split("\n")[1] ?? "";
    assert.ok(line.length > 40);
    assert.ok(!host.read("/calls").includes(line) && !(stdout + stderr).includes(line));
    assert.ok(!host.read("/run/ci-host/stage.log").includes("PRIVATE"));
    assert.ok(!existsSync(join(host.root, "run/ci-host/trial")));
    assert.deepEqual(versions(), [first, "current"]);
  });

  it("does not let Docker run before its certificates are known to be good", () => {
    host.boot();
    const calls = host.calls(/^(?:systemctl (?:start|stop|restart) docker|curl .*secretsmanager)/).slice(0, 3);
    assert.deepEqual(
      calls.map((call) => call.replace(/^curl.*/, "curl")),
      ["systemctl stop docker.socket docker.service", "curl", "systemctl start docker.service"],
    );
  });

  it("ends on its own certificates, without the authority of the probe", () => {
    host.boot();
    assert.equal(current(), first);
    assert.equal(host.read("/daemon/ca.pem").trim(), bundles.good.ca.trim());
  });

  it("takes nothing over from the host whose image it was made from", () => {
    host.boot();
    host.instance = "i-0fedcba9876543210";
    secret(bundles.next, second);
    assert.equal(host.boot().status, 0);
    assert.deepEqual([current(), served().trim()], [second, bundles.next.cert.trim()]);
    assert.deepEqual(versions(), [second, "current"]);
  });

  it("comes back from a reboot while Secrets Manager is away, and claims nothing that it could not show", () => {
    host.boot();
    host.faults = [{ command: "curl *secretsmanager*", status: 28 }];
    reboot();
    assert.equal(served().trim(), bundles.good.cert.trim());
    assert.deepEqual(host.report.probe, checks.slice(0, -1));
    assert.equal(Math.max(...host.report.stages.map((stage) => stage.attempts)), 1);
  });

  it("comes back from a reboot with a client's container that listens, and does not claim that none does", () => {
    host.boot();
    const output = "LISTEN 0 128 0.0.0.0:2376 0.0.0.0:*\nLISTEN 0 128 0.0.0.0:5432 0.0.0.0:*\n";
    host.faults = [{ command: "ss *", status: 0, output }];
    reboot();
    assert.equal(host.report.result, "succeeded");
    assert.deepEqual(
      host.report.probe,
      checks.filter((check) => check !== "no-other-port"),
    );
  });

  it("makes good what a power cut left in the midst of a probe or of a rotation", () => {
    host.boot();
    mkdirSync(join(host.root, "etc/docker/tls/draft"));
    mkdirSync(join(host.root, "etc/docker/tls", second));
    host.write(`/etc/docker/tls/${second}/cert.pem`, "half of it");
    rmSync(join(host.root, "etc/docker/tls/current"));
    symlinkSync("/run/ci-host/trial/tls", join(host.root, "etc/docker/tls/current"));
    symlinkSync(second, join(host.root, "etc/docker/tls/current.new"));
    secret(bundles.next, second);
    reboot();
    assert.deepEqual([current(), served().trim()], [first, bundles.good.cert.trim()]);
    assert.deepEqual(versions(), [first, "current"]);
  });

  describe("that a passing fault disturbs", () => {
    const faults: Record<string, Fault & { readonly attempts: number }> = {
      "S3 is slow": { command: "dnf *install *docker", times: 2, attempts: 3 },
      "the base packages are not to be had yet": { command: "dnf *install *openssl", times: 1, attempts: 2 },
      "Secrets Manager throttles": {
        command: "curl *secretsmanager*",
        times: 2,
        attempts: 3,
        status: 0,
        output: '{"__type":"ThrottlingException"}\n400',
      },
      "its clock is behind that of who deployed the certificates": {
        command: "openssl verify *draft/cert.pem",
        times: 2,
        attempts: 3,
        status: 2,
        output: notYetValid,
      },
      "Docker is slow to answer": { command: "docker version", times: 2, attempts: 3 },
    };
    for (const [name, { attempts, ...fault }] of Object.entries(faults)) {
      it(`comes into service all the same: ${name}`, () => {
        host.faults = [fault];
        assert.equal(host.boot().status, 0);
        assert.equal(Math.max(...host.report.stages.map((stage) => stage.attempts)), attempts);
      });
    }
  });

  describe("that a lasting fault ends", () => {
    interface Case extends Partial<Fault> {
      readonly stage: string;
      readonly says: RegExp;
      readonly attempts?: number;
      readonly bundle?: keyof ReturnType<typeof serverBundles>;
      /** What stands in the secret instead of a bundle. */
      readonly text?: string;
    }
    const asks = "curl *:2376/version";
    const cases: Record<string, Case> = {
      "no packages": { command: "dnf *", stage: "packages", says: /dnf .*install/, attempts: 6 },
      "no Docker among them": { command: "dnf *install *docker", stage: "docker", says: /dnf .*install/, attempts: 6 },
      "a secret that the role may not read": {
        command: "curl *secretsmanager*",
        status: 0,
        output: '{"__type":"AccessDeniedException"}\n400',
        stage: "certificates",
        says: /AccessDenied/,
      },
      "a Secrets Manager that does not answer": {
        command: "curl *secretsmanager*",
        status: 28,
        stage: "certificates",
        says: /fetch_bundle/,
        attempts: 6,
      },
      "a secret that is no JSON": { text: "s3cr3t", stage: "certificates", says: /is not JSON/ },
      "a secret that is a list": { text: "[]", stage: "certificates", says: /no PEM text as ca/ },
      "a bundle without a key": {
        text: '{"ca":"-----BEGIN ","cert":"-----BEGIN "}',
        stage: "certificates",
        says: /no PEM text as key/,
      },
      "certificates that are none": {
        text: JSON.stringify(
          Object.fromEntries(["ca", "cert", "key", "clientCert", "clientKey"].map((name) => [name, "-----BEGIN X"])),
        ),
        stage: "certificates",
        says: /cert\.pem/,
      },
      "a key of another certificate": {
        bundle: "mismatched",
        stage: "certificates",
        says: /: key\.pem is not the key of cert\.pem$/m,
      },
      "an expired certificate": { bundle: "expired", stage: "certificates", says: /cert\.pem: .*has expired/ },
      "a certificate of another authority": {
        bundle: "foreign",
        stage: "certificates",
        says: /cert\.pem: .*unable to get local issuer certificate/,
      },
      "a certificate for another name": {
        bundle: "misnamed",
        stage: "certificates",
        says: /cert\.pem is not for docker\.ci\.internal/,
      },
      "a client certificate that is a server's": {
        bundle: "clientless",
        stage: "certificates",
        says: /client-cert\.pem: .*unsuitable certificate purpose/,
      },
      "a certificate without a use": {
        bundle: "useless",
        stage: "certificates",
        says: /: cert\.pem is not for a server alone/,
      },
      "a certificate that is a client's, too": {
        bundle: "versatile",
        stage: "certificates",
        says: /: cert\.pem is not for a server alone/,
      },
      "a client certificate that is a server's, too": {
        bundle: "versatileClient",
        stage: "certificates",
        says: /: client-cert\.pem is not for a client alone/,
      },
      "a client's key that is another's": {
        bundle: "swapped",
        stage: "certificates",
        says: /client-key\.pem is not the key of client-cert\.pem/,
      },
      "a Docker that does not start": {
        command: "systemctl start docker.service",
        stage: "docker",
        says: /systemctl start docker/,
      },
      "no wall before the metadata service": {
        command: "systemctl start ci-imds-firewall.service",
        stage: "firewall",
        says: /ci-imds-firewall/,
      },
      "a daemon that no client reaches": {
        command: asks,
        status: 7,
        stage: "probe-daemon",
        says: /does not serve: a client is neither accepted nor refused, curl ended with 7/,
      },
      "a daemon with another certificate": {
        command: "openssl s_client -connect *",
        status: 0,
        output: "another one",
        stage: "probe-daemon",
        says: /presents another certificate/,
      },
      "a Docker client that is not let in": {
        command: "docker --host tcp://127.0.0.1:2376 --tlsverify *",
        stage: "probe-daemon",
        says: /docker --host/,
      },
      "a daemon that serves plain HTTP": {
        command: "curl *http://127.0.0.1:2376/version",
        status: 0,
        output: '{"Version":"29"}\n200',
        stage: "probe-daemon",
        says: /plain-tcp: should be refused, is \{/,
      },
      "plain HTTP that could not be tried": {
        command: "curl *http://127.0.0.1:2376/version",
        status: 28,
        output: "timeout",
        stage: "probe-daemon",
        says: /plain-tcp: should be refused, is timeout/,
      },
      "a daemon that asks for no certificate": {
        command: `curl *--cacert */current/ca.pem https://*:2376/version`,
        status: 0,
        output: "200",
        stage: "probe-daemon",
        says: /no-client-certificate: should be refused, is accepted/,
      },
      "a refusal that is not the daemon's": {
        command: "openssl s_client -ign_eof *",
        output: "connect:errno=111",
        stage: "probe-daemon",
        says: /no-client-certificate: should be refused, is neither/,
      },
      "a daemon that speaks TLS 1.1": {
        command: "openssl s_client -tls1_1 *",
        status: 0,
        output: "-----BEGIN CERTIFICATE-----",
        stage: "probe-daemon",
        says: /tls-1\.1: should be refused, is accepted/,
      },
      "TLS 1.1 that could not be tried": {
        command: "openssl s_client -tls1_1 *",
        output: "no protocols available",
        stage: "probe-daemon",
        says: /tls-1\.1: should be refused, is neither/,
      },
      "a handshake that does not even work in TLS 1.2": {
        command: "openssl s_client -tls1_2 *",
        output: "no ciphers",
        stage: "probe-daemon",
        says: /tls-1\.2: should be accepted/,
      },
      "an authority that cannot be made": { command: "openssl ca *", stage: "probe-daemon", says: /issues no cert/ },
      "a trusted client that is refused": {
        command: "curl *--cert */trial/valid.pem *",
        status: 56,
        times: 1,
        stage: "probe-daemon",
        says: /trusted-client: should be accepted, is refused/,
      },
      "a daemon that takes an expired certificate": {
        command: "curl *--cert */trial/expired.pem *",
        status: 0,
        output: "200",
        stage: "probe-daemon",
        says: /expired-client-certificate: should be refused, is accepted/,
      },
      "a daemon that takes a server's certificate for a client's": {
        command: "curl *--cert */trial/server.pem *",
        status: 0,
        output: "200",
        stage: "probe-daemon",
        says: /server-certificate-as-client: should be refused, is accepted/,
      },
      "a daemon that takes a certificate of any authority": {
        command: "curl *--cert */trial/valid.pem *",
        status: 0,
        output: "200",
        stage: "probe-daemon",
        says: /other-authority: should be refused, is accepted/,
      },
      "a daemon that does not come up with its own certificates again": {
        command: "systemctl restart docker.service",
        stage: "probe-daemon",
        says: /restart/,
      },
      "another port that listens": {
        command: "ss *",
        status: 0,
        output: "LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\nLISTEN 0 128 0.0.0.0:2376 0.0.0.0:*\n",
        stage: "probe-daemon",
        says: /port 2376 alone should be open, open are: 0\.0\.0\.0:22 0\.0\.0\.0:2376/,
      },
      "another port that listens on IPv6": {
        command: "ss *",
        status: 0,
        output: "LISTEN 0 128 0.0.0.0:2376 0.0.0.0:*\nLISTEN 0 128 [::]:111 [::]:*\n",
        stage: "probe-daemon",
        says: /\[::\]:111/,
      },
      "no port that listens": { command: "ss *", status: 0, stage: "probe-daemon", says: /open are:/ },
      "an internet that answers": {
        command: "curl *https://8.8.8.8/",
        status: 0,
        output: "0.004",
        stage: "probe-daemon",
        says: /must not reach the internet, and https:\/\/8\.8\.8\.8\/ answers: yes/,
      },
      "an internet that connects and says nothing": {
        command: "curl *http://9.9.9.9:53/",
        status: 28,
        output: "0.004170",
        stage: "probe-daemon",
        says: /9\.9\.9\.9:53\/ answers: yes/,
      },
      "an internet of which nothing can be told": {
        command: "curl *https://1.1.1.1/",
        status: 2,
        output: "0.000000",
        stage: "probe-daemon",
        says: /curl failed with 2/,
      },
      "a rotation that cannot be started": {
        command: "systemctl start ci-host-certificates.timer",
        stage: "in-service",
        says: /ci-host-certificates/,
      },
    };
    for (const [name, { stage, says, attempts = 1, bundle, text, command, ...fault }] of Object.entries(cases)) {
      it(`serves nobody, and says why: ${name}`, () => {
        if (bundle !== undefined || text !== undefined) {
          secret(text ?? bundles[bundle ?? "good"], first);
        }
        host.faults = command === undefined ? [] : [{ command, ...fault }];
        // What comes before needs no repetition for each of them.
        const needed = { certificates: ["certificates"], "probe-daemon": ["certificates", "docker", "probe-daemon"] };
        goThrough(...(needed[stage as keyof typeof needed] ?? stages));
        assert.equal(host.boot().status, 1);
        const { report } = host;
        assert.deepEqual([report.result, report.stage], ["failed", stage]);
        assert.match([report.failure?.command, ...(report.failure?.lastLines ?? [])].join("\n"), says);
        assert.equal(report.stages.at(-1)?.attempts, attempts);
        assert.equal(host.calls(/^systemd-run .* systemctl poweroff/).length, 1);
        assert.deepEqual(host.told, []);
        assert.equal(serves(), false);
        assert.ok(!existsSync(join(host.root, "run/ci-host/may-serve")));
        assert.ok(!existsSync(join(host.root, "run/ci-host/trial")));
        assert.doesNotMatch(host.read("/run/ci-host/stage.log"), /PRIVATE|s3cr3t/);
      });
    }

    it("for good: the next boot does not start Docker", () => {
      host.faults = [{ command: "ss *", status: 0 }];
      host.boot();
      host.faults = [];
      assert.equal(host.boot().status, 1);
      assert.equal(serves(), false);
    });
  });

  describe("and then rotates, and", () => {
    beforeEach(() => {
      goThrough("certificates", "docker", "in-service");
      host.boot();
      assert.equal(serves(), true, JSON.stringify(host.report.failure));
      host.write("/calls", "");
    });

    it("leaves Docker alone while the certificates are the same, and tells the days that are left", () => {
      assert.equal(rotate(), 0);
      assert.deepEqual(host.calls(/^systemctl/), []);
      assert.deepEqual(metrics("CertificateDaysToExpiry"), ["89"]);
      assert.deepEqual(metrics("CertificateRotations"), []);
      assert.match(host.calls(/CertificateDaysToExpiry/)[0] ?? "", /Unit=None .*=DockerHost .*=docker\.ci\.internal/);
      assert.deepEqual(host.calls(/PutLogEvents/), []);
    });

    it("serves with new ones, keeps the previous ones and tells so", () => {
      secret(bundles.next, second);
      assert.equal(rotate(), 0);
      assert.deepEqual([current(), served().trim()], [second, bundles.next.cert.trim()]);
      assert.deepEqual(versions(), [first, second, "current"]);
      assert.deepEqual(metrics("CertificateRotations"), ["succeeded"]);
      assert.equal(host.calls(/PutLogEvents/).length, 1);
    });

    it("forgets all but the previous ones", () => {
      const third = "33333333-3333-4333-8333-333333333333";
      secret(bundles.next, second);
      rotate();
      secret(bundles.good, third);
      assert.equal(rotate(), 0);
      assert.deepEqual(versions(), [second, third, "current"]);
    });

    for (const bundle of ["expired", "misnamed", "foreign", "mismatched"] as const) {
      it(`does not restart Docker for a bundle that is ${bundle}, and does not try it again`, () => {
        secret(bundles[bundle], second);
        assert.equal(rotate(), 1);
        assert.equal(rotate(), 0);
        assert.deepEqual(host.calls(/^systemctl/), []);
        assert.deepEqual(metrics("CertificateRotations"), ["failed"]);
        assert.deepEqual([current(), versions()], [first, [first, "current"]]);
        secret(bundles.next, "33333333-3333-4333-8333-333333333333");
        assert.equal(rotate(), 0);
        assert.equal(served().trim(), bundles.next.cert.trim());
      });
    }

    it("tells of a secret that is malformed, and tries again", () => {
      secret("s3cr3t", second);
      assert.deepEqual([rotate(), rotate()], [1, 1]);
      assert.deepEqual(metrics("CertificateRotations"), ["failed", "failed"]);
      assert.equal(served().trim(), bundles.good.cert.trim());
    });

    it("waits for the next time when Secrets Manager does not answer, and still tells the days", () => {
      host.faults = [{ command: "curl *secretsmanager*", status: 28 }];
      assert.equal(rotate(), 75);
      assert.deepEqual(metrics("CertificateRotations"), []);
      assert.deepEqual(metrics("CertificateDaysToExpiry"), ["89"]);
    });

    it("goes back to the previous ones when Docker does not start with the new ones, and leaves those alone", () => {
      secret(bundles.next, second);
      host.faults = [{ command: "systemctl restart docker.service", times: 1 }];
      assert.equal(rotate(), 1);
      assert.deepEqual([current(), served().trim()], [first, bundles.good.cert.trim()]);
      assert.deepEqual(metrics("CertificateRotations"), ["failed"]);
      host.write("/calls", "");
      assert.equal(rotate(), 0);
      assert.deepEqual(host.calls(/^systemctl/), []);
    });

    it("goes back when the daemon presents something else than the new certificate", () => {
      secret(bundles.next, second);
      host.faults = [{ command: "openssl s_client -connect *", status: 0, times: 10, output: bundles.good.cert }];
      assert.equal(rotate(), 1);
      assert.equal(current(), first);
    });

    it("keeps the previous ones over a reboot after that", () => {
      secret(bundles.next, second);
      host.faults = [{ command: "systemctl restart docker.service", times: 1 }];
      rotate();
      reboot();
      assert.deepEqual([current(), served().trim()], [first, bundles.good.cert.trim()]);
    });

    it("waits with new ones that are not valid yet, and takes them over once they are", () => {
      secret(bundles.next, second);
      host.faults = [{ command: "openssl verify *", times: 1, status: 2, output: notYetValid }];
      assert.equal(rotate(), 75);
      assert.deepEqual(metrics("CertificateRotations"), []);
      assert.equal(served().trim(), bundles.good.cert.trim());
      assert.equal(rotate(), 0);
      assert.equal(served().trim(), bundles.next.cert.trim());
    });

    it("takes over after a reboot, by a rotation, what has changed while it was down", () => {
      secret(bundles.next, second);
      reboot();
      assert.equal(served().trim(), bundles.good.cert.trim());
      assert.equal(rotate(), 0);
      reboot();
      assert.deepEqual([current(), served().trim()], [second, bundles.next.cert.trim()]);
    });

    it("takes new ones at once where its own have ended while it was down", () => {
      const own = `/etc/docker/tls/${first}/cert.pem`;
      rmSync(join(host.root, own));
      host.write(own, bundles.expired.cert);
      secret(bundles.next, second);
      reboot();
      assert.deepEqual([current(), served().trim()], [second, bundles.next.cert.trim()]);
      assert.deepEqual(versions(), [second, "current"]);
    });

    describe("is cut off while Docker restarts, and", () => {
      beforeEach(() => {
        secret(bundles.next, second);
        const systemctl = join(host.root, "bin/systemctl");
        const standIn = readlinkSync(systemctl);
        rmSync(systemctl);
        const cut = `[[ $1 == restart && -e $CI_HOST_ROOT/cut ]] && rm "$CI_HOST_ROOT/cut" && kill -KILL $PPID`;
        host.write("/bin/systemctl", `#!/usr/bin/env bash\n${cut}\nexec ${standIn} "$@"\n`, 0o755);
        host.write("/cut", "");
        assert.equal(host.run("rotate-certificates.sh").signal, "SIGKILL");
        assert.equal(current(), second);
      });

      it("tells no version that has not been proven, and proves it the next time", () => {
        assert.equal(host.read("/run/ci-host/certificates"), `${first}\n`);
        assert.equal(rotate(), 0);
        assert.deepEqual(metrics("CertificateRotations"), ["succeeded"]);
        assert.equal(host.read("/run/ci-host/certificates"), `${second}\n`);
      });

      it("goes back to the proven ones over a power cut, and tries the new ones again", () => {
        reboot();
        assert.deepEqual([current(), served().trim()], [first, bundles.good.cert.trim()]);
        assert.equal(rotate(), 0);
        assert.deepEqual([current(), served().trim()], [second, bundles.next.cert.trim()]);
      });
    });

    it("says so when not even the way back works, and tries the new ones again", () => {
      secret(bundles.next, second);
      host.faults = [{ command: "systemctl restart docker.service" }];
      assert.equal(rotate(), 1);
      assert.equal(current(), first);
      host.faults = [];
      assert.equal(rotate(), 0);
      assert.equal(served().trim(), bundles.next.cert.trim());
    });

    it("does nothing before the host is in service", () => {
      host.write("/var/lib/ci-host/i-0123456789abcdef0/lifecycle", "ABANDON\n");
      secret(bundles.next, second);
      assert.equal(rotate(), 0);
      assert.deepEqual(host.calls(/./), []);
    });

    // What it runs is named by where it is on a host.
    const healthCheck = () => {
      host.replace("/etc/ci-host/settings", "HEALTH_CHECK=/", `HEALTH_CHECK=${host.root}/`);
      return () => host.run("health.sh").status;
    };

    it("restarts its daemons when they do not serve, three times in a row, since no group replaces it", () => {
      const check = healthCheck();
      assert.equal(check(), 0);
      assert.equal(existsSync(join(host.root, "run/ci-host/health-failures")), false);
      host.faults = [{ command: "curl *:2376/version", status: 7 }];
      assert.deepEqual([check(), check()], [0, 0]);
      assert.deepEqual(host.calls(/^systemctl restart/), []);
      assert.equal(check(), 0);
      assert.deepEqual(host.calls(/^systemctl restart/), ["systemctl restart containerd.service docker.service"]);
      assert.deepEqual(metrics("UnhealthyHosts"), ["1"]);
    });

    it("says that a disk is full, and restarts nothing for it", () => {
      const check = healthCheck();
      host.faults = [{ command: "df *", status: 0, output: "U I\n 96% 1%\n" }];
      assert.deepEqual([check(), check(), check()], [0, 0, 0]);
      assert.deepEqual(metrics("UnhealthyHosts"), ["1"]);
      assert.deepEqual(host.calls(/^systemctl restart/), []);
    });

    it("looks after its disks without sysbox", () => {
      host.faults = [
        { command: "df *", times: 1, status: 0, output: "U I\n 80% 1%\n" },
        { command: "df *", times: 1, status: 0, output: "U I\n 10% 1%\n" },
      ];
      assert.equal(host.run("garbage.sh").status, 0);
      assert.equal(host.calls(/image prune/).length, 1);
    });
  });
});
