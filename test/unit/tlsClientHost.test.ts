import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { render, userData, userDataLimitBytes } from "../../components/host/cloudConfig";
import { type TlsClientHostOptions, tlsClientHost } from "../../components/host/tlsClientHost";
import { tlsClientHostProblems } from "../../components/host/tlsClientHostProblems";
import { workload } from "../../components/host/workload";
import { type Bundle, TestAuthority } from "../bundles";
import { golden } from "../golden";
import { type Fault, HostSandbox } from "../hostSandbox";
import { isInstalled, unless } from "../unless";

const hostname = "docker.ci.internal";
const secret = (name: string) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}`;
const ubuntu: TlsClientHostOptions = {
  operatingSystem: "ubuntu-24.04",
  vpcCidr: "10.64.0.0/16",
  compose: workload({
    compose: "services:\n  runner:\n    image: runner\n    x-docker: true\n  cache:\n    image: cache\n",
    dockerClients: { runner: { name: "runner-a", hostname } },
  }).compose,
  clientSecretArns: { runner: secret("runner-a-bundle") },
  dockerHostname: hostname,
  launchingHook: { name: "launch", timeoutSeconds: 900 },
  terminatingHook: { name: "terminate", timeoutSeconds: 300 },
  logGroupName: "logs",
};
const config = tlsClientHost(ubuntu);
const stages = [
  "network",
  "storage",
  "packages",
  "firewall",
  "docker",
  "docker-clients",
  "workload",
  "probe-remote",
  "in-service",
];

describe("a host whose services use a Docker host over TLS", () => {
  it("is the golden one", () => {
    golden("host/user-data-tls-client.yaml", render(config));
  });

  it("fits into user data, with 0.75 KiB, compressed, to spare for a larger compose file", () => {
    const size = Buffer.from(userData(config), "base64").length;
    assert.ok(size < userDataLimitBytes - 768, `${size} bytes`);
  });

  it("has nothing of sysbox", () => {
    const own = config.write_files?.filter(({ path }) => !path.startsWith("/usr/local/lib/ci-host/")) ?? [];
    assert.doesNotMatch(JSON.stringify(own), /sysbox/i);
    const scripts = config.write_files?.map(({ path }) => path).filter((path) => /sysbox|probe\.sh/.test(path));
    assert.deepEqual(scripts, []);
  });

  it("has a daemon that nobody reaches over the network, and in which no process gains rights", () => {
    const daemon = config.write_files?.find(({ path }) => path === "/etc/docker/daemon.json");
    const { hosts, runtimes, ...settings } = JSON.parse(daemon?.content ?? "");
    assert.deepEqual([hosts, runtimes], [undefined, undefined]);
    assert.equal(settings["no-new-privileges"], true);
  });

  it("on the root volume touches no disk", () => {
    assert.doesNotMatch(render(tlsClientHost({ ...ubuntu, dataVolume: "root" })), /mnt-data|DATA_VOLUME=/);
  });

  it("may be made on Debian with its own Docker", () => {
    const debian: TlsClientHostOptions = {
      ...ubuntu,
      operatingSystem: "debian-12",
      docker: { source: "distribution" },
    };
    assert.deepEqual(tlsClientHostProblems(debian), []);
    assert.doesNotMatch(render(tlsClientHost(debian)), /download\.docker\.com|DOCKER_KEY_FINGERPRINT=/);
  });

  const refused: [Partial<TlsClientHostOptions>, string, RegExp][] = [
    [{ clientSecretArns: {} }, "clientSecretArns", /names no client/],
    [{ clientSecretArns: { "../runner": "arn" } }, "clientSecretArns.../runner", /name of a service/],
    [{ clientSecretArns: { runner: "a b=c" } }, "clientSecretArns.runner", /one word/],
    [{ dockerHostname: "a b" }, "dockerHostname", /one word/],
    [{ docker: { version: "29" } }, "docker.version", /exact version/],
    [{ bridgeCidr: "10.64.0.0/20" }, "bridgeCidr", /vpcCidr/],
    [{ dataVolume: "nvme1n1" }, "dataVolume", /path of a device/],
  ];
  for (const [given, path, reason] of refused) {
    it(`is refused: ${JSON.stringify(given)}`, () => {
      const problems = tlsClientHostProblems({ ...ubuntu, ...given });
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(problems[0]?.rule ?? "", reason);
      assert.ok(problems[0]?.fix);
    });
  }
});

describe("the boot of a host whose services use a Docker host over TLS", () => {
  let authority: TestAuthority;
  let sound: Bundle;
  let host: HostSandbox;

  before(function () {
    unless(
      this,
      process.platform === "linux" && isInstalled("openssl"),
      "the host's scripts are for Linux with openssl",
    );
    authority = new TestAuthority();
    sound = authority.bundle();
  });
  after(() => authority?.remove());
  beforeEach(() => {
    host = new HostSandbox(config);
    answer(sound);
  });
  afterEach(() => host?.remove());

  /** What Secrets Manager has for the service `runner` from now on. */
  function answer(bundle: Partial<Bundle> | string, version = "11111111-aaaa", secretName = "runner-a-bundle"): void {
    const SecretString = typeof bundle === "string" ? bundle : JSON.stringify(bundle);
    host.write(`/secrets/${secretName}`, JSON.stringify({ SecretString, VersionId: version }));
  }

  const directory = "/run/ci-host/docker-clients/runner";
  const seen = (service = "runner"): Bundle => {
    const read = (file: string) => host.read(`/run/ci-host/docker-clients/${service}/${file}.pem`);
    return { ca: read("ca"), cert: read("cert"), key: read("key") };
  };

  it("goes through all stages, says CONTINUE once, and tells what it has proved", () => {
    const { status, stdout, stderr } = host.boot();
    assert.equal(status, 0, stdout + stderr);
    assert.deepEqual(host.told, ["CONTINUE"]);
    assert.deepEqual(
      host.report.stages.map(({ name, attempts }) => `${name} ${attempts}`),
      stages.map((name) => `${name} 1`),
    );
    assert.deepEqual(host.report.probe, [
      "remote-docker-of-runner",
      "remote-build-and-run-of-runner",
      "no-certificate",
      "imds-from-container",
      "host-socket",
      "containers-apart",
    ]);
  });

  it("installs no sysbox, and runs no container under it", () => {
    host.boot();
    assert.deepEqual(host.calls(/^(?!dpkg-query).*sysbox/), []);
  });

  it("builds and runs an image on the Docker host, under a name that no other host has, and leaves nothing there", () => {
    host.boot();
    const remote = host
      .calls(/^docker @tcp:\/\/docker\.ci\.internal:2376 /)
      .map((call) => call.replace(/^docker \S+ /, ""));
    const name = "i-0123456789abcdef0-runner";
    const remove = [
      `rm --force --volumes ci-host-probe-${name}`,
      `image rm --force ci-host-probe:${name} ci-host-probe-base:${name}`,
    ];
    assert.deepEqual(remote, [
      "version --format {{.Server.Version}}",
      ...remove,
      `import - ci-host-probe-base:${name}`,
      `build --tag ci-host-probe:${name} -`,
      `run --detach --interactive --name ci-host-probe-${name} ci-host-probe:${name} sh`,
      `exec ci-host-probe-${name} sh -c read -r proof </proof && echo "$proof"`,
      ...remove,
    ]);
  });

  it("asks the Docker host with the certificate, and without", () => {
    host.boot();
    const asked = host.calls(/^curl .*_ping/).map((call) => call.includes("--cert "));
    assert.deepEqual(asked, [true, false]);
  });

  it("has the certificates before the workload's containers are made", () => {
    host.boot();
    const calls = host.calls(/runner-a-bundle|no-start/).map((call) => call.includes("no-start"));
    assert.deepEqual(calls, [false, true]);
  });

  it("keeps a certificate where its container alone sees it", () => {
    host.boot();
    const mode = (path: string) => statSync(join(host.root, path)).mode & 0o777;
    assert.deepEqual(seen(), sound);
    assert.equal(mode("/run/ci-host/docker-clients"), 0o700);
    assert.equal(mode(directory), 0o755);
    for (const file of ["ca.pem", "cert.pem", "key.pem"]) {
      assert.equal(mode(`${directory}/${file}`), 0o444);
    }
    assert.deepEqual(
      readdirSync(join(host.root, "/run/ci-host/docker-clients")).filter((name) => name !== "runner"),
      [],
    );
  });

  it("leaves nothing that leads out of the directory, since a container follows its links on its own", () => {
    host.boot();
    for (const name of readdirSync(join(host.root, directory))) {
      const path = join(host.root, directory, name);
      assert.ok(!lstatSync(path).isSymbolicLink() || /^\.\.(?:data\/\w|[\w-])/.test(readlinkSync(path)), name);
    }
  });

  it("shows no key in any process's arguments, report or console", () => {
    host.boot();
    const everything = [host.calls(/./).join("\n"), host.read("/var/lib/ci-host/boot.json"), host.read("/dev/console")];
    assert.doesNotMatch(everything.join("\n"), /PRIVATE KEY|role-secret|session-token/);
  });

  it("brings the certificates again at the next boot, when memory is empty", () => {
    host.boot();
    spawnSync("rm", ["--recursive", "--force", join(host.root, "run/ci-host")]);
    const { status, stdout } = host.boot();
    assert.equal(status, 0, stdout);
    assert.deepEqual(seen(), sound);
  });

  it("refreshes them from then on", () => {
    host.boot();
    assert.deepEqual(host.calls(/^systemctl start ci-host/), [
      "systemctl start ci-host-health.timer",
      "systemctl start ci-host-garbage.timer",
      "systemctl start ci-host-drain.service",
      "systemctl start ci-host-docker-clients.timer",
    ]);
  });

  it("checks its own health without the Docker host: while that one is replaced, this one stays", () => {
    host.boot();
    host.faults = [{ command: "docker @*" }, { command: "curl *_ping", status: 7 }];
    for (let time = 0; time < 4; time++) {
      assert.equal(host.run("health.sh").status, 0);
    }
    assert.deepEqual(host.told, ["CONTINUE"]);
    host.faults = [{ command: "docker start --attach *" }];
    for (let time = 0; time < 3; time++) {
      host.run("health.sh");
    }
    assert.deepEqual(host.told, ["CONTINUE", "Unhealthy"]);
  });

  describe("that a passing fault disturbs", () => {
    const faults: Record<string, Fault & { readonly attempts: number }> = {
      "the Docker host is not there yet": {
        command: "docker @* version *",
        times: 3,
        output: "Cannot connect to the Docker daemon at tcp://docker.ci.internal:2376.\n",
        attempts: 1,
      },
      "the Docker host goes away once more": { command: "curl *--cert *_ping", times: 1, status: 7, attempts: 2 },
      "Secrets Manager throttles": {
        command: "curl *runner-a-bundle*",
        times: 2,
        status: 0,
        output: '{"__type":"ThrottlingException"}\n400',
        attempts: 3,
      },
      "Secrets Manager does not answer": { command: "curl *runner-a-bundle*", times: 1, status: 28, attempts: 2 },
    };
    for (const [name, { attempts, ...fault }] of Object.entries(faults)) {
      it(`comes into service all the same: ${name}`, () => {
        host.faults = [fault];
        const { status, stdout } = host.boot();
        assert.equal(status, 0, stdout);
        assert.equal(Math.max(...host.report.stages.map((stage) => stage.attempts)), attempts);
        assert.deepEqual(host.told, ["CONTINUE"]);
      });
    }
  });

  describe("that a lasting fault ends", () => {
    interface Case extends Partial<Fault> {
      readonly stage: string;
      readonly says: RegExp;
      readonly attempts: number;
      readonly bundle?: () => Partial<Bundle> | string;
      /** Time flies: a wait of a minute is over at once. */
      readonly hurry?: boolean;
    }
    const clients = { stage: "docker-clients", attempts: 1 };
    const probe = { stage: "probe-remote", attempts: 1 };
    const cases: Record<string, Case> = {
      "a bundle that the role may not read": {
        ...clients,
        command: "curl *runner-a-bundle*",
        status: 0,
        output: '{"__type":"AccessDeniedException"}\n400',
        says: /AccessDenied/,
      },
      "a bundle that is no JSON": { ...clients, bundle: () => "{", says: /no version of a bundle.*JSONDecodeError/ },
      "a bundle that lacks its key": {
        ...clients,
        bundle: () => ({ ca: sound.ca, cert: sound.cert }),
        says: /no version of a bundle.*KeyError/,
      },
      "a bundle of other things than text": {
        ...clients,
        bundle: () => JSON.stringify({ ca: 1, cert: 2, key: 3 }),
        says: /no version of a bundle.*TypeError/,
      },
      "a certificate that is none": {
        ...clients,
        bundle: () => ({ ...sound, cert: "certificate" }),
        says: /certificate of runner: is not valid/,
      },
      "a key that is none": { ...clients, bundle: () => ({ ...sound, key: "key" }), says: /runner: its key is none/ },
      "a key of another certificate": {
        ...clients,
        bundle: () => ({ ...sound, key: authority.bundle().key }),
        says: /runner: its key is another's/,
      },
      "a certificate that has ended": {
        ...clients,
        bundle: () => authority.bundle({ days: -1 }),
        says: /runner: is not valid: .*expired/,
      },
      "a server's certificate": {
        ...clients,
        bundle: () => authority.bundle({ use: "serverAuth" }),
        says: /runner: is not valid: .*purpose/,
      },
      "a certificate of another CA": {
        ...clients,
        bundle: () => {
          const other = new TestAuthority();
          const { ca } = other.bundle();
          other.remove();
          return { ...sound, ca };
        },
        says: /runner: is not valid/,
      },
      "a Docker host that does not take the certificate": {
        ...probe,
        command: "docker @* version *",
        output: "error during connect: Get https://…: remote error: tls: bad certificate\n",
        says: /do not trust each other: .*bad certificate/,
      },
      "a Docker host whose own certificate is another CA's": {
        ...probe,
        command: "docker @* version *",
        output: "x509: certificate signed by unknown authority\n",
        says: /do not trust each other: .*unknown authority/,
      },
      "a Docker host that is too new": {
        ...probe,
        command: "docker @* version *",
        output: "Error response from daemon: client version 1.41 is too old.\n",
        says: /does not serve runner: .*too old/,
      },
      "a Docker host that is not there": {
        ...probe,
        command: "docker @* version *",
        output: "Cannot connect to the Docker daemon\n",
        hurry: true,
        attempts: 6,
        says: /docker\.ci\.internal:2376 does not answer: Cannot connect/,
      },
      "a build that fails there": {
        ...probe,
        command: "docker @* build *",
        output: "no space left on device\n",
        attempts: 6,
        says: /can be built and run on the Docker host: .*no space left/s,
      },
      "an image that does not run there": {
        ...probe,
        command: "docker @* run *",
        status: 125,
        attempts: 6,
        says: /probe-job.sh of runner/,
      },
      "an image that says something else": {
        ...probe,
        command: "docker @* exec *",
        status: 0,
        output: "bui1t\n",
        says: /runner has built on the Docker host does not run: .*bui1t/,
      },
      "a Docker host that lets in who has no certificate": {
        ...probe,
        command: "curl *ca.pem https://docker.ci.internal:2376/_ping",
        status: 0,
        says: /lets in who has no certificate$/m,
      },
      "a refusal that cannot be told": {
        ...probe,
        command: "curl *ca.pem https://docker.ci.internal:2376/_ping",
        status: 7,
        attempts: 6,
        says: /lets in who has no certificate cannot be told: curl failed with 7/,
      },
      "metadata that a container reaches": {
        ...probe,
        command: "nsenter --net=*/proc/4242/ns/net *meta-data/",
        status: 0,
        says: /the container reaches .* by IMDSv1/,
      },
      "a container with the host's socket": {
        ...probe,
        command: "docker inspect --format {{range .Mounts}}*",
        status: 0,
        output: "/var/run/docker.sock\n",
        says: /gets the socket .*docker\.sock/,
      },
      "a privileged container": {
        ...probe,
        command: "docker inspect --format {{$service*",
        status: 0,
        output: "/ci-runner-1 privileged\n",
        says: /what is not its own: \/ci-runner-1: privileged/,
      },
      "a Docker of this host that builds nothing": { ...probe, command: "docker build *", says: /probe-job/ },
    };
    for (const [name, { stage, says, attempts, bundle, hurry, command, ...fault }] of Object.entries(cases)) {
      it(`says ABANDON once, and why: ${name}`, () => {
        host.faults = command === undefined ? [] : [{ command, ...fault }];
        if (bundle !== undefined) {
          answer(bundle());
        }
        if (hurry) {
          host.replace("/usr/local/lib/ci-host/stages/probe-remote.sh", "EPOCHSECONDS + 60", "EPOCHSECONDS");
        }
        assert.equal(host.boot().status, 1);
        assert.deepEqual(host.told, ["ABANDON"]);
        assert.deepEqual([...new Set(host.calls(/ci-workload/))], ["systemctl stop ci-workload.service"]);
        const { report } = host;
        assert.deepEqual([report.result, report.stage], ["failed", stage]);
        assert.match([report.failure?.command, ...(report.failure?.lastLines ?? [])].join("\n"), says);
        assert.equal(report.stages.at(-1)?.attempts, attempts);
        assert.notEqual(report.failure?.exitStatus, 0);
      });
    }

    for (const source of [
      "/run/ci-host/docker-clients",
      "/run/ci-host/docker-clients/other",
      "/run/ci-host",
      "/",
      "/var/run/ci-host/docker-clients/other",
      "/run/ci-host/secrets/../docker-clients/other",
    ]) {
      it(`says ABANDON: a container that gets ${source}, which is not its own`, () => {
        symlinkSync("../run", join(host.root, "var/run"));
        host.replace("/etc/ci-host/settings", `STAGES=${stages.join(" ")}`, "STAGES=docker-clients probe-remote");
        host.faults = [
          {
            command: "docker inspect --format {{$service*",
            status: 0,
            output: `runner ${host.root}${directory}\ncache ${host.root}${source}\nrunner\n`,
          },
        ];
        assert.equal(host.boot().status, 1);
        assert.equal(
          host.report.failure?.lastLines.at(-1),
          `a container gets what is not its own: cache: ${host.root}${source}`,
        );
      });
    }

    it("and leaves no container on the Docker host that a build or a run has left there", () => {
      host.faults = [{ command: "docker @* exec *" }];
      host.boot();
      assert.match(host.calls(/^docker @/).at(-1) ?? "", / rm /);
    });
  });

  describe("and its refresh", () => {
    const refresh = () => host.run("refresh-docker-clients.sh");
    let renewed: Bundle;

    before(() => {
      renewed = authority.bundle();
    });
    beforeEach(() => {
      host.write("/var/lib/ci-host/i-0123456789abcdef0/lifecycle", "CONTINUE\n");
      mkdirSync(join(host.root, "run/ci-host"), { recursive: true });
      assert.equal(refresh().status, 0);
    });

    it("does nothing while the secret is what it was", () => {
      const inode = statSync(join(host.root, directory, "key.pem")).ino;
      assert.equal(refresh().status, 0);
      assert.equal(statSync(join(host.root, directory, "key.pem")).ino, inode);
      assert.deepEqual(host.calls(/MetricName/), []);
    });

    it("tells a metric when the Docker host does not take what is there any more", () => {
      host.faults = [{ command: "curl *_ping", times: 1, status: 35 }];
      assert.equal(refresh().status, 0);
      assert.deepEqual(seen(), sound);
      assert.equal(host.calls(/^curl .*MetricName=StaleDockerClients/).length, 1);
      assert.match(host.calls(/PutLogEvents/).join(), /log-event/);
    });

    it("tells none when nobody can tell whether the Docker host takes it", () => {
      host.faults = [{ command: "curl *_ping", status: 7 }];
      assert.equal(refresh().status, 0);
      assert.deepEqual(host.calls(/MetricName/), []);
    });

    it("brings a new version in one move, inside of the directory that the container has", () => {
      const inode = statSync(join(host.root, directory)).ino;
      answer(renewed, "22222222-bbbb");
      assert.equal(refresh().status, 0);
      assert.deepEqual(seen(), renewed);
      assert.equal(statSync(join(host.root, directory)).ino, inode);
      assert.equal(readlinkSync(join(host.root, directory, "..data")), "..22222222-bbbb");
      assert.equal(readlinkSync(join(host.root, directory, "key.pem")), "..data/key.pem");
    });

    it("keeps the version before, for who has read half of it, and none that is older", () => {
      for (const version of ["2", "3", "4"]) {
        answer(renewed, version);
        assert.equal(refresh().status, 0);
      }
      const versions = readdirSync(join(host.root, directory)).filter((name) => /^\.\.\d/.test(name));
      assert.deepEqual(versions.sort(), ["..3", "..4"]);
    });

    it("shows a reader the old pair or the new one, whenever it looks", () => {
      answer(renewed, "22222222-bbbb");
      // Every command that the script calls is a moment at which a container may look.
      const moments = join(host.root, "moments");
      mkdirSync(moments);
      const look = `n=$(ls ${moments} | wc -l); cat ${join(host.root, directory)}/cert.pem ${join(host.root, directory)}/key.pem > ${moments}/$n 2>/dev/null || echo torn > ${moments}/$n`;
      for (const command of ["mv", "ln", "chmod", "rm", "find"]) {
        spawnSync("rm", [join(host.root, "bin", command)]);
        host.write(
          `/bin/${command}`,
          `#!/bin/sh\nPATH=/usr/bin:/bin\n${look}\n${command} "$@"\nstatus=$?\n${look}\nexit $status\n`,
          0o755,
        );
      }
      assert.equal(refresh().status, 0);
      const views = readdirSync(moments).map((name) => readFileSync(join(moments, name), "utf8"));
      assert.ok(views.length >= 8, String(views.length));
      const whole = [sound, renewed].map(({ cert, key }) => cert + key);
      assert.deepEqual(
        views.filter((view) => !whole.includes(view)),
        [],
      );
      assert.deepEqual(seen(), renewed);
    });

    it("goes on where it was cut off", () => {
      answer(renewed, "22222222-bbbb");
      host.write(`${directory}/..22222222-bbbb/cert.pem`, "half a certificate");
      host.write("/run/ci-host/docker-clients/.new-cut/key.pem", "half a key");
      assert.equal(refresh().status, 0);
      assert.deepEqual(seen(), renewed);
    });

    const bad: Record<string, () => Partial<Bundle> | string> = {
      "no JSON": () => "{",
      "without a key": () => ({ ca: renewed.ca, cert: renewed.cert }),
      "with another's key": () => ({ ...renewed, key: sound.key }),
      "that has ended": () => authority.bundle({ days: -1 }),
    };
    for (const [name, bundle] of Object.entries(bad)) {
      it(`leaves what is there when the new version is one ${name}, and tells a metric`, () => {
        answer(bundle(), "22222222-bbbb");
        assert.equal(refresh().status, 1);
        assert.deepEqual(seen(), sound);
        assert.equal(host.calls(/^curl .*MetricName=StaleDockerClients/).length, 1);
        answer(renewed, "33333333-cccc");
        assert.equal(refresh().status, 0);
        assert.deepEqual(seen(), renewed);
      });
    }

    it("leaves what is there when AWS does not answer, and may be tried again", () => {
      host.faults = [{ command: "curl *runner-a-bundle*", status: 28 }];
      assert.equal(refresh().status, 75);
      assert.deepEqual(seen(), sound);
    });

    it("goes on where it was cut off when it came for the first time", () => {
      rmSync(join(host.root, directory), { recursive: true });
      const cut = '[[ $* == *..data/ca.pem* && -e $CI_HOST_ROOT/cut ]] && rm "$CI_HOST_ROOT/cut" && kill -KILL $PPID';
      rmSync(join(host.root, "bin/ln"));
      host.write("/bin/ln", `#!/usr/bin/env bash\n${cut}\nPATH=/usr/bin:/bin exec ln "$@"\n`, 0o755);
      host.write("/cut", "");
      assert.notEqual(refresh().status, 0);
      assert.equal(refresh().status, 0);
      assert.deepEqual(seen(), sound);
    });

    it("waits with a certificate that the Docker host does not take yet, while it takes the old one", () => {
      answer(renewed, "22222222-bbbb");
      host.faults = [{ command: "curl *.new-*_ping", status: 35 }];
      assert.equal(refresh().status, 75);
      assert.deepEqual(seen(), sound);
      host.faults = [];
      assert.equal(refresh().status, 0);
      assert.deepEqual(seen(), renewed);
    });

    it("waits with one that it does not take when nobody can tell whether it takes the old one", () => {
      answer(renewed, "22222222-bbbb");
      host.faults = [
        { command: "curl *.new-*_ping", status: 35 },
        { command: "curl *_ping", status: 7 },
      ];
      assert.equal(refresh().status, 75);
      assert.deepEqual(seen(), sound);
    });

    it("does not wait when the Docker host takes neither: the old one may have ended", () => {
      answer(renewed, "22222222-bbbb");
      host.faults = [{ command: "curl *_ping", status: 35 }];
      assert.equal(refresh().status, 0);
      assert.deepEqual(seen(), renewed);
      assert.equal(host.calls(/^curl .*MetricName=StaleDockerClients/).length, 1);
    });

    it("leaves no key outside of the containers' directories, whatever comes of it", () => {
      answer({ ...renewed, key: sound.key }, "22222222-bbbb");
      refresh();
      assert.deepEqual(readdirSync(join(host.root, "run/ci-host/docker-clients")), ["runner"]);
    });
  });

  it("keeps the certificates of several services apart, and lets none wait for another", () => {
    host.remove();
    const clientSecretArns = { a: secret("a-bundle"), b: secret("b-bundle") };
    host = new HostSandbox(tlsClientHost({ ...ubuntu, clientSecretArns }));
    mkdirSync(join(host.root, "run/ci-host"), { recursive: true });
    const other = authority.bundle();
    answer("{", "1", "a-bundle");
    answer(other, "1", "b-bundle");
    assert.equal(host.run("refresh-docker-clients.sh").status, 1);
    assert.deepEqual(seen("b"), other);
    assert.equal(existsSync(join(host.root, "run/ci-host/docker-clients/a/key.pem")), false);
    answer(sound, "1", "a-bundle");
    assert.equal(host.run("refresh-docker-clients.sh").status, 0);
    assert.deepEqual([seen("a"), seen("b")], [sound, other]);
  });
});
