import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CloudConfig, render, userData, userDataLimitBytes } from "../../components/host/cloudConfig";
import { type TlsDockerHostOptions, tlsDockerHost } from "../../components/host/tlsDockerHost";
import { tlsDockerHostProblems } from "../../components/host/tlsDockerHostProblems";
import { golden } from "../golden";
import { verifyUnits } from "../units";
import { isInstalled, unless } from "../unless";

const amazon: TlsDockerHostOptions = {
  operatingSystem: "amazon-linux-2023",
  vpcCidr: "10.64.0.0/16",
  hostname: "docker.ci.internal",
  serverSecretArn: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:docker-a1b2c3",
  logGroupName: "/ci/docker",
};

const debian: TlsDockerHostOptions = {
  ...amazon,
  operatingSystem: "debian-12",
  packageMirror: "http://mirror.example.com/debian",
  securityMirror: "http://mirror.example.com/debian-security",
  dataVolume: "root",
  awsEndpointUrl: "http://aws.example.com",
};

const ubuntu: TlsDockerHostOptions = {
  ...amazon,
  operatingSystem: "ubuntu-24.04",
  docker: { source: "docker", mirror: "http://mirror.example.com/docker" },
  packageMirror: "http://mirror.example.com/ubuntu",
};

const hosts = { amazon, debian, ubuntu };

function file(config: CloudConfig, path: string) {
  const found = config.write_files?.filter((candidate) => candidate.path === path) ?? [];
  assert.equal(found.length, 1, path);
  return found[0] ?? assert.fail();
}

function settings(options: TlsDockerHostOptions): Record<string, string> {
  const lines = file(tlsDockerHost(options), "/etc/ci-host/settings").content.trimEnd().split("\n");
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

describe("a host for Docker over TLS", () => {
  it("has the golden daemon.json", () => {
    golden("host/daemon-tls.json", file(tlsDockerHost(amazon), "/etc/docker/daemon.json").content);
  });

  it("reads the golden settings", () => {
    golden("host/settings-tls", file(tlsDockerHost(amazon), "/etc/ci-host/settings").content);
  });

  for (const [name, options] of Object.entries(hosts)) {
    const config = tlsDockerHost(options);

    it(`on ${name} is a cloud-config that cloud-init accepts`, function () {
      unless(this, isInstalled("cloud-init"), "cloud-init is not installed");
      const directory = mkdtempSync(join(tmpdir(), "ci-host-"));
      const path = join(directory, "user-data.yaml");
      writeFileSync(path, render(config));
      const { stdout, stderr } = spawnSync("cloud-init", ["schema", "--config-file", path], { encoding: "utf8" });
      rmSync(directory, { recursive: true });
      assert.match(stdout + stderr, /^Valid (?:cloud-config|schema)/m);
    });

    it(`on ${name} has units that systemd accepts`, function () {
      unless(this, isInstalled("systemd-analyze"), "systemd is not installed");
      assert.equal(verifyUnits(config, ["containerd", "docker"]), "");
    });

    it(`on ${name} fits into user data, with 0.75 KiB to spare`, () => {
      const size = Buffer.from(userData(config), "base64").length;
      assert.ok(size < userDataLimitBytes - 768, `${size} bytes`);
    });

    it(`on ${name} goes through the stages in the order that keeps it closed until it has proved itself`, () => {
      const storage = options.dataVolume === "root" ? "" : "storage ";
      assert.equal(
        settings(options).STAGES,
        `network ${storage}packages firewall certificates docker probe-daemon in-service`,
      );
    });

    it(`on ${name} has no key, and no file or setting of sysbox`, () => {
      assert.doesNotMatch(render(config), /PRIVATE KEY/);
      const paths = config.write_files?.map(({ path }) => path) ?? [];
      assert.doesNotMatch([...paths, ...Object.entries(settings(options)).flat()].join("\n"), /sysbox/i);
    });
  }

  it("takes the daemon's options from daemon.json alone, and starts it only when the boot says so", () => {
    const { content } = file(tlsDockerHost(amazon), "/etc/systemd/system/docker.service.d/10-ci-host.conf");
    assert.equal(
      content,
      "[Unit]\nConditionPathExists=/run/ci-host/may-serve\n\n[Service]\nExecStart=\n" +
        "ExecStart=dockerd --containerd=/run/containerd/containerd.sock\n",
    );
  });

  it("is a daemon.json that dockerd takes", function () {
    unless(this, isInstalled("dockerd"), "Docker is not installed");
    const directory = mkdtempSync(join(tmpdir(), "ci-host-"));
    const path = join(directory, "daemon.json");
    writeFileSync(path, file(tlsDockerHost(amazon), "/etc/docker/daemon.json").content);
    const { stdout, stderr } = spawnSync("dockerd", ["--validate", "--config-file", path], { encoding: "utf8" });
    rmSync(directory, { recursive: true });
    // From 23 on; older ones do not know the option.
    assert.match(stdout + stderr, /configuration OK|unknown flag: --validate/);
  });

  it("turns SSH off before the boot", () => {
    const masks = (options: TlsDockerHostOptions) =>
      tlsDockerHost(options).runcmd?.filter(([, verb]) => verb === "mask") ?? [];
    assert.deepEqual(masks(amazon), [["systemctl", "mask", "--now", "sshd.service", "sshd.socket"]]);
    assert.deepEqual(masks(debian), [["systemctl", "mask", "--now", "ssh.service", "ssh.socket"]]);
  });

  it("has Docker's files audited, and the rules loaded once Docker is there", () => {
    const config = tlsDockerHost(amazon);
    const { content, permissions } = file(config, "/etc/audit/rules.d/60-docker.rules");
    assert.equal(permissions, "0640");
    for (const path of ["/usr/bin/dockerd", "/etc/docker", "/var/lib/docker", "/run/docker.sock", "/usr/bin/runc"]) {
      assert.match(content, new RegExp(`^-w ${path} -k docker$`, "m"));
    }
    assert.match(file(config, "/etc/systemd/system/ci-host-audit.service").content, /WantedBy=docker\.service/);
  });

  it("looks for new certificates as often as it is told", () => {
    const timer = (options: TlsDockerHostOptions) =>
      file(tlsDockerHost(options), "/etc/systemd/system/ci-host-certificates.timer").content;
    assert.match(timer(amazon), /^OnUnitInactiveSec=15min$/m);
    assert.match(timer({ ...amazon, rotationMinutes: 60 }), /^OnUnitInactiveSec=60min$/m);
  });

  it("on Amazon Linux installs with dnf, elsewhere with apt, from no repository but the chosen one", () => {
    const manager = (options: TlsDockerHostOptions) =>
      /\b(?:dnf|apt-get) --quiet|apt-get/.exec(
        file(tlsDockerHost(options), "/usr/local/lib/ci-host/packages.sh").content,
      )?.[0];
    assert.deepEqual([manager(amazon), manager(debian)], ["dnf --quiet", "apt-get"]);
    assert.equal(settings(amazon).DOCKER_PACKAGES, "docker");
    assert.equal(settings(debian).DOCKER_PACKAGES, "containerd docker.io runc");
    assert.match(settings(ubuntu).DOCKER_PACKAGES ?? "", /^docker-ce=\S+ docker-ce-cli=\S+ containerd\.io=\S+$/);
    assert.equal(settings(debian).DOCKER_KEY_URL, undefined);
    assert.equal(settings(ubuntu).DOCKER_KEY_URL, "http://mirror.example.com/docker/linux/ubuntu/gpg");
  });

  it("keeps Docker's data on a volume of its own, or on the root volume on purpose", () => {
    assert.equal(settings(amazon).DATA_DIRECTORIES, "/var/lib/containerd /var/lib/docker");
    assert.doesNotMatch(render(tlsDockerHost(debian)), /mnt-data|mkfs/);
  });
});

describe("options of a host for Docker over TLS", () => {
  it("may be the ones above", () => {
    assert.deepEqual(Object.values(hosts).flatMap(tlsDockerHostProblems), []);
  });

  it("may hold what only the deployment knows, as a symbol", () => {
    const unknown = { serverSecretArn: "‹server.arn›", logGroupName: "‹logs.name›" };
    assert.deepEqual(tlsDockerHostProblems({ ...amazon, ...unknown }), []);
  });

  const refused: [Partial<TlsDockerHostOptions>, string, RegExp][] = [
    [{ operatingSystem: "windows" as "debian-12", docker: undefined }, "operatingSystem", /must be one of "amazon/],
    [{ hostname: "docker" }, "hostname", /two labels/],
    [{ hostname: "Docker.ci.internal" }, "hostname", /small letters/],
    [{ hostname: "docker.ci.internal; reboot" }, "hostname", /DNS name/],
    [{ hostname: "docker.amazonaws.com" }, "hostname", /is AWS's: .* under amazonaws\.com$/],
    [{ hostname: "docker.api.aws" }, "hostname", /is AWS's/],
    [{ hostname: "docker.eu-central-1.compute.internal" }, "hostname", /is AWS's/],
    [{ hostname: "10.64.0.9" }, "hostname", /DNS name/],
    [{ serverSecretArn: "a b" }, "serverSecretArn", /one word/],
    [{ serverSecretArn: 'a"b' }, "serverSecretArn", /without quotes/],
    [{ bridgeCidr: "10.64.0.0/20" }, "bridgeCidr", /vpcCidr/],
    [{ dataVolume: "nvme1n1" }, "dataVolume", /path of a device/],
    [{ rotationMinutes: 4 }, "rotationMinutes", /from 5 to 115/],
    [{ rotationMinutes: 116 }, "rotationMinutes", /from 5 to 115: .*`pulumi up` waits/],
    [{ rotationMinutes: 7.5 }, "rotationMinutes", /whole number/],
    [{ unhealthyThreshold: 1 }, "unhealthyThreshold", /from 2 to 10/],
    [{ garbageCollectionPercent: 95 }, "garbageCollectionPercent", /from 10 to 90/],
    [{ docker: { source: "distribution" } }, "docker", /Amazon Linux has its Docker/],
    [{ packageMirror: "https://mirror.example.com" }, "packageMirror", /Amazon Linux/],
    [{ logGroupName: "'a'" }, "logGroupName", /without quotes/],
    [{ awsEndpointUrl: "aws.example.com" }, "awsEndpointUrl", /URL/],
    [{ operatingSystem: "debian-12", docker: { version: "29.7.2" } }, "docker.version", /Docker's own repository/],
    [{ operatingSystem: "debian-12", securityMirror: "https://mirror.example.com" }, "securityMirror", /packageMirror/],
  ];
  for (const [given, path, reason] of refused) {
    it(`are refused: ${JSON.stringify(given)}`, () => {
      const problems = tlsDockerHostProblems({ ...amazon, ...given });
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(problems[0]?.rule ?? "", reason);
      assert.ok(problems[0]?.fix);
    });
  }

  it("are judged all at once", () => {
    const problems = tlsDockerHostProblems({ ...amazon, hostname: "", rotationMinutes: 0, dataVolume: "" });
    assert.deepEqual(problems.map(({ path }) => path).sort(), ["dataVolume", "hostname", "rotationMinutes"]);
  });
});
