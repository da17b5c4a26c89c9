import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import {
  Architecture,
  type CiFleetArgs,
  differences,
  fleetRelease,
  OperatingSystem,
  type Release,
} from "../../components";
import { plannedDockerClient } from "../../components/dockerClient";
import type { CloudConfig, WriteFile } from "../../components/host/cloudConfig";
import { releaseOf } from "../../components/release";

const amiId = "ami-0123456789abcdef0";
/** The committed services, and one that asks for no Docker by itself. */
const compose = readFileSync(join(__dirname, "../../stacks/compose.yaml"), "utf8").replace(
  "services:\n",
  `services:\n  second:\n    image: docker:29-dind@sha256:${"1".repeat(64)}\n    mem_limit: 1g\n`,
);
const secretArn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:token-abc";
type Args = Partial<CiFleetArgs> & { vpcCidr: string };
const args: Args = { vpcCidr: "10.64.0.0/16", instanceTypes: ["m7i.large"], minSize: 1, maxSize: 4, compose };

const idOf = (changes: Partial<CiFleetArgs> = {}) => fleetRelease({ ...args, ...changes }, amiId).id;

/** Of each argument that decides what stands on a host, values that are not its default. */
const deciding: { readonly [key in keyof CiFleetArgs]?: fc.Arbitrary<NonNullable<CiFleetArgs[key]>> } = {
  operatingSystem: fc.constant(OperatingSystem.Debian12),
  architecture: fc.constant(Architecture.Arm64),
  docker: fc.constantFrom(
    { source: "distribution" as const },
    { version: "29.8.0", containerdVersion: "2.3.4", buildxVersion: "0.36.1", composeVersion: "5.5.0" },
    { containerdVersion: "2.3.4" },
    { mirror: "https://mirror.example.com" },
  ),
  sysbox: fc.constantFrom(
    { version: "0.7.0" },
    { url: "https://mirror.example.com/sysbox-ce_0.7.1.linux_amd64.deb", sha256: "0".repeat(64) },
  ),
  compose: fc.constantFrom(
    compose.replace("cpus: 1.8", "cpus: 1.7"),
    compose.replace(/sha256:[0-9a-f]{64}/, `sha256:${"0".repeat(64)}`),
  ),
  dockerServices: fc.constant(["second"]),
  dockerClients: fc.constant({ runner: plannedDockerClient("runner", "docker.ci.internal") }),
  probeImage: fc.constant("docker:28-dind"),
  secretArns: fc.constant({ token: secretArn }),
  packageMirror: fc.constant("https://mirror.example.com/debian"),
  awsEndpointUrl: fc.constant("https://aws.example.com"),
  bridgeCidr: fc.constant("198.18.128.0/17"),
  addressPools: fc.constant([{ base: "198.19.0.0/16", size: 25 }]),
  launchTimeoutSeconds: fc.integer({ min: 901, max: 7200 }),
  drainTimeoutSeconds: fc.integer({ min: 301, max: 7200 }),
  debugTimeoutSeconds: fc.integer({ min: 1, max: 7200 }),
  unhealthyThreshold: fc.integer({ min: 4, max: 10 }),
  garbageCollectionPercent: fc.integer({ min: 10, max: 74 }),
};

/** What is of a group, a network or an environment, and of no host. */
const indifferent: { readonly [key in keyof CiFleetArgs]?: fc.Arbitrary<NonNullable<CiFleetArgs[key]>> } = {
  vpcId: fc.constant("vpc-other"),
  vpcCidr: fc.constant("10.80.0.0/16"),
  subnetIds: fc.constant(["subnet-a", "subnet-b"]),
  instanceTypes: fc.constant(["m6i.2xlarge"]),
  rootVolumeGib: fc.integer({ min: 20, max: 500 }),
  dataVolumeGib: fc.integer({ min: 30, max: 500 }),
  minSize: fc.integer({ min: 0, max: 4 }),
  maxSize: fc.integer({ min: 4, max: 100 }),
  desiredCapacity: fc.integer({ min: 1, max: 4 }),
  onDemandBase: fc.integer({ min: 0, max: 4 }),
  spotPercent: fc.integer({ min: 0, max: 100 }),
  minHealthyPercent: fc.integer({ min: 0, max: 100 }),
  requireImageDigests: fc.boolean(),
  egressPorts: fc.constant([22, 80, 443]),
  logRetentionDays: fc.constant(90),
  permissionsBoundaryArn: fc.constant("arn:aws:iam::111122223333:policy/boundary"),
  kmsKeyArn: fc.constant("arn:aws:kms:eu-central-1:111122223333:key/a"),
  tags: fc.constant({ Owner: "platform" }),
};

describe("a release", () => {
  it("is named for its image and a digest of all the rest", () => {
    assert.match(idOf(), /^ami-0123456789abcdef0\.[0-9a-f]{16}$/);
    assert.notEqual(fleetRelease(args, "ami-0123456789abcdef1").id, idOf());
  });

  it("has every argument of a fleet on one side or the other", () => {
    const known = [...Object.keys(deciding), ...Object.keys(indifferent), "amiId", "securityMirror"].sort();
    const source = readFileSync(join(__dirname, "../../components/fleet.ts"), "utf8");
    const [, body = ""] = /export interface CiFleetArgs \{\n([\s\S]*?)\n\}/.exec(source) ?? [];
    assert.deepEqual(known, [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name).sort());
  });

  for (const [name, values] of Object.entries(deciding)) {
    it(`is another with another ${name}`, () => {
      fc.assert(
        fc.property(values as fc.Arbitrary<unknown>, (value) => idOf({ [name]: value }) !== idOf()),
        {
          numRuns: 20,
        },
      );
    });
  }

  it("is another with another byte of any file that a host gets, and with another command", () => {
    const daemon: WriteFile = { path: "/etc/docker/daemon.json", permissions: "0644", content: "{}\n" };
    const files: WriteFile[] = [
      daemon,
      { path: "/etc/ci-host/settings", permissions: "0644", content: "A=1\n" },
      { path: "/etc/ci-host/compose.yaml", permissions: "0644", content: "services: {}\n" },
      { path: "/usr/local/lib/ci-host/boot.sh", permissions: "0755", content: "#!/bin/bash\n" },
    ];
    const idWith = (changed: CloudConfig) => {
      const cloudConfig: CloudConfig = { write_files: files, runcmd: [["systemctl", "daemon-reload"]], ...changed };
      return releaseOf(amiId, { operatingSystem: "ubuntu-24.04", architecture: "amd64", docker: {}, cloudConfig }).id;
    };
    const isAnother = (changed: CloudConfig) => idWith(changed) !== idWith({});
    for (const [index, file] of files.entries()) {
      const lines = file.path.endsWith("settings")
        ? fc.stringMatching(/^[A-Z]{2,9}=\w+$/)
        : fc.string({ minLength: 1 });
      fc.assert(
        fc.property(lines, (added) => {
          const text = file.path.endsWith("yaml") ? `# ${JSON.stringify(added)}` : added;
          return isAnother({
            write_files: files.with(index, { ...file, content: file.content + text }),
          });
        }),
      );
      assert.ok(isAnother({ write_files: files.filter((each) => each !== file) }), file.path);
    }
    assert.ok(isAnother({ write_files: files.with(0, { ...daemon, permissions: "0600" }) }));
    assert.ok(isAnother({ runcmd: [["systemctl", "daemon-reexec"]] }));
    assert.ok(!isAnother({}));
  });

  it("is the same whatever is changed of group, network and environment", () => {
    fc.assert(
      fc.property(fc.record(indifferent, { requiredKeys: [] }), (changes) => {
        assert.equal(idOf(changes as Partial<CiFleetArgs>), idOf());
      }),
      { numRuns: 100 },
    );
  });

  it("goes by the names of secrets, and not by where an environment keeps them", () => {
    const elsewhere = secretArn.replace("token-abc", "production-token-xyz");
    assert.equal(idOf({ secretArns: { token: secretArn } }), idOf({ secretArns: { token: elsewhere } }));
    assert.notEqual(idOf({ secretArns: { token: secretArn } }), idOf({ secretArns: { other: secretArn } }));
  });

  it("is the same when it is made from the versions and checksums that it names", () => {
    const { docker, sysbox } = fleetRelease(args, amiId);
    assert.deepEqual(docker, {
      source: "docker",
      version: "29.7.2",
      containerdVersion: "2.3.3",
      buildxVersion: "0.36.1",
      composeVersion: "5.5.0",
    });
    assert.match(String(sysbox?.sha256), /^[0-9a-f]{64}$/);
    assert.equal(idOf({ docker, ...(sysbox && { sysbox }) }), idOf());
  });

  it("differs from another one in what a person would name", () => {
    const other = fleetRelease({ ...args, drainTimeoutSeconds: 600, docker: { containerdVersion: "2.3.4" } }, amiId);
    const found = differences(fleetRelease(args, amiId), other);
    assert.deepEqual(
      found.map(({ what }) => what),
      [
        "docker containerdVersion",
        "setting DOCKER_PACKAGES",
        "setting DRAIN_TIMEOUT_SECONDS",
        "file /etc/systemd/system/ci-workload.service",
      ],
    );
    assert.deepEqual(found[2], { what: "setting DRAIN_TIMEOUT_SECONDS", proven: "300", desired: "600" });
    assert.deepEqual(differences(other, other), []);
  });

  it("differs from one in whatever makes the ids differ", () => {
    const one = fleetRelease(args, amiId);
    for (const [name, values] of Object.entries(deciding)) {
      const [value] = fc.sample(values as fc.Arbitrary<unknown>, 1);
      const other: Release = fleetRelease({ ...args, [name]: value }, amiId);
      assert.ok(differences(one, other).length > 0, `${name}: the ids differ, and nothing else is said to`);
    }
  });
});
