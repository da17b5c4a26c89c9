import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { type SysboxDaemonOptions, sysboxDaemonConfig, sysboxDaemonProblems } from "../../components/host/daemonConfig";
import { golden } from "../golden";

const options: SysboxDaemonOptions = { vpcCidr: "10.64.0.0/16" };

describe("daemon.json of a sysbox host", () => {
  it("is the golden one", () => {
    golden("host/daemon.json", sysboxDaemonConfig(options));
  });

  it("is found by the installer of sysbox, which looks for these lines", () => {
    const text = sysboxDaemonConfig(options);
    assert.match(text, /^[ ]+"bip": "[0-9.]+.*"/m);
    assert.match(text, /^[ ]+"default-address-pools"/m);
  });

  it("takes its addresses from the options", () => {
    const config = JSON.parse(
      sysboxDaemonConfig({
        ...options,
        bridgeCidr: "192.168.4.0/22",
        addressPools: [{ base: "192.168.8.0/22", size: 26 }],
      }),
    );
    assert.equal(config.bip, "192.168.4.1/22");
    assert.deepEqual(config["default-address-pools"], [{ base: "192.168.8.0/22", size: 26 }]);
  });

  it("takes further settings, sysbox's runtime as the default among them", () => {
    const daemonSettings = { "registry-mirrors": ["https://mirror.example.com"], "default-runtime": "sysbox-runc" };
    assert.deepEqual(sysboxDaemonProblems({ ...options, daemonSettings }), []);
    const config = JSON.parse(sysboxDaemonConfig({ ...options, daemonSettings }));
    assert.deepEqual(config["registry-mirrors"], ["https://mirror.example.com"]);
    assert.deepEqual(config.runtimes, { "sysbox-runc": { path: "/usr/bin/sysbox-runc" } });
  });

  const refusedSettings: [string, unknown, RegExp][] = [
    ["live-restore", true, /sysbox\/issues\/270/],
    ["live-restore", "true", /sysbox\/issues\/270/],
    ["userns-remap", "default", /containerd image store/],
    ["no-new-privileges", true, /setuid/],
    ["selinux-enabled", true, /sysbox\/issues\/675/],
    ["hosts", ["tcp://0.0.0.0:2375"], /over the network/],
    ["hosts", ["fd://"], /over the network/],
    ["tls", true, /over the network/],
    ["tlsverify", true, /over the network/],
    ["iptables", false, /metadata service/],
    ["ip6tables", false, /metadata service/],
    ["firewall-backend", "nftables", /DOCKER-USER/],
    ["data-root", "/data", /\/var\/lib\/docker/],
    ["default-runtime", "crun", /does not start/],
    ["runtimes", {}, /registers sysbox/],
    ["bip", "10.0.0.1/16", /bridgeCidr/],
    ["default-address-pools", [], /addressPools/],
  ];
  for (const [key, value, reason] of refusedSettings) {
    it(`refuses ${key}: ${JSON.stringify(value)}`, () => {
      const [problem, ...others] = sysboxDaemonProblems({ ...options, daemonSettings: { [key]: value } });
      assert.deepEqual(others, []);
      assert.deepEqual([problem?.path, problem?.value], [`daemonSettings.${key}`, value]);
      assert.match(problem?.rule ?? "", reason);
      assert.ok(problem?.fix);
    });
  }

  it("lets be said what holds anyway", () => {
    const daemonSettings = { "live-restore": false, "no-new-privileges": false, iptables: true, ip6tables: true };
    assert.deepEqual(sysboxDaemonProblems({ ...options, daemonSettings }), []);
  });
});

describe("addresses of containers", () => {
  const pool = (base: string, size = 24) => ({ addressPools: [{ base, size }] });
  const refused: [Partial<SysboxDaemonOptions>, string, RegExp][] = [
    [{ bridgeCidr: "10.64.0.0/24" }, "bridgeCidr", /overlaps 10\.64\.0\.0\/16, vpcCidr/],
    [{ bridgeCidr: "10.0.0.0/8" }, "bridgeCidr", /overlaps 10\.64\.0\.0\/16, vpcCidr/],
    [{ bridgeCidr: "172.17.0.0/16" }, "bridgeCidr", /overlaps 172\.17\.0\.0\/16, what a Docker inside/],
    [{ bridgeCidr: "172.31.128.0/20" }, "bridgeCidr", /overlaps 172\.31\.0\.0\/16, AWS's default VPC/],
    [{ bridgeCidr: "169.254.0.0/17" }, "bridgeCidr", /overlaps 169\.254\.0\.0\/16, .*metadata/],
    [pool("172.16.0.0/12"), "addressPools[0].base", /172\.17/],
    [pool("10.64.128.0/17"), "addressPools[0].base", /vpcCidr/],
    [{ bridgeCidr: "198.19.4.0/24" }, "addressPools[0].base", /overlaps 198\.19\.4\.0\/24, bridgeCidr/],
    [{ vpcCidr: "198.18.0.0/16" }, "bridgeCidr", /overlaps 198\.18\.0\.0\/16, vpcCidr/],
    [{ bridgeCidr: "198.18.0.1/16" }, "bridgeCidr", /begins at its first address/],
    [{ bridgeCidr: "198.18.0.0" }, "bridgeCidr", /CIDR notation/],
    [{ bridgeCidr: "198.18.0.0/29" }, "bridgeCidr", /\/28 or larger/],
    [{ bridgeCidr: "fd00::/64" }, "bridgeCidr", /IPv4/],
    [{ bridgeCidr: "" }, "bridgeCidr", /CIDR notation/],
    [pool("198.19.0.0/16", 15), "addressPools[0].size", /from 16, the pool's own, to 28/],
    [pool("198.19.0.0/16", 29), "addressPools[0].size", /to 28/],
    [pool("198.19.0.0/16", 24.5), "addressPools[0].size", /to 28/],
  ];
  for (const [given, path, reason] of refused) {
    it(`are refused: ${JSON.stringify(given)}`, () => {
      const problems = sysboxDaemonProblems({ ...options, ...given }).filter((problem) => problem.path === path);
      assert.equal(problems.length > 0, true);
      assert.ok(
        problems.some(({ rule }) => reason.test(rule)),
        JSON.stringify(problems),
      );
    });
  }

  it("are fine by default in every private VPC", () => {
    for (const vpcCidr of ["10.0.0.0/16", "10.255.252.0/22", "172.16.0.0/16", "192.168.0.0/16", "100.64.0.0/16"]) {
      assert.deepEqual(sysboxDaemonProblems({ vpcCidr }), [], vpcCidr);
    }
  });

  it("that are accepted share none with the VPC or with each other", () => {
    const block = fc
      .tuple(fc.nat({ max: 0xffffffff }), fc.integer({ min: 8, max: 28 }))
      .map(([address, prefix]) => [address - (address % 2 ** (32 - prefix)), prefix] as const);
    const text = ([address, prefix]: readonly [number, number]) =>
      `${[24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".")}/${prefix}`;
    const share = (a: readonly [number, number], b: readonly [number, number]) =>
      a[0] < b[0] + 2 ** (32 - b[1]) && b[0] < a[0] + 2 ** (32 - a[1]);
    fc.assert(
      fc.property(block, block, block, (vpc, bridge, base) => {
        const given = { vpcCidr: text(vpc), bridgeCidr: text(bridge), ...pool(text(base), 28) };
        const accepted = sysboxDaemonProblems(given).length === 0;
        assert.ok(!accepted || !(share(vpc, bridge) || share(vpc, base) || share(bridge, base)));
      }),
    );
  });
});
