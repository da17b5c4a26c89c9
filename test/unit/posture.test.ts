import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as ec2 from "@pulumi/aws/ec2";
import * as tls from "@pulumi/tls";
import { CiFleet, type CiFleetArgs, CiNetwork } from "../../components";
import { Mitigation } from "../../components/mitigations";
import { isOlder } from "../../policy/hostReleases";
import { mitigations } from "../../policy/mitigations";
import { type Environment, posture } from "../../policy/posture";
import { threats } from "../../policy/threats";
import { rules } from "../../policy/violations";
import { unpack } from "../../preview/decode";
import { record } from "../../preview/inProcess";
import type { Manifest } from "../../preview/manifest";
import { listStacks, previewStacks } from "../../preview/stacks";
import { writes } from "../policy/fixture";
import { inputsOf, only } from "../resources";

const root = join(__dirname, "../..");

/** `container-escape: critical → low` */
const risksOf = ({ threats }: Environment) => threats.map(({ id, before, after }) => `${id}: ${before} → ${after}`);
const withStatus = ({ mitigations }: Environment, wanted: string) =>
  mitigations.filter(({ status }) => status === wanted).map(({ id }) => id);
/** `sysbox-runtime at fleet-template`, for everything that is missing. */
const missingIn = ({ mitigations }: Environment) =>
  mitigations.flatMap(({ id, missing }) => missing.map(({ resource }) => `${id} at ${resource}`));

function environment(manifest: Manifest): Environment {
  const [first] = posture([manifest]).environments;
  assert.ok(first !== undefined);
  return first;
}

/** The same stack with inputs of a resource changed. */
function changed(manifest: Manifest, name: string, inputs: object): Manifest {
  assert.ok(inputsOf(manifest, name));
  const resources = manifest.resources.map((each) =>
    each.name === name ? { ...each, inputs: { ...each.inputs, ...inputs } } : each,
  );
  return { ...manifest, resources };
}

/** The same stack with another text on its hosts. */
function onHosts(manifest: Manifest, from: string | RegExp, to: string): Manifest {
  const text = unpack(String(inputsOf(manifest, "fleet-template").userData)).bytes.toString("utf8");
  const userData = text.replace(from, to);
  assert.notEqual(userData, text, `${from} is not on the hosts`);
  return changed(manifest, "fleet-template", { userData });
}

const bySysbox = [
  "container-escape: critical → low",
  "resource-abuse: high → medium",
  "daemon-compromise: critical → low",
];
const common = mitigations.filter(({ strategy }) => strategy === undefined).map(({ id }) => id);
const ofStrategy = (wanted: string) => mitigations.filter(({ strategy }) => strategy === wanted).map(({ id }) => id);

describe("the table of mitigations", () => {
  it("has every mitigation once, and answers every threat by each way out", () => {
    assert.deepEqual(mitigations.map(({ id }) => id).sort(), Object.values(Mitigation).sort());
    for (const { id } of threats) {
      for (const way of ["sysbox", "tls"]) {
        assert.ok(mitigations.some(({ strategy, answers }) => strategy === way && answers.includes(id)));
      }
    }
  });

  it("has a place for every rule", () => {
    assert.deepEqual([...new Set(mitigations.flatMap(({ rules }) => rules))].sort(), rules.map(({ id }) => id).sort());
  });

  it("is in docs/posture.md", () => {
    const text = readFileSync(join(root, "docs/posture.md"), "utf8");
    assert.deepEqual(
      text.match(/^\| `[a-z][a-z-]*` \|.*$/gm),
      mitigations.map(
        ({ id, title, strategy, answers, rules }) =>
          `| \`${id}\` | ${title} | ${strategy ?? "both"} | ${answers.join(", ")} | ${rules.map((rule) => `\`${rule}\``).join(", ")} |`,
      ),
    );
    for (const { title, risks } of threats) {
      const cell = (way: keyof typeof risks) => `${risks[way].before} → ${risks[way].after}`;
      assert.ok(text.includes(`| ${title} | ${cell("sysbox")} | ${cell("tls")} |`), title);
    }
  });
});

describe("the posture of the committed stacks", () => {
  let production: Manifest;
  let staging: Manifest;
  let legacy: Manifest;
  before(async function () {
    this.timeout(60_000);
    const manifests = await previewStacks(root, listStacks(root));
    const named = (name: string) => manifests.find(({ stack }) => stack === name) as Manifest;
    [production, staging, legacy] = [named("production"), named("staging"), named("legacy")];
  });

  it("has all of sysbox implemented, and neither behind the other", () => {
    const { environments, behind } = posture([production, staging]);
    for (const each of environments) {
      assert.deepEqual(each.strategies, ["sysbox"]);
      assert.deepEqual(risksOf(each), bySysbox);
      assert.deepEqual(withStatus(each, "implemented"), [...common, ...ofStrategy("sysbox")]);
      assert.deepEqual(withStatus(each, "not chosen"), ofStrategy("tls"));
    }
    assert.deepEqual(behind, []);
  });

  it("has all of TLS implemented where there is a Docker host", () => {
    const each = environment(legacy);
    assert.deepEqual(each.strategies, ["tls"]);
    assert.deepEqual(withStatus(each, "implemented"), [...common, ...ofStrategy("tls")]);
    assert.deepEqual(each.unfounded, []);
    const proof = each.mitigations.find(({ id }) => id === "proof-before-jobs");
    assert.deepEqual(
      proof?.where.map(({ resource }) => resource),
      ["fleet-group", "fleet-template"],
    );
    const unproven = environment(onHosts(legacy, " probe-remote in-service", " in-service"));
    assert.deepEqual(missingIn(unproven), ["proof-before-jobs at fleet-template"]);
  });

  it("says where: resource, component and line", () => {
    const { mitigations } = environment(staging);
    const { where } = mitigations.find(({ id }) => id === "flow-logs") ?? {};
    assert.ok(where?.[0]);
    const { source, ...place } = where[0];
    assert.deepEqual(place, { resource: "ci-flow-log", component: "ci", componentType: "ci-hosts:index:CiNetwork" });
    const [file = "", line = ""] = source.split(":");
    assert.match(readFileSync(join(root, file), "utf8").split("\n")[Number(line) - 1] ?? "", /new ec2\.FlowLog/);
  });

  it("implements all that the stack's output claims, and what its workload adds", () => {
    const each = environment(staging);
    const claimed = Object.values(staging.outputs.posture as Record<string, string[]>).flat();
    assert.deepEqual([...claimed, "workload-limits"].sort(), withStatus(each, "implemented").sort());
    assert.deepEqual(each.unfounded, []);
  });

  type Change = [
    what: string,
    change: (manifest: Manifest) => Manifest,
    missing: string[],
    risks: string[],
    unfounded: string[],
  ];
  const changes: Change[] = [
    [
      "the runtime is missing in daemon.json",
      (manifest) => onHosts(manifest, '"sysbox-runc": {', '"other": {'),
      ["sysbox-runtime at fleet-template"],
      [
        "container-escape: critical → critical",
        "resource-abuse: high → high",
        "daemon-compromise: critical → critical",
      ],
      ["sysbox-runtime"],
    ],
    [
      "a service gets the socket",
      (manifest) =>
        onHosts(manifest, "runtime: sysbox-runc", "$&\n          volumes: [/run/docker.sock:/var/run/docker.sock]"),
      ["workload-unprivileged at fleet-template"],
      [
        "container-escape: critical → critical",
        "resource-abuse: high → high",
        "daemon-compromise: critical → critical",
      ],
      ["workload-unprivileged"],
    ],
    [
      "no service runs under sysbox",
      (manifest) => onHosts(manifest, "runtime: sysbox-runc\n", "runtime: runc\n"),
      ["workload-under-sysbox at fleet-template"],
      [
        "container-escape: critical → critical",
        "resource-abuse: high → high",
        "daemon-compromise: critical → critical",
      ],
      ["workload-under-sysbox"],
    ],
    [
      "a service has no limit of processes",
      (manifest) => onHosts(manifest, /^ *pids_limit.*\n/m, ""),
      ["workload-limits at fleet-template"],
      ["container-escape: critical → low", "resource-abuse: high → high", "daemon-compromise: critical → low"],
      [],
    ],
    [
      "a limit is none",
      (manifest) => onHosts(manifest, /^( *)pids_limit.*$/m, "$1pids_limit: -1"),
      ["workload-limits at fleet-template"],
      ["container-escape: critical → low", "resource-abuse: high → high", "daemon-compromise: critical → low"],
      [],
    ],
    ...["--jump ACCEPT", "--jump LOG"].map(
      (jump): Change => [
        `the firewall has ${jump}`,
        (manifest) => onHosts(manifest, /--jump (?:REJECT|DROP)/g, jump),
        ["metadata-out-of-reach at fleet-template"],
        ["container-escape: critical → critical", "resource-abuse: high → medium", "daemon-compromise: critical → low"],
        ["metadata-out-of-reach"],
      ],
    ),
    ...["--flush DOCKER-USER", "-F", "--table security --flush", "--insert DOCKER-USER --jump ACCEPT"].map(
      (rule): Change => [
        `the firewall is taken down by iptables ${rule}`,
        (manifest) => onHosts(manifest, /\n( *)block iptables .*/, `$&\n$1iptables --wait ${rule}`),
        ["metadata-out-of-reach at fleet-template"],
        ["container-escape: critical → critical", "resource-abuse: high → medium", "daemon-compromise: critical → low"],
        ["metadata-out-of-reach"],
      ],
    ),
    [
      "the firewall is about the host itself",
      (manifest) => onHosts(manifest, /--insert (?:DOCKER-USER|FORWARD)/g, "--insert OUTPUT"),
      ["metadata-out-of-reach at fleet-template"],
      ["container-escape: critical → critical", "resource-abuse: high → medium", "daemon-compromise: critical → low"],
      ["metadata-out-of-reach"],
    ],
    [
      "a service has the host's network",
      (manifest) => onHosts(manifest, "runtime: sysbox-runc", "$&\n          network_mode: host"),
      ["workload-unprivileged at fleet-template", "metadata-out-of-reach at fleet-template"],
      [
        "container-escape: critical → critical",
        "resource-abuse: high → high",
        "daemon-compromise: critical → critical",
      ],
      ["workload-unprivileged", "metadata-out-of-reach"],
    ],
    ...(
      [
        ["the probe is not there", "/stages/probe.sh", "/stages/other.sh"],
        ["no unit runs the boot", /ExecStart=\S*boot\.sh/, "ExecStart=/bin/true"],
      ] as const
    ).map(
      ([what, from, to]): Change => [
        what,
        (manifest) => onHosts(manifest, from, to),
        ["proof-before-jobs at fleet-template"],
        ["container-escape: critical → critical", "resource-abuse: high → medium", "daemon-compromise: critical → low"],
        ["proof-before-jobs"],
      ],
    ),
    [
      "the firewall is run by no unit",
      (manifest) => onHosts(manifest, "ExecStart=/usr/local/lib/ci-host/imds-firewall.sh", "ExecStart=/bin/true"),
      ["metadata-out-of-reach at fleet-template"],
      ["container-escape: critical → critical", "resource-abuse: high → medium", "daemon-compromise: critical → low"],
      ["metadata-out-of-reach"],
    ],
    [
      "hosts are in service without a probe",
      (manifest) => onHosts(manifest, " probe in-service", " in-service"),
      ["proof-before-jobs at fleet-template"],
      ["container-escape: critical → critical", "resource-abuse: high → medium", "daemon-compromise: critical → low"],
      ["proof-before-jobs"],
    ],
    [
      "sysbox is not checked, and IMDSv1 is on",
      (manifest) =>
        changed(onHosts(manifest, /SYSBOX_SHA256=.*/, ""), "fleet-template", {
          metadataOptions: { httpTokens: "optional", httpPutResponseHopLimit: 1 },
        }),
      ["releases-pinned at fleet-template", "metadata-out-of-reach at fleet-template"],
      [
        "container-escape: critical → critical",
        "resource-abuse: high → medium",
        "daemon-compromise: critical → critical",
      ],
      ["releases-pinned", "metadata-out-of-reach"],
    ],
    [
      "the network is recorded in part",
      (manifest) => changed(manifest, "ci-flow-log", { trafficType: "REJECT" }),
      ["flow-logs at ci-vpc"],
      bySysbox,
      ["flow-logs"],
    ],
  ];
  for (const [what, change, missing, risks, unfounded] of changes) {
    it(`changes in just that when ${what}`, () => {
      const each = environment(change(staging));
      assert.deepEqual(missingIn(each), missing);
      assert.deepEqual(risksOf(each), risks);
      assert.deepEqual([...each.unfounded].sort(), [...unfounded].sort());
      const names = missing.map((text) => text.replace(/ at .*/, ""));
      assert.deepEqual(
        withStatus(each, "implemented"),
        [...common, ...ofStrategy("sysbox")].filter((id) => !names.includes(id)),
      );
    });
  }

  it("says what is missing, and what to change", () => {
    const each = environment(onHosts(staging, '"sysbox-runc": {', '"other": {'));
    const { missing } = each.mitigations.find(({ id }) => id === "sysbox-runtime") ?? {};
    assert.deepEqual(missing, [
      {
        rule: "sysbox-runtime-registered",
        resource: "fleet-template",
        source: only(staging, "fleet-template").source,
        path: "userData: /etc/docker/daemon.json",
        found: "the host has sysbox, and its daemon no runtime sysbox-runc",
        change: 'Set runtimes to { "sysbox-runc": { "path": "/usr/bin/sysbox-runc" } } in daemon.json.',
      },
    ]);
  });

  it("names the stack that lacks what the other has", () => {
    const { behind } = posture([onHosts(production, '"sysbox-runc": {', '"other": {'), staging]);
    assert.deepEqual(behind, [
      { stack: "production", ahead: "staging", what: "sysbox-runtime", has: "missing", aheadHas: "implemented" },
    ]);
  });
});

describe("stacks of different releases", () => {
  const args: Omit<CiFleetArgs, "docker"> = {
    vpcId: "vpc-1",
    vpcCidr: "10.64.0.0/16",
    subnetIds: ["subnet-1"],
    instanceTypes: ["m7i.large"],
    minSize: 1,
    maxSize: 1,
  };
  const stackWith = (stack: string, docker: CiFleetArgs["docker"]) =>
    record(() => new CiFleet("fleet", { ...args, ...(docker === undefined ? {} : { docker }) }), { stack });

  it("say that production is behind staging", async () => {
    const old = { version: "29.7.1", containerdVersion: "2.3.3", buildxVersion: "0.36.1", composeVersion: "5.5.0" };
    const manifests = [await stackWith("production", old), await stackWith("staging", undefined)];
    const behind = [{ stack: "production", ahead: "staging", what: "Docker", has: "29.7.1", aheadHas: "29.7.2" }];
    assert.deepEqual(posture(manifests).behind, behind);
    assert.deepEqual(posture(manifests.reverse()).behind, behind);
  });

  it("are compared by number", () => {
    const sorted = ["0.7.1", "29.7.2", "29.7.10", "29.10", "29.10.1", "30"];
    sorted.forEach((one, index) => {
      sorted.forEach((other, place) => {
        assert.equal(isOlder(one, other), index < place, `${one} and ${other}`);
      });
    });
  });
});

describe("a stack with a Docker host over TLS", () => {
  const daemon = { hosts: ["tcp://0.0.0.0:2376"], tlsverify: true, tlscacert: "/c", tlscert: "/s", tlskey: "/k" };
  const client = (environment: object) => JSON.stringify({ services: { runner: { image: "runner", environment } } });
  const firewall = {
    runcmd: [["iptables", "-I", "DOCKER-USER", "-d", "169.254.169.254/32", "-j", "REJECT"]],
  };
  const userData = (path: string, content: string) =>
    `#cloud-config\n${JSON.stringify({ write_files: [{ path, content }], ...firewall })}`;
  const settings = { DOCKER_HOST: "tcp://docker:2376", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" };

  const program = (daemonConfig: object, environment: object) => () => {
    const network = new CiNetwork("ci", { vpcCidr: "10.64.0.0/16", zones: ["eu-central-1a"] });
    const key = new tls.PrivateKey("key", { algorithm: "ECDSA" });
    const life = { validityPeriodHours: 720, earlyRenewalHours: 240 };
    new tls.SelfSignedCert("ca", {
      ...life,
      isCaCertificate: true,
      privateKeyPem: key.privateKeyPem,
      allowedUses: ["cert_signing"],
    });
    for (const use of ["server_auth", "client_auth"]) {
      new tls.LocallySignedCert(use, {
        ...life,
        allowedUses: [use],
        caCertPem: "",
        caPrivateKeyPem: key.privateKeyPem,
        certRequestPem: "",
      });
    }
    const machine = {
      metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
      rootBlockDevice: { encrypted: true },
      vpcSecurityGroupIds: [new ec2.SecurityGroup("hosts", { vpcId: network.vpcId, ingress: [] }).id],
    };
    new ec2.Instance("docker", {
      ...machine,
      subnetId: network.isolatedSubnetIds.apply(([id]) => String(id)),
      userData: userData("/etc/docker/daemon.json", JSON.stringify(daemonConfig)),
    });
    new ec2.Instance("ci-host", {
      ...machine,
      subnetId: network.ciSubnetIds.apply(([id]) => String(id)),
      userData: userData("/srv/compose.yaml", client(environment)),
    });
  };
  /** Machines of their own, which nothing tries before they take jobs, and no deployment waits for. */
  const unproven = ["proof-before-jobs at ", "proof-before-jobs at ci-host", "release-proven at "];
  const escapes = "container-escape: high → high";

  it("has the risks of that way out, and is not asked for sysbox", async () => {
    const each = environment(await record(program(daemon, settings)));
    assert.deepEqual(missingIn(each), unproven);
    assert.deepEqual(each.strategies, ["tls"]);
    assert.deepEqual(risksOf(each), [escapes, "resource-abuse: high → medium", "daemon-compromise: high → medium"]);
    assert.deepEqual(withStatus(each, "not chosen"), ofStrategy("sysbox"));
  });

  it("changes when TLS is off", async () => {
    for (const off of [{ tlsverify: false }, { tlsverify: false, tls: true }]) {
      const each = environment(await record(program({ ...daemon, ...off }, settings)));
      assert.deepEqual(missingIn(each), [...unproven, "tls-verifies-clients at docker"]);
      assert.deepEqual(risksOf(each), [escapes, "resource-abuse: high → medium", "daemon-compromise: high → high"]);
    }
  });

  it("changes when a CI container does not verify the daemon", async () => {
    const { DOCKER_TLS_VERIFY: _, ...unverified } = settings;
    const plain = { ...settings, DOCKER_HOST: "tcp://docker:2375" };
    for (const environmentOf of [unverified, { ...settings, DOCKER_TLS_VERIFY: "" }, plain]) {
      const each = environment(await record(program(daemon, environmentOf)));
      assert.deepEqual(missingIn(each), [...unproven, "tls-client-settings at ci-host"]);
      assert.equal(risksOf(each)[0], escapes);
    }
  });

  it("has the greater risks as long as sysbox stands beside it", async () => {
    const both = { ...daemon, runtimes: { "sysbox-runc": { path: "/usr/bin/sysbox-runc" } } };
    const each = environment(await record(program(both, settings)));
    assert.deepEqual(each.strategies, ["sysbox", "tls"]);
    assert.ok(withStatus(each, "missing").includes("dedicated-daemon"));
    assert.deepEqual(
      each.threats.map(({ before, after, goal }) => [before, after, goal]),
      [
        ["critical", "critical", "medium"],
        ["high", "high", "medium"],
        ["critical", "critical", "medium"],
      ],
    );
  });
});

describe("a stack with a privileged container, and neither way out", () => {
  it("is at the risks that sysbox starts from", async () => {
    const compose = JSON.stringify({ services: { runner: { image: "runner", privileged: true } } });
    const each = environment(
      await record(() => new ec2.Instance("host", { userData: writes("/srv/compose.yaml", compose) })),
    );
    assert.deepEqual(each.strategies, []);
    assert.deepEqual(risksOf(each), [
      "container-escape: critical → critical",
      "resource-abuse: high → high",
      "daemon-compromise: critical → critical",
    ]);
    assert.ok(missingIn(each).includes("workload-unprivileged at host"));
    assert.ok(missingIn(each).includes("sysbox-runtime at "));
  });
});
