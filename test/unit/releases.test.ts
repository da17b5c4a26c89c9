import * as assert from "node:assert/strict";
import { compatibilityProblems } from "../../components/host/compatibility";
import { releaseProblems } from "../../components/host/releaseProblems";
import {
  type DockerChoice,
  dockerPackages,
  type SysboxChoice,
  sysboxChecksums,
  sysboxDownload,
} from "../../components/host/releases";

const distribution: DockerChoice = { source: "distribution" };

describe("the catalogue of releases", () => {
  it("knows the package of each version of sysbox, on both architectures, by a checksum of its own", () => {
    const downloads = Object.keys(sysboxChecksums).flatMap((version) =>
      (["amd64", "arm64"] as const).map((architecture) => sysboxDownload({ version }, architecture)),
    );
    assert.equal(downloads.length, 6);
    assert.equal(new Set(downloads.map(({ url }) => url)).size, 6);
    assert.equal(new Set(downloads.map(({ sha256 }) => sha256)).size, 6);
    for (const { sha256 } of downloads) {
      assert.match(sha256, /^[0-9a-f]{64}$/);
    }
  });

  it("takes sysbox 0.7.1 by default", () => {
    assert.deepEqual(sysboxDownload({}, "arm64"), {
      url: "https://github.com/nestybox/sysbox/releases/download/v0.7.1/sysbox-ce_0.7.1.linux_arm64.deb",
      sha256: "04ca894ae0b53f0fa54eaacc173ce40363c9a95ea5450f773716a84ef650a69b",
    });
  });

  it("takes another package as it is given", () => {
    const choice = { version: "0.8.0", url: "https://mirror.example.com/sysbox.deb", sha256: "0".repeat(64) };
    assert.deepEqual(releaseProblems({}, choice), []);
    assert.deepEqual(sysboxDownload(choice, "amd64"), { url: choice.url, sha256: choice.sha256 });
  });

  it("pins everything that Docker is made of", () => {
    assert.deepEqual(dockerPackages({}, "ubuntu-24.04"), [
      "docker-ce=5:29.7.2-1~ubuntu.24.04~noble",
      "docker-ce-cli=5:29.7.2-1~ubuntu.24.04~noble",
      "containerd.io=2.3.3-1~ubuntu.24.04~noble",
      "docker-buildx-plugin=0.36.1-1~ubuntu.24.04~noble",
      "docker-compose-plugin=5.5.0-1~ubuntu.24.04~noble",
    ]);
    assert.equal(dockerPackages({}, "debian-12")[0], "docker-ce=5:29.7.2-1~debian.12~bookworm");
  });

  it("takes the distribution's Docker in the version that the distribution has", () => {
    assert.deepEqual(dockerPackages(distribution, "debian-12"), ["containerd", "docker-compose", "docker.io", "runc"]);
  });

  it("takes a Docker that it does not know when all that goes with it is pinned", () => {
    const choice = { version: "29.8.2", containerdVersion: "2.3.6", buildxVersion: "0.37.1", composeVersion: "5.6.0" };
    assert.deepEqual(releaseProblems(choice, {}), []);
    assert.equal(dockerPackages(choice, "debian-12")[2], "containerd.io=2.3.6-1~debian.12~bookworm");
  });

  const url = "https://mirror.example.com/sysbox.deb";
  const sha256 = "0".repeat(64);
  const refused: [DockerChoice, SysboxChoice, string, RegExp][] = [
    [{ version: "29.8.2" }, {}, "docker.version", /not in the catalogue \(29\.7\.2\)/],
    [{ version: "29.8.2", containerdVersion: "2.3.6" }, {}, "docker.version", /not in the catalogue/],
    [{ version: "29.8" }, {}, "docker.version", /exact version/],
    [{ version: "latest" }, {}, "docker.version", /exact version/],
    [{ version: "5:29.7.2-1~ubuntu.24.04~noble" }, {}, "docker.version", /exact version/],
    [{ version: "29.7.2; reboot" }, {}, "docker.version", /exact version/],
    [{ version: "29.7.2\n" }, {}, "docker.version", /exact version/],
    [{ containerdVersion: "2.x.3" }, {}, "docker.containerdVersion", /exact version/],
    [{ mirror: "mirror.example.com" }, {}, "docker.mirror", /URL/],
    [{ mirror: "ftp://mirror.example.com" }, {}, "docker.mirror", /URL/],
    [{ mirror: "https://mirror.example.com/" }, {}, "docker.mirror", /slash at the end/],
    [{ mirror: "https://mirror.example.com/a b" }, {}, "docker.mirror", /spaces/],
    [{ mirror: "https://ci:hunter2@mirror.example.com/docker" }, {}, "docker.mirror", /without a user, a password/],
    [{ ...distribution, version: "29.7.2" }, {}, "docker.version", /comes from the distribution/],
    [{ ...distribution, mirror: "https://mirror.example.com" }, {}, "docker.mirror", /comes from the distribution/],
    [{}, { version: "0.6.6" }, "sysbox.version", /not in the catalogue: 0\.6\.7, 0\.7\.0, 0\.7\.1/],
    [{}, { version: "0.7" }, "sysbox.version", /exact version/],
    [{}, { url }, "sysbox.sha256", /goes with sysbox\.url/],
    [{}, { sha256 }, "sysbox.url", /goes with sysbox\.sha256/],
    [{}, { url, sha256: "0".repeat(63) }, "sysbox.sha256", /64 small hexadecimal/],
    [{}, { url, sha256: "A".repeat(64) }, "sysbox.sha256", /64 small hexadecimal/],
    [{}, { url: "file:///sysbox.deb", sha256 }, "sysbox.url", /http/],
    [{}, { url: 'https://mirror.example.com/"$(reboot)"', sha256 }, "sysbox.url", /quotes/],
    [{}, { url: `${url}?X-Amz-Signature=hunter2`, sha256 }, "sysbox.url", /or a query: it stands in user data/],
  ];
  for (const [docker, sysbox, path, reason] of refused) {
    it(`refuses docker ${JSON.stringify(docker)}, sysbox ${JSON.stringify(sysbox).slice(0, 60)}`, () => {
      const [problem, ...others] = releaseProblems(docker, sysbox);
      assert.deepEqual(others, []);
      assert.equal(problem?.path, path);
      assert.match(problem?.rule ?? "", reason);
    });
  }
});

describe("the compatibility of sysbox and Docker", () => {
  const companions = { containerdVersion: "2.2.0", buildxVersion: "0.30.0", composeVersion: "5.0.0" };
  const docker = (version: string): DockerChoice => ({ version, ...companions });
  const bad: [string, DockerChoice, "ubuntu-24.04" | "debian-12", number[]][] = [
    ["0.7.0", docker("29.5.0"), "ubuntu-24.04", [1011]],
    ["0.7.0", docker("29.7.2"), "debian-12", [1011]],
    ["0.7.0", docker("29.10.0"), "ubuntu-24.04", [1011]],
    ["0.6.7", docker("29.7.2"), "ubuntu-24.04", [1011, 973]],
    ["0.6.7", docker("28.5.2"), "ubuntu-24.04", [973]],
    ["0.6.7", docker("29.4.3"), "debian-12", [973]],
    ["0.6.5", docker("27.4.0"), "debian-12", [889]],
    ["0.6.3", docker("20.10.24"), "ubuntu-24.04", [792]],
    ["0.7.0", distribution, "ubuntu-24.04", [1011]],
    ["0.6.7", distribution, "ubuntu-24.04", [1011, 973]],
  ];
  for (const [version, choice, operatingSystem, issues] of bad) {
    it(`refuses sysbox ${version} with ${choice.version ?? "the Docker"} of ${operatingSystem}`, () => {
      const problems = compatibilityProblems({ version }, choice, operatingSystem);
      assert.deepEqual(
        problems.map(({ rule }) => Number(/nestybox\/sysbox\/(?:issues|pull)\/(\d+)$/.exec(rule)?.[1])),
        issues,
      );
      assert.ok(problems.every(({ path, value, fix }) => path === "sysbox.version" && value === version && fix !== ""));
    });
  }

  const good: [SysboxChoice, DockerChoice, "ubuntu-24.04" | "debian-12"][] = [
    [{}, {}, "ubuntu-24.04"],
    [{}, {}, "debian-12"],
    [{}, distribution, "ubuntu-24.04"],
    [{}, distribution, "debian-12"],
    [{ version: "0.7.0" }, docker("29.4.3"), "ubuntu-24.04"],
    [{ version: "0.6.7" }, docker("28.5.1"), "ubuntu-24.04"],
    [{ version: "0.6.7" }, distribution, "debian-12"],
    [{ version: "0.10.0" }, {}, "ubuntu-24.04"],
  ];
  for (const [sysbox, choice, operatingSystem] of good) {
    const names = `sysbox ${sysbox.version ?? "of the catalogue"}, Docker ${choice.version ?? choice.source ?? "of the catalogue"}`;
    it(`knows nothing against ${names} on ${operatingSystem}`, () => {
      assert.deepEqual(compatibilityProblems(sysbox, choice, operatingSystem), []);
    });
  }
});
