import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { RefusedError } from "../../components";
import { readProject } from "../../preview/project";
import { readStackConfig } from "../../preview/stackConfig";
import { readConfig } from "../../stacks/config";

const root = join(__dirname, "../..");

/** What the program is given for staging, with changes: text as text, everything else as JSON; undefined leaves it out. */
function configure(changes: Record<string, unknown> = {}): void {
  const values: Record<string, string> = { ...readStackConfig(readProject(root), "staging").values };
  for (const [key, value] of Object.entries(changes)) {
    const fullKey = key.includes(":") ? key : `ci-hosts:${key}`;
    delete values[fullKey];
    if (value !== undefined) {
      values[fullKey] = typeof value === "string" ? value : JSON.stringify(value);
    }
  }
  // A configuration without a namespace is that of the project.
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key.replace(/^ci-hosts:/, "project:"), value])),
  );
}

function problemsOf(changes: Record<string, unknown>) {
  configure(changes);
  try {
    readConfig();
  } catch (error) {
    assert.ok(error instanceof RefusedError, String(error));
    return error.problems;
  }
  return [];
}

const host = { instanceType: "m7i.large" };
const tls = {
  strategy: "tls",
  dockerHost: { ...host, clients: ["elsewhere"] },
  interfaceEndpoints: ["logs", "monitoring", "secretsmanager", "ssm", "ssmmessages"],
  probeImage: undefined,
};

describe("the stacks' configuration", () => {
  before(() => {
    pulumi.runtime.setMocks({ call: ({ inputs }) => inputs, newResource: ({ name }) => ({ id: name, state: {} }) });
  });

  it("takes staging as committed", () => {
    assert.deepEqual(problemsOf({}), []);
  });

  it("takes the Docker host and a client for each service that asks for Docker, and no sysbox, with the strategy tls", () => {
    configure(tls);
    const { dockerHost, dockerServices, fleet } = readConfig();
    assert.deepEqual(dockerServices, ["runner"]);
    assert.deepEqual(dockerHost?.clients, ["runner", "elsewhere"]);
    assert.deepEqual(dockerHost?.clientReaders, { elsewhere: [] }, "administrators alone, the fleet reads its own");
    assert.deepEqual(
      [dockerHost?.zone, dockerHost?.hostname, dockerHost?.vpcCidr, dockerHost?.tags],
      ["eu-central-1a", "docker.ci.internal", "10.64.0.0/18", fleet.tags],
    );
    assert.equal("sysbox" in fleet, false);
    configure({});
    assert.equal(readConfig().dockerHost, undefined);
  });

  const sha256 = "a".repeat(64);
  const refused: [change: Record<string, unknown>, path: string, rule: RegExp][] = [
    [{ vpcCidr: "10.0.0.0/8" }, "vpcCidr", /between \/16/],
    [{ vpcCidr: "10.64.0.1/18" }, "vpcCidr", /address bits beyond its prefix/],
    [{ vpcCidr: "ten" }, "vpcCidr", /CIDR notation/],
    [{ vpcCidr: "" }, "vpcCidr", /required/],
    [{ vpcCidr: "198.18.0.0/16" }, "bridgeCidr", /overlaps 198\.18\.0\.0\/16, vpcCidr/],
    [{ bridgeCidr: "172.17.0.0/16" }, "bridgeCidr", /what a Docker inside of a container takes/],
    [{ bridgeCidr: "10.64.8.0/24" }, "bridgeCidr", /overlaps 10\.64\.0\.0\/18, vpcCidr/],
    [{ addressPools: [{ base: "172.31.0.0/16", size: 24 }] }, "addressPools[0].base", /AWS's default VPC/],
    [{ addressPools: [{ base: "198.19.0.0/16", size: 8 }] }, "addressPools[0].size", /prefix length from 16/],
    [{ addressPools: [{ base: "198.19.0.0/16" }] }, "addressPools[0].size", /required/],
    [{ strategy: "both" }, "strategy", /must be one of sysbox, tls/],
    [{ dockerHost: { instanceType: "m7i.large" } }, "dockerHost", /with sysbox the TLS host is unnecessary/],
    [{ ...tls, sysbox: { version: "0.7.1" } }, "sysbox", /with sysbox the TLS host is unnecessary/],
    [{ ...tls, probeImage: "docker:29-dind" }, "probeImage", /these hosts have none/],
    [{ ...tls, dockerHost: {} }, "dockerHost.instanceType", /required/],
    [{ ...tls, dockerHost: { instanceType: "m7g.large" } }, "dockerHost.instanceType", /is arm64/],
    [{ ...tls, dockerHost: { ...host, zone: "eu-central-1f" } }, "dockerHost.zone", /one of the stack's zones/],
    [
      { ...tls, dockerHost: { ...host, clients: ["runner"] } },
      "dockerHost.clients[0]",
      /is a service .* a client already/,
    ],
    [
      { ...tls, dockerHost: { ...host, clients: ["a", "a"] } },
      "dockerHost.clients[1]",
      /stands at clients\[0\] already/,
    ],
    [
      { ...tls, dockerHost: { ...host, clientReaders: { runner: [] } } },
      "dockerHost.clientReaders.runner",
      /the fleet reads/,
    ],
    [{ ...tls, dockerHost: { ...host, bridgeCidr: "10.64.0.0/24" } }, "dockerHost.bridgeCidr", /overlaps/],
    [{ ...tls, dockerHost: { ...host, operatingSystem: "debian-12" } }, "dockerHost.packageMirror", /is required/],
    [
      { ...tls, dockerHost: { ...host, administratorArns: ["*"] } },
      "dockerHost.administratorArns[0]",
      /as arn:aws:iam::111122223333:role\/deploy$/,
    ],
    [
      { ...tls, composeFile: "compose.yaml", dockerHost: { ...host, docker: { versoin: "1" } } },
      "dockerHost.docker",
      /no key versoin; its keys are source, version/,
    ],
    [{ ...tls, dockerHost: { ...host, earlyRenewalHours: 0 } }, "dockerHost.earlyRenewalHours", /from 1/],
    [
      { ...tls, dockerHost: { ...host, validity: 24 } },
      "dockerHost",
      /has no key validity; its keys are zone, clients, .*validityHours/,
    ],
    [{ ...tls, interfaceEndpoints: ["logs"] }, "interfaceEndpoints", /monitoring, secretsmanager, ssm, ssmmessages/],
    [{ zones: [] }, "zones", /at least one zone/],
    [{ zones: undefined }, "zones", /required/],
    [{ zones: { a: 1 } }, "zones", /of type array/],
    [{ zones: ["eu-central-1a", 2] }, "zones[1]", /of type string/],
    [{ zones: ["eu-west-1a"] }, "zones[0]", /is not in aws:region, eu-central-1/],
    [{ "aws:region": undefined }, "aws:region", /required/],
    [{ natGateways: "two" }, "natGateways", /one of none, single, per-zone/],
    [{ natGateways: "none" }, "interfaceEndpoints", /these are missing: autoscaling, kms/],
    [{ interfaceEndpoints: ["com.amazonaws.eu-central-1.ssm"] }, "interfaceEndpoints[0]", /last part/],
    [{ flowLogRetentionDays: 8 }, "flowLogRetentionDays", /CloudWatch Logs' periods/],
    [{ logRetentionDays: 0 }, "logRetentionDays", /CloudWatch Logs' periods/],
    [{ operatingSystem: "amazon-linux-2023" }, "operatingSystem", /one of ubuntu-24\.04, debian-12/],
    [{ architecture: "x86_64" }, "architecture", /one of amd64, arm64/],
    [{ amiId: "ami-latest" }, "amiId", /id of an AMI/],
    [{ instanceTypes: [] }, "instanceTypes", /at least one instance type/],
    [{ instanceTypes: ["m7g.large"] }, "instanceTypes[0]", /is arm64, and the hosts are amd64/],
    [{ instanceTypes: ["m7i"] }, "instanceTypes[0]", /family\.size/],
    [{ instanceTypes: ["mac2.metal"] }, "instanceTypes[0]", /runs Linux/],
    [{ instanceTypes: ["m7i.large", "m7i.large"] }, "instanceTypes[1]", /already/],
    [{ architecture: "arm64", instanceTypes: ["m7i.large"] }, "instanceTypes[0]", /is amd64, and the hosts are arm64/],
    [{ minSize: -1 }, "minSize", /from 0 to 1000/],
    [{ minSize: 1.5 }, "minSize", /whole number/],
    [{ minSize: 5 }, "minSize", /must not be above maxSize, 4/],
    [{ desiredCapacity: 9 }, "desiredCapacity", /must not be above maxSize, 4/],
    [{ maxSize: 0, minSize: 0, desiredCapacity: 0 }, "maxSize", /from 1 to 1000/],
    [{ maxSize: undefined }, "maxSize", /required/],
    [{ onDemandBase: 10 }, "onDemandBase", /must not be above maxSize, 4/],
    [{ spotPercent: 101 }, "spotPercent", /share in percent/],
    [{ minHealthyPercent: -5 }, "minHealthyPercent", /share in percent/],
    [{ launchTimeoutSeconds: 60 }, "launchTimeoutSeconds", /from 300 to 7200/],
    [{ drainTimeoutSeconds: 86_400 }, "drainTimeoutSeconds", /from 30 to 7200/],
    [{ rootVolumeGib: 8 }, "rootVolumeGib", /from 20 to 16384/],
    [{ dataVolumeGib: 8 }, "dataVolumeGib", /from 30 to 16384/],
    [{ docker: { source: "snap" } }, "docker.source", /one of docker, distribution/],
    [{ docker: { version: "latest" } }, "docker.version", /./],
    [{ docker: { verison: "29.7.2" } }, "docker", /verison/],
    [{ sysbox: { version: "0.6.7" } }, "sysbox.version", /./],
    [{ sysbox: { url: "https://mirror.example/sysbox.deb" } }, "sysbox.sha256", /./],
    [{ sysbox: { url: "http://mirror.example/a b.deb", sha256 } }, "sysbox.url", /./],
    [{ sysbox: { version: "9.9.9" } }, "sysbox.version", /./],
    [{ packageMirror: "mirror.example" }, "packageMirror", /./],
    [{ securityMirror: "https://mirror.example" }, "securityMirror", /goes with packageMirror/],
    [{ composeFile: "no-such.yaml" }, "composeFile", /is not there/],
    [{ composeFile: ".." }, "composeFile", /is no file/],
    [{ dockerServices: ["builder"] }, "compose.dockerServices[0]", /./],
    [
      { secretArns: { "../etc": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a" } },
      "secretArns.../etc",
      /name for a file/,
    ],
    [{ secretArns: { token: "hunter2" } }, "secretArns.token", /must be an ARN/],
    [{ egressPorts: [80, 443, 0] }, "egressPorts[2]", /from 1 to 65535/],
    [{ permissionsBoundaryArn: "boundary" }, "permissionsBoundaryArn", /must be an ARN/],
    [{ kmsKeyArn: "alias/ci" }, "kmsKeyArn", /must be an ARN/],
    [{ tags: { Owner: "platform" } }, "tags.CostCenter", /required/],
    [{ tags: { Owner: "platform", CostCenter: "" } }, "tags.CostCenter", /must not be empty/],
    [{ tags: { Owner: "platform", CostCenter: "ci", "aws:x": "y" } }, 'tags["aws:x"]', /must not begin with aws:/],
    [{ tags: { Owner: "platform", CostCenter: "ci", "Cost Centre": "y" } }, 'tags["Cost Centre"]', /launches no host/],
    [{ tags: { Owner: "platform", CostCenter: "ci", "example.com/team": "y" } }, 'tags["example.com/team"]', /alone/],
    [{ tags: { Owner: "platform", CostCenter: "ci", _index: "y" } }, 'tags["_index"]', /alone/],
    [{ tags: { Owner: "platform", CostCenter: "x;<y>" } }, 'tags["CostCenter"]', /AWS's rule for tags/],
  ];
  for (const [change, path, rule] of refused) {
    it(`refuses ${JSON.stringify(change)} at ${path}`, () => {
      const problem = problemsOf(change).find((candidate) => candidate.path === path);
      assert.ok(problem !== undefined, `nothing is refused at ${path}: ${JSON.stringify(problemsOf(change))}`);
      assert.match(problem.rule, rule);
      assert.notEqual(problem.fix, "");
    });
  }

  it("says each mistake once", () => {
    for (const change of [
      { launchTimeoutSeconds: 60 },
      { logRetentionDays: 0 },
      { bridgeCidr: "172.17.0.0/16" },
      { ...tls, bridgeCidr: "172.17.0.0/16" },
      { ...tls, dockerHost: { ...host, validity: 24 } },
      { ...tls, dockerHost: { instanceType: 8 } },
      { ...tls, strategy: "both" },
    ]) {
      assert.equal(problemsOf(change).length, 1, JSON.stringify(problemsOf(change)));
    }
  });

  it("says what to do where no service asks for the Docker host, in words of the configuration", () => {
    const composeFile = join(mkdtempSync(join(tmpdir(), "compose-")), "compose.yaml");
    writeFileSync(composeFile, "services: { runner: { image: runner } }");
    const [problem, ...others] = problemsOf({ ...tls, composeFile: relative(join(root, "stacks"), composeFile) });
    rmSync(dirname(composeFile), { recursive: true });
    assert.deepEqual(others, []);
    assert.deepEqual([problem?.path, problem?.value], ["strategy", "tls"]);
    assert.match(problem?.fix ?? "", /x-docker: true, or set strategy to sysbox and leave dockerHost out/);
  });

  it("names a service that no certificate can be named after where it stands", () => {
    const composeFile = join(mkdtempSync(join(tmpdir(), "compose-")), "compose.yaml");
    writeFileSync(composeFile, "services: { Runner_A: { image: runner, x-docker: true } }");
    const problems = problemsOf({ ...tls, composeFile: relative(join(root, "stacks"), composeFile) });
    rmSync(dirname(composeFile), { recursive: true });
    assert.deepEqual(
      problems.map(({ path, value }) => [path, value]),
      [["compose.services.Runner_A", "Runner_A"]],
    );
  });

  it("lists five mistakes at once", () => {
    configure({
      vpcCidr: "ten",
      zones: 3,
      instanceTypes: ["m7g.large"],
      spotPercent: 200,
      tags: { Owner: "platform" },
    });
    assert.throws(readConfig, (error: Error) => {
      assert.match(error.message, /^5 mistakes in the configuration of stack:/);
      for (const path of ["vpcCidr: ", "zones: ", "instanceTypes[0]: ", "spotPercent: ", "tags.CostCenter: "]) {
        assert.ok(error.message.includes(`\n  ${path}`), `${path} is missing in ${error.message}`);
      }
      return true;
    });
  });
});
