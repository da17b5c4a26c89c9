import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CloudConfig, render, userData, userDataLimitBytes } from "../../components/host/cloudConfig";
import { type SysboxHostOptions, sysboxHost } from "../../components/host/sysboxHost";
import { sysboxHostProblems } from "../../components/host/sysboxHostProblems";
import { golden } from "../golden";
import { verifyUnits } from "../units";
import { isInstalled, unless } from "../unless";

const ubuntu: SysboxHostOptions = {
  operatingSystem: "ubuntu-24.04",
  architecture: "amd64",
  vpcCidr: "10.64.0.0/16",
  compose: "services:\n  runner:\n    image: docker:29-dind\n    runtime: sysbox-runc\n",
  secretArns: { token: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:token-a1b2c3" },
  launchingHook: { name: "fleet-launch", timeoutSeconds: 900 },
  logGroupName: "/ci/fleet",
};

const debian: SysboxHostOptions = {
  operatingSystem: "debian-12",
  architecture: "arm64",
  vpcCidr: "10.64.0.0/16",
  docker: { source: "distribution" },
  sysbox: { url: "http://mirror.example.com/sysbox-ce.deb", sha256: "0".repeat(64) },
  packageMirror: "http://mirror.example.com/debian",
  securityMirror: "http://mirror.example.com/debian-security",
  dataVolume: "root",
  awsEndpointUrl: "http://aws.example.com",
};

const packaged = ["containerd", "docker", "sysbox", "sysbox-fs", "sysbox-mgr"];

const hosts = { ubuntu: sysboxHost(ubuntu), debian: sysboxHost(debian) };

function content(config: CloudConfig, path: string): string {
  const found = config.write_files?.filter((file) => file.path === path) ?? [];
  assert.equal(found.length, 1, path);
  return found[0]?.content ?? "";
}

function settings(options: SysboxHostOptions): Record<string, string> {
  const lines = content(sysboxHost(options), "/etc/ci-host/settings").trimEnd().split("\n");
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

describe("a sysbox host", () => {
  for (const [name, config] of Object.entries(hosts)) {
    it(`on ${name} is the golden one`, () => {
      golden(`host/user-data-${name}.yaml`, render(config));
    });

    it(`on ${name} is a cloud-config that cloud-init accepts`, function () {
      unless(this, isInstalled("cloud-init"), "cloud-init is not installed");
      const directory = mkdtempSync(join(tmpdir(), "ci-host-"));
      const file = join(directory, "user-data.yaml");
      writeFileSync(file, render(config));
      const { stdout, stderr } = spawnSync("cloud-init", ["schema", "--config-file", file], { encoding: "utf8" });
      rmSync(directory, { recursive: true });
      assert.match(stdout + stderr, /^Valid (?:cloud-config|schema)/m);
    });

    it(`on ${name} has units that systemd accepts`, function () {
      unless(this, isInstalled("systemd-analyze"), "systemd is not installed");
      assert.equal(verifyUnits(config, packaged), "");
    });

    it(`on ${name} fits into user data, with 1 KiB to spare for a larger compose file`, () => {
      const size = Buffer.from(userData(config), "base64").length;
      assert.ok(size < userDataLimitBytes - 1024, `${size} bytes`);
    });
  }

  it("has units that systemd would refuse if they were wrong", function () {
    unless(this, isInstalled("systemd-analyze"), "systemd is not installed");
    const wrong = hosts.ubuntu.write_files?.map((file) => ({
      ...file,
      content: file.content.replace("Restart=", "Restrat="),
    }));
    assert.match(verifyUnits({ write_files: wrong ?? [] }, packaged), /Restrat/);
  });

  it("reads the golden settings", () => {
    golden("host/settings", content(hosts.ubuntu, "/etc/ci-host/settings"));
  });

  it("has daemon.json, mounts and settings before the boot that needs them is started", () => {
    assert.deepEqual(hosts.ubuntu.runcmd?.at(-1), ["systemctl", "start", "--no-block", "ci-host-boot.service"]);
  });

  it("ends its boot before the hook's time is up", () => {
    for (const timeoutSeconds of [300, 900, 7200]) {
      const { BOOT_DEADLINE_SECONDS } = settings({ ...ubuntu, launchingHook: { name: "launch", timeoutSeconds } });
      assert.equal(Number(BOOT_DEADLINE_SECONDS), timeoutSeconds - 180);
    }
  });

  it("comes into service last, after everything else", () => {
    assert.match(settings(ubuntu).STAGES ?? "", /^network .* in-service$/);
    assert.match(settings(debian).STAGES ?? "", /^network .* in-service$/);
  });

  it("without a workload has none to start", () => {
    assert.doesNotMatch(settings(debian).STAGES ?? "", /workload/);
    const paths = hosts.debian.write_files?.map(({ path }) => path) ?? [];
    assert.deepEqual(
      paths.filter((path) => /workload|compose/.test(path)),
      [],
    );
  });

  it("on its root volume touches no disk", () => {
    assert.doesNotMatch(settings(debian).STAGES ?? "", /storage/);
    assert.doesNotMatch(render(hosts.debian), /mnt-data|mkfs/);
  });

  it("with the distribution's Docker trusts no other repository", () => {
    assert.doesNotMatch(render(hosts.debian), /download\.docker\.com|DOCKER_KEY_FINGERPRINT=/);
  });

  it("takes key and packages of Docker from one mirror", () => {
    const options = { ...ubuntu, docker: { mirror: "https://mirror.example.com/docker" } };
    assert.equal(settings(options).DOCKER_KEY_URL, "https://mirror.example.com/docker/linux/ubuntu/gpg");
    const sources = content(sysboxHost(options), "/etc/ci-host/docker.sources");
    assert.match(sources, /^URIs: https:\/\/mirror\.example\.com\/docker\/linux\/ubuntu$/m);
    assert.match(sources, /^Signed-By: \/etc\/apt\/keyrings\/docker\.asc$/m);
  });

  it("takes the security archive from the mirror too when no other is given", () => {
    const { apt } = sysboxHost({ ...ubuntu, packageMirror: "https://mirror.example.com/ubuntu" });
    assert.deepEqual(apt?.security, [{ arches: ["default"], uri: "https://mirror.example.com/ubuntu" }]);
  });

  it("keeps unattended upgrades off what is held", () => {
    const list = content(hosts.debian, "/etc/apt/apt.conf.d/60ci-host");
    assert.deepEqual(list.match(/"[^"]+"/g), [
      '"containerd$"',
      '"docker-compose$"',
      '"docker\\.io$"',
      '"runc$"',
      '"sysbox-ce$"',
    ]);
  });

  it("differs in nothing but the architecture's package on another architecture", () => {
    const lines = (architecture: "amd64" | "arm64") => render(sysboxHost({ ...ubuntu, architecture })).split("\n");
    const [amd64, arm64] = [lines("amd64"), lines("arm64")];
    const differing = amd64
      .filter((line, index) => line !== arm64[index])
      .map((line) => line.trim().replace(/=.*/, ""));
    assert.deepEqual(differing, ["SYSBOX_SHA256", "SYSBOX_URL"]);
  });
});

describe("options of a sysbox host", () => {
  it("may be the ones above", () => {
    assert.deepEqual([...sysboxHostProblems(ubuntu), ...sysboxHostProblems(debian)], []);
  });

  it("may hold what only the deployment knows, as a symbol", () => {
    const unknown = { logGroupName: "‹fleet-logs.name›", secretArns: { token: "‹token.arn›" } };
    assert.deepEqual(sysboxHostProblems({ ...ubuntu, ...unknown }), []);
    assert.equal(settings({ ...ubuntu, ...unknown }).SECRETS, "token=‹token.arn›");
  });

  const refused: [Partial<SysboxHostOptions>, string, RegExp][] = [
    [{ sysbox: { version: "0.7.0" } }, "sysbox.version", /issues\/1011/],
    [{ docker: { version: "29" } }, "docker.version", /exact version/],
    [{ bridgeCidr: "10.64.0.0/20" }, "bridgeCidr", /vpcCidr/],
    [{ daemonSettings: { "live-restore": true } }, "daemonSettings.live-restore", /issues\/270/],
    [{ dataVolume: "/dev/../etc passwd" }, "dataVolume", /"auto", "root" or the path of a device/],
    [{ dataVolume: "nvme1n1" }, "dataVolume", /path of a device/],
    [{ launchingHook: { name: "launch", timeoutSeconds: 299 } }, "launchingHook.timeoutSeconds", /from 300/],
    [{ launchingHook: { name: "launch", timeoutSeconds: 7201 } }, "launchingHook.timeoutSeconds", /to 7200/],
    [{ launchingHook: { name: "a b", timeoutSeconds: 900 } }, "launchingHook.name", /one word/],
    [{ terminatingHook: { name: "end", timeoutSeconds: 29 } }, "terminatingHook.timeoutSeconds", /from 30/],
    [{ launchingHook: { name: "", timeoutSeconds: 900 } }, "launchingHook.name", /one word/],
    [{ logGroupName: "a\nSYSBOX_SHA256=0" }, "logGroupName", /one line/],
    [{ logGroupName: "'a'" }, "logGroupName", /without quotes/],
    [{ awsEndpointUrl: "aws.example.com" }, "awsEndpointUrl", /URL/],
    [{ packageMirror: "mirror" }, "packageMirror", /URL/],
    [{ securityMirror: "https://mirror.example.com" }, "securityMirror", /goes with packageMirror/],
    [{ secretArns: { "../token": "arn:aws:x" } }, "secretArns.../token", /name for a file/],
    [{ secretArns: { token: "arn:aws:x b=c" } }, "secretArns.token", /one word/],
    [{ compose: undefined }, "secretArns", /for the workload/],
  ];
  for (const [given, path, reason] of refused) {
    it(`are refused: ${JSON.stringify(given)}`, () => {
      const problems = sysboxHostProblems({ ...ubuntu, ...given });
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(problems[0]?.rule ?? "", reason);
      assert.ok(problems[0]?.fix);
    });
  }

  it("are judged all at once", () => {
    const problems = sysboxHostProblems({ ...ubuntu, dataVolume: "", bridgeCidr: "", docker: { version: "" } });
    assert.deepEqual(problems.map(({ path }) => path).sort(), ["bridgeCidr", "dataVolume", "docker.version"]);
  });
});
