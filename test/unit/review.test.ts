import * as assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { resourceMeaning } from "../../preview/diff/awsMeaning";
import { compare } from "../../preview/diff/compare";
import { outcomes } from "../../preview/diff/effects";
import { reviewExitCode } from "../../preview/diff/exitCode";
import { pairs } from "../../preview/diff/pairs";
import { type Review, review } from "../../preview/diff/review";
import { reviewJson } from "../../preview/diff/reviewJson";
import { markdownLimit, marker, reviewMarkdown } from "../../preview/diff/reviewMarkdown";
import { reviewText } from "../../preview/diff/reviewText";
import { changeLines } from "../../preview/diff/words";
import { coloursFor, columnsOf, pageWidth } from "../../preview/layout";
import type { Manifest, ManifestResource, Value } from "../../preview/manifest";
import { secretMarks } from "../../preview/secretMarks";
import { previewStacks } from "../../preview/stacks";
import { manifestOf, registered, since, types } from "../manifests";
import { base64, gzipped } from "../policy/fixture";
import { temporaryProject } from "../temporaryProject";

type Inputs = ManifestResource["inputs"];

const plain = coloursFor(false, {});

/** What a review says of a change of these inputs, line by line. */
function said(type: string, before: Inputs, after: Inputs): string[] {
  const meaning = (inputs: Inputs) => resourceMeaning(registered(type, "one", { inputs }));
  return changeLines(compare(meaning(before), meaning(after))).map(({ sign, text }) => `${sign} ${text}`);
}

/** The same for the user data of a machine. */
function saidOfHost(before: string, after: string): string[] {
  return said(types.template, { userData: before }, { userData: after });
}

function cloudConfig(document: Readonly<Record<string, unknown>>): string {
  return base64(`#cloud-config\n${JSON.stringify(document)}`);
}

function file(path: string, content: string): string {
  return cloudConfig({ write_files: [{ path, content }] });
}

describe("a comparison of inputs", () => {
  const rule = (ports: number, ...cidrBlocks: string[]) => ({
    ...{ protocol: "tcp", fromPort: ports, toPort: ports },
    cidrBlocks,
  });
  const policy = (...Statement: Value[]) => ({ policy: JSON.stringify({ Version: "2012-10-17", Statement }) });
  const read = { Sid: "Read", Effect: "Allow", Action: ["s3:GetObject", "s3:ListBucket"], Resource: "*" };
  const write = { Effect: "Allow", Action: "s3:PutObject", Resource: ["arn:a", "arn:b"] };

  const same: [what: string, type: string, before: Inputs, after: Inputs][] = [
    ["subnets", types.group, { vpcZoneIdentifiers: ["a", "b"] }, { vpcZoneIdentifiers: ["b", "a"] }],
    [
      "rules and their peers",
      types.securityGroup,
      { ingress: [rule(22, "10.0.0.0/8", "fd00::/8"), rule(443, "10.0.0.0/8")] },
      { ingress: [rule(443, "10.0.0.0/8"), rule(22, "fd00::/8", "10.0.0.0/8")] },
    ],
    [
      "peers that stand in rules of their own",
      types.securityGroup,
      { ingress: [rule(22, "10.0.0.0/8", "192.168.0.0/16")] },
      { ingress: [rule(22, "192.168.0.0/16"), rule(22, "10.0.0.0/8")] },
    ],
    [
      "the number of a protocol",
      types.securityGroup,
      { ingress: [rule(22, "10.0.0.0/8")] },
      { ingress: [{ ...rule(22, "10.0.0.0/8"), protocol: "6" }] },
    ],
    ["statements", types.policy, policy(read, write), policy(write, read)],
    [
      "actions and resources, or one alone for a list of one",
      types.policy,
      policy(read, write),
      policy(
        { ...read, Action: ["s3:ListBucket", "s3:GetObject"], Resource: ["*"] },
        { ...write, Action: ["s3:PutObject"], Resource: ["arn:b", "arn:a"] },
      ),
    ],
    [
      "a policy's keys, as text or as a mapping",
      types.policy,
      policy(read),
      { policy: { Statement: [read], Version: "2012-10-17" } },
    ],
    [
      "tags of a group",
      types.group,
      {
        tags: [
          { key: "a", value: "1", propagateAtLaunch: true },
          { key: "b", value: "2", propagateAtLaunch: true },
        ],
      },
      {
        tags: [
          { key: "b", value: "2", propagateAtLaunch: true },
          { key: "a", value: "1", propagateAtLaunch: true },
        ],
      },
    ],
    [
      "volumes by device",
      types.template,
      { blockDeviceMappings: [{ deviceName: "/dev/a", ebs: { volumeSize: 1 } }, { deviceName: "/dev/b" }] },
      { blockDeviceMappings: [{ deviceName: "/dev/b" }, { deviceName: "/dev/a", ebs: { volumeSize: 1 } }] },
    ],
  ];
  for (const [what, type, before, after] of same) {
    it(`knows no order of ${what}`, () => {
      assert.deepEqual(said(type, before, after), []);
    });
  }

  const changed: [what: string, type: string, before: Inputs, after: Inputs, lines: string[]][] = [
    [
      "a tag by its key",
      types.vpc,
      { tags: { Name: "ci", Owner: "platform" } },
      { tags: { Name: "ci", Owner: "build" } },
      ["~ tags.Owner: platform → build"],
    ],
    [
      "the tag of a group by its key",
      types.group,
      { tags: [{ key: "Owner", value: "platform" }] },
      {
        tags: [
          { key: "Name", value: "ci" },
          { key: "Owner", value: "build" },
        ],
      },
      ["+ tags.Name: ci", "~ tags.Owner: platform → build"],
    ],
    [
      "a rule by what it lets through",
      types.securityGroup,
      { ingress: [rule(443, "10.0.0.0/8"), { ...rule(22, "10.1.0.0/16"), description: "admins" }] },
      { ingress: [rule(80, "10.0.0.0/8"), rule(443, "10.0.0.0/8")] },
      ["+ ingress: tcp 80, 10.0.0.0/8", "- ingress: tcp 22, 10.1.0.0/16 (admins)"],
    ],
    [
      "a rule that is given twice",
      types.securityGroup,
      { ingress: [rule(443, "10.0.0.0/8")] },
      { ingress: [rule(443, "10.0.0.0/8"), rule(443, "10.0.0.0/8")] },
      ["+ ingress: tcp 443, 10.0.0.0/8 #2"],
    ],
    [
      "a rule to the group itself",
      types.securityGroup,
      { ingress: [] },
      { ingress: [{ protocol: "-1", fromPort: 0, toPort: 0, self: true }] },
      ["+ ingress: all traffic, the group itself"],
    ],
    [
      "an action by its statement's Sid",
      types.policy,
      policy(read),
      policy({ ...read, Action: [...read.Action, "s3:DeleteObject"] }),
      ["+ policy.Statement.Read.Action: s3:DeleteObject"],
    ],
    [
      "a text by its lines",
      types.parameter,
      { value: "one\ntwo\nthree\nfour\nfive\n" },
      { value: "one\ntwo\n3\nfour\nfive\n" },
      ["  value", "    one", "    two", "-   three", "+   3", "    four", "    five"],
    ],
    [
      "JSON in a text by what it says",
      types.parameter,
      { value: '{"a": 1, "b": [1, 2]}' },
      { value: '{"b": [1, 3], "a": 1}' },
      ["~ value.b[1]: 2 → 3"],
    ],
    [
      "the order of JSON in a text as lines",
      types.parameter,
      { value: '{\n"a": 1,\n"b": 2\n}\n' },
      { value: '{\n"b": 2,\n"a": 1\n}\n' },
      ["  value", "    {", '+   "b": 2,', '-   "a": 1,', '-   "b": 2', '+   "a": 1', "    }"],
    ],
  ];
  for (const [what, type, before, after, lines] of changed) {
    it(`names ${what}`, () => {
      assert.deepEqual([...said(type, before, after)].sort(), [...lines].sort());
    });
  }

  it("names a statement without a Sid by what it says, whole", () => {
    const lines = said(types.policy, policy(read, write), policy(read, { ...write, Action: "s3:*" }));
    assert.ok(
      lines.some((line) => line.startsWith("+") && line.includes("s3:*")),
      lines.join("\n"),
    );
    assert.ok(
      lines.some((line) => line.startsWith("-") && line.includes("s3:PutObject")),
      lines.join("\n"),
    );
    assert.ok(!lines.some((line) => line.includes("s3:GetObject")), lines.join("\n"));
  });

  it("does not take long over a long text of which no line is the same", () => {
    // Alone, each line is compared with each other: minutes for what user data can hold.
    const text = (word: string) => Array.from({ length: 6000 }, (_, index) => `${word} ${index}`).join("\n");
    const start = process.cpuUsage();
    assert.equal(said(types.parameter, { value: text("old") }, { value: text("new") }).length, 12_001);
    assert.ok(process.cpuUsage(start).user < 2_000_000, `${process.cpuUsage(start).user / 1e6} s`);
  });

  it("keeps the order of a list that it does not know", () => {
    assert.deepEqual(said("aws:new:Thing", { steps: ["a", "b"] }, { steps: ["b", "a"] }).length, 2);
  });
});

describe("a comparison of user data", () => {
  it("names a command that is put in between by its place, and no other", () => {
    const commands = (...runcmd: string[][]) => cloudConfig({ runcmd });
    const [first, second, third] = [
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
    ] as const;
    assert.deepEqual(
      saidOfHost(commands(first.slice(), third.slice()), commands(first.slice(), second.slice(), third.slice())),
      ["+ userData.runcmd[1]: b 2"],
    );
    assert.deepEqual(
      saidOfHost(commands(first.slice(), second.slice(), third.slice()), commands(second.slice(), third.slice())),
      ["- userData.runcmd[0]: a 1"],
    );
    assert.deepEqual(saidOfHost(commands(first.slice(), second.slice()), commands(first.slice(), ["b", "4"])), [
      "~ userData.runcmd[1]: b 2 → b 4",
    ]);
  });

  it("keeps the order of commands", () => {
    const lines = saidOfHost(cloudConfig({ runcmd: [["a"], ["b"]] }), cloudConfig({ runcmd: [["b"], ["a"]] }));
    assert.deepEqual(lines.map((line) => line[0]).sort(), ["+", "-"]);
  });

  it("names packages by their name", () => {
    assert.deepEqual(saidOfHost(cloudConfig({ packages: ["curl", "jq"] }), cloudConfig({ packages: ["git", "jq"] })), [
      "- userData.packages: curl",
      "+ userData.packages: git",
    ]);
  });

  it("says in few words that the same stands in another order or packing", () => {
    const entries = [
      { path: "/a", content: "a\n".repeat(500) },
      { path: "/b", content: "b\n".repeat(500) },
    ];
    const before = cloudConfig({ write_files: entries });
    for (const after of [
      cloudConfig({ write_files: [...entries].reverse() }),
      base64(`#cloud-config\n# A comment.\n${JSON.stringify({ write_files: entries })}`),
    ]) {
      const lines = saidOfHost(before, after);
      assert.notDeepEqual(lines, []);
      assert.ok(lines.join("\n").length < 500, `${lines.join("\n").length} characters`);
    }
  });

  const entry = (rest: object) => cloudConfig({ write_files: [{ path: "/etc/x", content: "x\n", ...rest }] });
  it("names a file by its path: its mode, owner and encoding", () => {
    assert.deepEqual(saidOfHost(entry({}), entry({ permissions: "0600", owner: "ci:ci" })), [
      "  /etc/x",
      "~   mode: 0644 → 0600",
      "~   owner: root:root → ci:ci",
    ]);
    const packed = saidOfHost(entry({}), entry({ encoding: "gz+b64", content: gzipped("x\n") }));
    assert.ok(!packed.some((line) => line.includes("/etc/x")), packed.join("\n"));
  });

  it("shows a file that comes or goes whole", () => {
    const none = cloudConfig({ write_files: [] });
    assert.deepEqual(saidOfHost(none, file("/etc/x", "one\ntwo\n")), [
      "  /etc/x",
      "+   mode: 0644",
      "+   owner: root:root",
      "+   one",
      "+   two",
    ]);
    assert.deepEqual(saidOfHost(file("/etc/x", "one\ntwo\n"), none), [
      "  /etc/x",
      "-   mode: 0644",
      "-   owner: root:root",
      "-   one",
      "-   two",
    ]);
  });

  const documents: [what: string, path: string, before: string, after: string, lines: string[]][] = [
    [
      "a key of daemon.json",
      "/etc/docker/daemon.json",
      '{"log-driver": "local"}',
      '{"debug": true, "log-driver": "local"}',
      ["+   debug: true"],
    ],
    [
      "a key of YAML, however it is written",
      "/etc/app.yaml",
      "a: {b: 1}\nc: [1, 2]\n",
      "c:\n  - 1\n  - 2\na:\n  b: 3\n",
      ["~   a.b: 1 → 3"],
    ],
    [
      "an image of a compose file",
      "/etc/ci-host/compose.yaml",
      "services: {runner: {image: docker:28}}\n",
      "services: {runner: {image: docker:29}}\n",
      ["~   services.runner.image: docker:28 → docker:29"],
    ],
    [
      "a setting of a unit",
      "/etc/systemd/system/x.service",
      "[Service]\nExecStart=/bin/a \\\n  --b\nRestart=no\n",
      "[Service]\nRestart=always\nExecStart=/bin/a    --b\n",
      ["~   Service.Restart: no → always"],
    ],
    [
      "one of a unit's settings of one name",
      "/etc/systemd/system/x.service",
      "[Service]\nExecStartPre=/bin/a\nExecStartPre=/bin/b\n",
      "[Service]\nExecStartPre=/bin/a\nExecStartPre=/bin/b\nExecStartPre=/bin/c\n",
      ["+   Service.ExecStartPre[2]: /bin/c"],
    ],
    ["a setting of an INI file", "/etc/app.ini", "[a]\nb = 1\n", "; why\n[a]\nb=2\n", ["~   a.b: 1 → 2"]],
    [
      "a comment in YAML by its line",
      "/etc/app.yaml",
      "a: 1\n# Old.\nb: 2\n",
      "a: 1\n# New.\nb: 2\n",
      ["    a: 1", "-   # Old.", "+   # New.", "    b: 2"],
    ],
    [
      "a comment in a unit by its line",
      "/etc/systemd/system/x.service",
      "[Unit]\n# Old.\nAfter=a\n",
      "[Unit]\n# New.\nAfter=a\n",
      ["    [Unit]", "-   # Old.", "+   # New.", "    After=a"],
    ],
    [
      "a comment in an INI file by its line",
      "/etc/app.ini",
      "; Old.\n[a]\nb=1\n",
      "; New.\n[a]\nb=1\n",
      ["-   ; Old.", "+   ; New.", "    [a]", "    b=1"],
    ],
    [
      "JSON that does not read by its lines",
      "/etc/app.json",
      '{\n"a": 1,\n',
      '{\n"a": 2,\n',
      ["    {", '-   "a": 1,', '+   "a": 2,'],
    ],
    ["a script by its lines", "/usr/bin/x", "#!/bin/sh\na\n", "#!/bin/sh\nb\n", ["    #!/bin/sh", "-   a", "+   b"]],
  ];
  for (const [what, path, before, after, lines] of documents) {
    it(`names ${what}`, () => {
      assert.deepEqual(saidOfHost(file(path, before), file(path, after)), [`  ${path}`, ...lines]);
    });
  }

  it("unpacks gzip, and names the packing when it changes", () => {
    const text = (driver: string) => `#cloud-config\n${JSON.stringify({ packages: [driver] })}`;
    assert.deepEqual(saidOfHost(gzipped(text("a")), gzipped(text("b"))), [
      "- userData.packages: a",
      "+ userData.packages: b",
    ]);
    assert.deepEqual(saidOfHost(base64(text("a")), gzipped(text("a"))), [
      "~ userData.packing: base64 → base64 of gzip",
    ]);
    const best = gzipSync(text("a"), { level: 9 });
    const none = gzipSync(text("a"), { level: 0 });
    assert.notDeepEqual(saidOfHost(best.toString("base64"), none.toString("base64")), []);
  });

  function archive(daemon: string, { newline = "\n", inBase64 = false, boundary = "=b=" } = {}): string {
    const config = `#cloud-config\n${JSON.stringify({ write_files: [{ path: "/etc/docker/daemon.json", content: daemon }] })}`;
    const lines = [
      `Content-Type: multipart/mixed; boundary="${boundary}"`,
      "MIME-Version: 1.0",
      "",
      `--${boundary}`,
      "Content-Type: text/x-shellscript; charset=utf-8",
      "",
      "#!/bin/sh",
      "echo first",
      `--${boundary}`,
      "Content-Type: text/cloud-config",
      'Content-Disposition: attachment; filename="docker.cfg"',
      ...(inBase64 ? ["Content-Transfer-Encoding: base64"] : []),
      "",
      inBase64 ? base64(config) : config.split("\n").join(newline),
      `--${boundary}--`,
      "",
    ];
    return base64(lines.join(newline));
  }

  it("opens the parts of a MIME archive, whatever their transfer encoding and line ends", () => {
    for (const form of [{}, { inBase64: true }, { newline: "\r\n" }, { newline: "\r\n", inBase64: true }]) {
      const lines = saidOfHost(archive('{"debug": false}', form), archive('{"debug": true}', form));
      assert.deepEqual(lines, ["  /etc/docker/daemon.json", "~   debug: false → true"], JSON.stringify(form));
    }
  });

  it("takes a MIME archive with another boundary for what it is", () => {
    const lines = saidOfHost(archive('{"debug": true}'), archive('{"debug": true}', { boundary: "=c=" }));
    assert.notDeepEqual(lines, []);
    assert.ok(!lines.some((line) => line.includes("debug")), lines.join("\n"));
  });
});

describe("what a resource was before", () => {
  const parent = registered(types.network, "net", { custom: false });
  const renamed = registered(types.network, "grid", { custom: false, options: { aliases: ["name=net"] } });
  const vpc = registered(types.vpc, "net-vpc", { parent: parent.urn });

  function matched(before: readonly ManifestResource[], after: readonly ManifestResource[]): string[] {
    return pairs(manifestOf(before), manifestOf(after))
      .map((pair) => `${pair.before?.name ?? "nothing"} → ${pair.after?.name ?? "nothing"}`)
      .sort();
  }

  const cases: [what: string, before: ManifestResource[], after: ManifestResource[], expected: string[]][] = [
    ["the one of its URN", [vpc], [vpc], ["net-vpc → net-vpc"]],
    ["nothing, under another name", [vpc], [registered(types.vpc, "other")], ["net-vpc → nothing", "nothing → other"]],
    [
      "the one that its alias names by URN",
      [vpc],
      [registered(types.vpc, "other", { options: { aliases: [vpc.urn] } })],
      ["net-vpc → other"],
    ],
    [
      "the one that its alias names",
      [registered(types.vpc, "old")],
      [registered(types.vpc, "new", { options: { aliases: ["name=old"] } })],
      ["old → new"],
    ],
    [
      "the one of another type that its alias names",
      [registered("aws:s3/bucket:Bucket", "files")],
      [registered("aws:s3/bucketV2:BucketV2", "files", { options: { aliases: ["type=aws:s3/bucket:Bucket"] } })],
      ["files → files"],
    ],
    [
      "the one outside of the component that it was put into",
      [registered(types.vpc, "vpc"), parent],
      [parent, registered(types.vpc, "vpc", { parent: parent.urn, options: { aliases: ["parent=none"] } })],
      ["net → net", "vpc → vpc"],
    ],
    [
      "the one inside of the component that it was taken out of",
      [parent, vpc],
      [parent, registered(types.vpc, "net-vpc", { options: { aliases: [`parent=${parent.urn}`] } })],
      ["net → net", "net-vpc → net-vpc"],
    ],
    [
      "the child of what its parent was",
      [parent, vpc],
      [renamed, registered(types.vpc, "grid-vpc", { parent: renamed.urn })],
      ["net → grid", "net-vpc → grid-vpc"],
    ],
    [
      "the child of what its parent was, under its own old name",
      [parent, vpc],
      [renamed, registered(types.vpc, "grid-main", { parent: renamed.urn, options: { aliases: ["name=grid-vpc"] } })],
      ["net → grid", "net-vpc → grid-main"],
    ],
    [
      "nobody else's",
      [registered(types.vpc, "old")],
      [
        registered(types.vpc, "new-a", { options: { aliases: ["name=old"] } }),
        registered(types.vpc, "new-b", { options: { aliases: ["name=old"] } }),
      ],
      ["nothing → new-b", "old → new-a"],
    ],
  ];
  for (const [what, before, after, expected] of cases) {
    it(`is ${what}`, () => {
      assert.deepEqual(matched(before, after), expected);
    });
  }
});

describe("the effect of a change", () => {
  /** `name: effect` of all that anything becomes of, by name. */
  function effects(before: readonly ManifestResource[], after: readonly ManifestResource[]): Record<string, string> {
    const found = outcomes(pairs(manifestOf(before), manifestOf(after)));
    return Object.fromEntries(found.map((one) => [(one.after ?? one.before)?.name, one.effect]));
  }

  function reasons(before: readonly ManifestResource[], after: readonly ManifestResource[], name: string): string {
    const found = outcomes(pairs(manifestOf(before), manifestOf(after)));
    return found.flatMap((one) => ((one.after ?? one.before)?.name === name ? one.reasons : [])).join(" ");
  }

  /** A resource with these inputs, some of which come from others. */
  function made(type: string, name: string, inputs: Inputs, from: Record<string, ManifestResource[]> = {}) {
    const links = Object.entries(from).map(([input, sources]) => [input, sources.map(({ urn }) => urn)] as const);
    return registered(type, name, { inputs, propertyDependencies: Object.fromEntries(links) });
  }

  const network = (cidrBlock: string, tags: Value = {}) => {
    const vpc = made(types.vpc, "vpc", { cidrBlock, tags });
    const subnet = made(types.subnet, "subnet", { vpcId: "‹vpc.id›", cidrBlock: "10.0.0.0/24" }, { vpcId: [vpc] });
    const host = made(types.instance, "host", { ami: "ami-1", subnetId: "‹subnet.id›" }, { subnetId: [subnet] });
    const note = made(types.parameter, "note", { type: "String", value: "vpc is ‹vpc.id›" }, { value: [vpc] });
    const role = made(types.role, "role", { description: "no part of it" });
    return [vpc, subnet, host, note, role];
  };

  it("passes on from a replaced VPC to what stands in it, and to what stands in that", () => {
    const found = effects(network("10.0.0.0/16"), network("10.1.0.0/16"));
    assert.deepEqual(found, { vpc: "replace", subnet: "replace", host: "replace", note: "update" });
    assert.equal(reasons(network("10.0.0.0/16"), network("10.1.0.0/16"), "host"), "subnet is replaced.");
  });

  it("stops at what is changed in place", () => {
    assert.deepEqual(effects(network("10.0.0.0/16"), network("10.0.0.0/16", { a: "b" })), { vpc: "update" });
  });

  it("passes through a secret, in which it sees no symbol", () => {
    const stack = (validityPeriodHours: number) => {
      const certificate = made("tls:index/locallySignedCert:LocallySignedCert", "leaf", { validityPeriodHours });
      const version = {
        ...made("aws:secretsmanager/secretVersion:SecretVersion", "bundle", { secretString: "‹secret›" }),
        secretInputs: ["secretString"],
        propertyDependencies: { secretString: [certificate.urn] },
      };
      const triggers = { triggers: ["‹bundle.versionId›"] };
      return [certificate, version, made(types.command, "check", triggers, { triggers: [version] })];
    };
    assert.deepEqual(effects(stack(24), stack(48)), { leaf: "replace", bundle: "replace", check: "rerun" });
  });

  it("tells resources of one name apart", () => {
    const stack = (cidrBlock: string) => {
      const vpc = made(types.vpc, "ci", { cidrBlock });
      const subnet = made(types.subnet, "ci", { vpcId: "‹aws:ec2/vpc:Vpc::ci.id›" }, { vpcId: [vpc] });
      const table = made(types.table, "table", { vpcId: "‹aws:ec2/vpc:Vpc::ci.id›" }, { vpcId: [vpc] });
      const link = made(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "link",
        { subnetId: "‹aws:ec2/subnet:Subnet::ci.id›", routeTableId: "‹table.id›" },
        { subnetId: [subnet], routeTableId: [table] },
      );
      return [vpc, subnet, table, link];
    };
    assert.deepEqual(effects(stack("10.0.0.0/16"), stack("10.1.0.0/16")), {
      ci: "replace",
      table: "replace",
      link: "replace",
    });
  });

  it("reaches a template through the text of its user data", () => {
    const stack = (logGroupClass: string) => {
      const logs = made(types.logGroup, "logs", { logGroupClass });
      const userData = cloudConfig({ write_files: [{ path: "/etc/log-group", content: "‹logs.name›\n" }] });
      return [logs, made(types.template, "template", { userData }, { userData: [logs] })];
    };
    assert.deepEqual(effects(stack("STANDARD"), stack("INFREQUENT_ACCESS")), {
      logs: "replace",
      template: "next-boot",
    });
  });

  const bucket = (tags: Value, options: ManifestResource["options"] = {}) => [
    registered(types.vpc, "it", { inputs: { tags }, options }),
  ];

  it("is nothing where the change is ignored, and the reason says so", () => {
    const options = { ignoreChanges: ["tags"] };
    assert.deepEqual(effects(bucket({ a: "1" }, options), bucket({ a: "2" }, options)), { it: "none" });
    assert.match(reasons(bucket({ a: "1" }, options), bucket({ a: "2" }, options), "it"), /tags are ignored/);
  });

  it("is more than nothing where only another part of the input is ignored", () => {
    for (const path of ["tags.b", 'tags["b"]']) {
      const options = { ignoreChanges: [path] };
      assert.deepEqual(effects(bucket({ a: "1", b: "1" }, options), bucket({ a: "2", b: "1" }, options)), {
        it: "update",
      });
      assert.deepEqual(effects(bucket({ a: "1", b: "1" }, options), bucket({ a: "1", b: "2" }, options)), {
        it: "none",
      });
    }
  });

  it("is a replacement where replaceOnChanges says so, of the part that it names", () => {
    for (const path of ["tags", "tags.a", 'tags["a"]', "*"]) {
      const options = { replaceOnChanges: [path] };
      assert.deepEqual(effects(bucket({ a: "1" }, options), bucket({ a: "2" }, options)), { it: "replace" });
    }
    const options = { replaceOnChanges: ["tags.b"] };
    assert.deepEqual(effects(bucket({ a: "1", b: "1" }, options), bucket({ a: "2", b: "1" }, options)), {
      it: "update",
    });
  });

  it("is a replacement where the replacementTrigger changes", () => {
    const before = bucket({}, { replacementTrigger: "1" });
    assert.deepEqual(effects(before, bucket({}, { replacementTrigger: "2" })), { it: "replace" });
  });

  it("is a replacement where replaceWith names what is replaced", () => {
    const stack = (cidrBlock: string) => {
      const vpc = made(types.vpc, "vpc", { cidrBlock });
      return [vpc, registered(types.role, "role", { options: { replaceWith: [vpc.urn] } })];
    };
    assert.deepEqual(effects(stack("10.0.0.0/16"), stack("10.1.0.0/16")), { vpc: "replace", role: "replace" });
  });

  it("of leaving out a resource is its deletion, or that it is forgotten", () => {
    const volume = registered(types.volume, "data");
    const kept = registered(types.volume, "data", { options: { retainOnDelete: true } });
    assert.deepEqual(effects([volume], []), { data: "delete" });
    assert.match(reasons([kept], [], "data"), /stays in the account \(retainOnDelete\)/);
  });

  it("of a new resource is its creation", () => {
    assert.deepEqual(effects([], [registered(types.volume, "data")]), { data: "create" });
  });

  it("says why, where it comes from another resource and changes in place", () => {
    const [before, after] = [network("10.0.0.0/16"), network("10.1.0.0/16")];
    assert.match(reasons(before, after, "note"), /vpc is replaced/);
  });

  it("is none on what an alias ties, and on what only names it", () => {
    const stack = (name: string, options: ManifestResource["options"] = {}) => {
      const logs = { ...made(types.logGroup, `${name}-logs`, {}), options };
      const role = { ...made(types.role, `${name}-role`, {}), options };
      const userData = cloudConfig({ write_files: [{ path: "/etc/log-group", content: `‹${name}-logs.name›\n` }] });
      return [
        logs,
        role,
        made(types.policy, "policy", { role: `‹${name}-role.id›` }, { role: [role] }),
        made(types.template, "template", { userData }, { userData: [logs] }),
      ];
    };
    const before = stack("old");
    const after = stack("new").map((one) => {
      const old = one.name.startsWith("new-") ? [`name=${one.name.replace("new-", "old-")}`] : [];
      return { ...one, options: old.length > 0 ? { aliases: old } : {} };
    });
    assert.deepEqual(new Set(Object.values(effects(before, after))), new Set());
    assert.deepEqual(review([manifestOf(before)], [manifestOf(after)]).userData, []);
  });

  it("of an option alone is none", () => {
    assert.deepEqual(effects(bucket({}), bucket({}, { protect: true })), { it: "none" });
  });

  it("says of a type that it does not know that it might be replaced", () => {
    const before = [made("aws:new/thing:Thing", "it", { size: 1 })];
    const after = [made("aws:new/thing:Thing", "it", { size: 2 })];
    assert.deepEqual(effects(before, after), { it: "update" });
    assert.match(reasons(before, after, "it"), /does not know this type/);
  });

  describe("on a launch template", () => {
    function fleet(imageId: string, refresh: boolean, version: string, preferences: Value = {}, group: Inputs = {}) {
      const template = made(types.template, "template", { imageId });
      return [
        template,
        made(
          types.group,
          "group",
          {
            minSize: 1,
            maxSize: 8,
            mixedInstancesPolicy: {
              launchTemplate: { launchTemplateSpecification: { launchTemplateId: "‹template.id›", version } },
            },
            ...(refresh ? { instanceRefresh: { strategy: "Rolling", preferences } } : {}),
            ...group,
          },
          { mixedInstancesPolicy: [template] },
        ),
      ];
    }
    const latest = "‹template.latestVersion›";

    it("rolls the fleet where its group refreshes, and says so of the template", () => {
      const [before, after] = [fleet("ami-1", true, latest), fleet("ami-2", true, latest)];
      assert.deepEqual(effects(before, after), { template: "roll", group: "roll" });
      assert.match(reasons(before, after, "template"), /^group replaces its hosts/);
    });

    it("is counted once", () => {
      const found = review([manifestOf(fleet("ami-1", true, latest))], [manifestOf(fleet("ami-2", true, latest))]);
      assert.deepEqual(found.stacks, [{ stack: "staging", state: "changed", counts: { roll: 1 } }]);
      assert.deepEqual(
        found.resources.map(({ name, effect }) => `${name} ${effect}`),
        ["template roll"],
      );
    });

    it("waits for the next boot where its group does not refresh", () => {
      assert.deepEqual(effects(fleet("ami-1", false, latest), fleet("ami-2", false, latest)), {
        template: "next-boot",
        group: "next-boot",
      });
    });

    it("waits for the next boot where its group asks for $Latest, which never changes", () => {
      assert.deepEqual(effects(fleet("ami-1", true, "$Latest"), fleet("ami-2", true, "$Latest")), {
        template: "next-boot",
      });
    });

    const speeds: [preferences: Value, group: Inputs, sentence: RegExp][] = [
      // AWS's defaults.
      [{}, { desiredCapacity: 20 }, /20 hosts, 2 at a time; at least 90 % stay in service/],
      [{ minHealthyPercentage: 50 }, { desiredCapacity: 4 }, /4 hosts, 2 at a time; at least 50 %/],
      [
        { minHealthyPercentage: 100, maxHealthyPercentage: 125 },
        { desiredCapacity: 8 },
        /8 hosts, 2 at a time; at least 100 %/,
      ],
      [{ minHealthyPercentage: 0 }, { desiredCapacity: 3 }, /3 hosts, 3 at a time; at least 0 %/],
      [{ minHealthyPercentage: 100 }, { desiredCapacity: 1 }, /1 host, 1 at a time/],
      [
        { minHealthyPercentage: 50, maxHealthyPercentage: 100 },
        { desiredCapacity: 1 },
        /1 host, 1 at a time, which goes before its successor serves: 0 in service meanwhile/,
      ],
      [{ minHealthyPercentage: 100 }, { desiredCapacity: 0 }, /It wants no host: those that there are go/],
      [{}, {}, /1 to 8 hosts/],
    ];
    for (const [preferences, group, sentence] of speeds) {
      it(`says how it goes with ${JSON.stringify({ ...(preferences as object), ...group })}`, () => {
        const before = fleet("ami-1", true, latest, preferences, group);
        assert.match(reasons(before, fleet("ami-2", true, latest, preferences, group), "template"), sentence);
      });
    }

    const capacities: [before: Inputs, after: Inputs, sentence: string][] = [
      [{ desiredCapacity: 4 }, { desiredCapacity: 1 }, "3 of 4 hosts are terminated."],
      [{ desiredCapacity: 2 }, { desiredCapacity: 0 }, "2 of 2 hosts are terminated."],
      [{ desiredCapacity: 1 }, { desiredCapacity: 4 }, ""],
      [{ desiredCapacity: 2, maxSize: 8 }, { desiredCapacity: 2, maxSize: 4 }, ""],
      [{ maxSize: 8 }, { maxSize: 4 }, "Hosts beyond 4 are terminated, if there are more."],
      [{ maxSize: 8 }, { maxSize: 12 }, ""],
    ];
    for (const [before, after, sentence] of capacities) {
      it(`says what ${JSON.stringify(after)} after ${JSON.stringify(before)} does to hosts`, () => {
        const former = fleet("ami-1", true, latest, {}, before);
        const latter = fleet("ami-1", true, latest, {}, after);
        assert.deepEqual(effects(former, latter), { group: "update" });
        assert.equal(reasons(former, latter, "group"), sentence);
      });
    }

    it("says so of a fleet that it rolls, too", () => {
      const [before, after] = [
        fleet("ami-1", true, latest, {}, { desiredCapacity: 4 }),
        fleet("ami-2", true, latest, {}, { desiredCapacity: 2 }),
      ];
      assert.match(reasons(before, after, "group"), /^2 of 4 hosts are terminated. 2 hosts, 1 at a time/);
    });

    const shares = (spot: number) => ({
      mixedInstancesPolicy: {
        launchTemplate: { launchTemplateSpecification: { launchTemplateId: "‹template.id›", version: latest } },
        instancesDistribution: { onDemandPercentageAboveBaseCapacity: 100 - spot },
      },
    });

    it("rolls for another share of spot, unless hosts of the same template are skipped", () => {
      // docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh-skip-matching.html
      const roll = (skipMatching: boolean) =>
        effects(
          fleet("ami-1", true, latest, { skipMatching }, shares(50)),
          fleet("ami-1", true, latest, { skipMatching }, shares(80)),
        );
      assert.deepEqual(roll(false), { group: "roll" });
      assert.deepEqual(roll(true), { group: "update" });
    });

    it("of its tags alone changes nothing on hosts", () => {
      const tagged = (owner: string) => [made(types.template, "template", { tags: { owner } })];
      assert.deepEqual(effects(tagged("a"), tagged("b")), { template: "update" });
    });
  });

  describe("on an instance", () => {
    const host = (inputs: Inputs) => [
      made(types.instance, "host", { ami: "ami-1", instanceType: "t3.micro", ...inputs }),
    ];
    const cases: [what: string, before: Inputs, after: Inputs, effect: string][] = [
      ["another AMI", { ami: "ami-1" }, { ami: "ami-2" }, "replace"],
      ["another type", { instanceType: "t3.micro" }, { instanceType: "t3.small" }, "restart"],
      ["other user data", { userData: "#!/bin/sh\na" }, { userData: "#!/bin/sh\nb" }, "restart"],
      ["other user data in base64", { userDataBase64: base64("#!a") }, { userDataBase64: base64("#!b") }, "restart"],
      [
        "other user data with userDataReplaceOnChange",
        { userData: "#!/bin/sh\na", userDataReplaceOnChange: true },
        { userData: "#!/bin/sh\nb", userDataReplaceOnChange: true },
        "replace",
      ],
      ["another tag", { tags: { a: "1" } }, { tags: { a: "2" } }, "update"],
      ["another group", { vpcSecurityGroupIds: ["sg-1"] }, { vpcSecurityGroupIds: ["sg-2"] }, "update"],
    ];
    for (const [what, before, after, effect] of cases) {
      it(`of ${what} is: ${effect}`, () => {
        assert.deepEqual(effects(host(before), host(after)), { host: effect });
      });
    }
  });

  it("is said on top where a stack is no longer held to a proof", () => {
    const reference = registered("pulumi:pulumi:StackReference", "org/shop/staging");
    const check = registered("ci-hosts:index:RolloutCheck", "rollout", { custom: false });
    const { exposures } = review([manifestOf([reference, check])], [manifestOf([])]);
    assert.deepEqual(exposures.map(({ kind, name }) => `${kind} ${name}`).sort(), [
      "exposes org/shop/staging",
      "exposes rollout",
    ]);
    assert.deepEqual(review([manifestOf([reference, check])], []).exposures, []);
  });

  it("of a command's trigger is that it runs again, of its deletion command nothing now", () => {
    const options = { replaceOnChanges: ["triggers[*]"] };
    const command = (inputs: Inputs) => [
      registered(types.command, "register", { inputs: { create: "./a", ...inputs }, options }),
    ];
    assert.deepEqual(effects(command({ triggers: ["1"] }), command({ triggers: ["2"] })), { register: "rerun" });
    const undone = { delete: "./undo" };
    assert.deepEqual(effects(command({ triggers: ["1"], ...undone }), command({ triggers: ["2"], ...undone })), {
      register: "replace",
    });
    assert.deepEqual(effects(command({ create: "./a" }), command({ create: "./b" })), { register: "rerun" });
    const environment = (wait: string) => command({ environment: { WAIT: wait } });
    assert.deepEqual(effects(environment("1"), environment("2")), { register: "rerun" });
    assert.deepEqual(effects(command({ delete: "./a" }), command({ delete: "./b" })), { register: "update" });
  });
});

describe("what stands on top of a review", () => {
  function exposed(before: readonly ManifestResource[], after: readonly ManifestResource[]): string[] {
    return review([manifestOf(before)], [manifestOf(after)]).exposures.map(
      ({ kind, name, sentence }) => `${kind}: ${name} ${sentence}`,
    );
  }
  const changed = (type: string, before: Inputs, after: Inputs) =>
    exposed([registered(type, "it", { inputs: before })], [registered(type, "it", { inputs: after })]);
  const open = (port: number, peer: string, protocol = "tcp") => ({
    ...{ protocol, fromPort: port, toPort: port },
    cidrBlocks: [peer],
  });
  const allow = (statement: object) => ({
    policy: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] }),
  });
  const inside = { ingress: [open(443, "10.0.0.0/8")] };

  const opens: [what: string, type: string, before: Inputs, after: Inputs, said: RegExp][] = [
    [
      "a port that is opened to everyone",
      types.securityGroup,
      inside,
      { ingress: [open(443, "10.0.0.0/8"), open(8080, "0.0.0.0/0")] },
      /tcp 8080.*0\.0\.0\.0\/0/,
    ],
    [
      "a port that is opened to all of IPv6",
      types.securityGroup,
      inside,
      {
        ingress: [{ protocol: "tcp", fromPort: 80, toPort: 80, ipv6CidrBlocks: ["::/0"] }],
      },
      /::\/0/,
    ],
    ["SSH", types.securityGroup, inside, { ingress: [open(22, "0.0.0.0/0")] }, /SSH|\b22\b/],
    ["Docker's API", types.securityGroup, inside, { ingress: [{ ...open(2375, "0.0.0.0/0"), toPort: 2376 }] }, /2375/],
    [
      "Docker's API among all ports",
      types.securityGroup,
      inside,
      { ingress: [open(0, "0.0.0.0/0", "-1")] },
      /2375|all traffic/,
    ],
    [
      "public addresses",
      types.template,
      { networkInterfaces: [{ associatePublicIpAddress: "false" }] },
      { networkInterfaces: [{ associatePublicIpAddress: "true" }] },
      /public address/,
    ],
    ["a subnet that gives public addresses", types.subnet, {}, { mapPublicIpOnLaunch: true }, /public address/],
    [
      "metadata in reach of containers",
      types.template,
      { metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 } },
      { metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 2 } },
      /[hH]op ?[lL]imit/,
    ],
    [
      "IMDSv1",
      types.instance,
      { metadataOptions: { httpTokens: "required" } },
      { metadataOptions: { httpTokens: "optional" } },
      /httpTokens|IMDSv/,
    ],
    ["IMDSv1 by default", types.instance, { metadataOptions: { httpTokens: "required" } }, {}, /httpTokens|IMDSv/],
    ["a volume without encryption", types.volume, { encrypted: true }, { encrypted: false }, /encrypt/],
    ["a volume that nothing says is encrypted", types.volume, { encrypted: true }, {}, /encrypt/],
    [
      "a template's volume without encryption",
      types.template,
      { blockDeviceMappings: [{ deviceName: "/dev/sda1", ebs: { encrypted: "true" } }] },
      { blockDeviceMappings: [{ deviceName: "/dev/sda1", ebs: { encrypted: "false" } }] },
      /encrypt/,
    ],
    [
      "a database's storage without encryption",
      "aws:rds/instance:Instance",
      { storageEncrypted: true },
      { storageEncrypted: false },
      /encrypt/,
    ],
    [
      "another action",
      types.policy,
      allow({ Action: "s3:GetObject", Resource: "arn:aws:s3:::a/*" }),
      allow({ Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::a/*" }),
      /s3:PutObject on arn:aws:s3:::a\/\*/,
    ],
    [
      "a wider resource",
      types.policy,
      allow({ Action: "s3:GetObject", Resource: "arn:aws:s3:::a/*" }),
      allow({ Action: "s3:GetObject", Resource: "arn:aws:s3:::*" }),
      /s3:GetObject on arn:aws:s3:::\*/,
    ],
    [
      "a condition that is gone",
      types.policy,
      allow({ Action: "s3:GetObject", Resource: "*", Condition: { StringEquals: { "aws:SourceAccount": "1" } } }),
      allow({ Action: "s3:GetObject", Resource: "*" }),
      /s3:GetObject/,
    ],
    [
      "a denial that is gone",
      types.policy,
      { policy: JSON.stringify({ Statement: [{ Effect: "Deny", Action: "s3:DeleteObject", Resource: "*" }] }) },
      { policy: JSON.stringify({ Statement: [] }) },
      /no longer denied s3:DeleteObject/,
    ],
    [
      "another account that may take a role",
      types.role,
      {
        assumeRolePolicy: JSON.stringify({
          Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }],
        }),
      },
      {
        assumeRolePolicy: JSON.stringify({
          Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "*" } }],
        }),
      },
      /sts:AssumeRole|\*/,
    ],
    [
      "a managed policy that is added",
      types.role,
      { managedPolicyArns: [] },
      { managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"] },
      /AdministratorAccess/,
    ],
    [
      "a wider inline policy",
      types.role,
      { inlinePolicies: [{ name: "a", ...allow({ Action: "s3:GetObject", Resource: "*" }) }] },
      { inlinePolicies: [{ name: "a", ...allow({ Action: "s3:*", Resource: "*" }) }] },
      /s3:\*/,
    ],
    [
      "a privileged container",
      types.template,
      { userData: file("/etc/ci-host/compose.yaml", "services: {a: {image: b}}\n") },
      { userData: file("/etc/ci-host/compose.yaml", "services: {a: {image: b, privileged: true}}\n") },
      /privileged/,
    ],
    [
      "a daemon that listens on TCP",
      types.template,
      { userData: file("/etc/docker/daemon.json", '{"debug": true}') },
      { userData: file("/etc/docker/daemon.json", '{"hosts": ["tcp://0.0.0.0:2375"]}') },
      /2375/,
    ],
  ];
  for (const [what, type, before, after, expected] of opens) {
    it(`is ${what}`, () => {
      const found = changed(type, before, after);
      assert.ok(
        found.some((line) => /^(?:exposes|breaks): /.test(line) && expected.test(line)),
        found.join("\n") || "nothing stands there",
      );
    });
  }

  it("is a way out for a subnet that had none", () => {
    const table = registered(types.table, "isolated");
    const route = registered(types.route, "out", {
      inputs: { routeTableId: "‹isolated.id›", destinationCidrBlock: "0.0.0.0/0", natGatewayId: "‹nat.id›" },
    });
    assert.ok(exposed([table], [table, route]).some((line) => /internet/.test(line)));
    assert.deepEqual(exposed([], [table, route]), []);
  });

  const narrows: [what: string, type: string, before: Inputs, after: Inputs][] = [
    ["a rule that is gone", types.securityGroup, { ingress: [open(80, "0.0.0.0/0")] }, { ingress: [] }],
    [
      "a smaller peer",
      types.securityGroup,
      { ingress: [open(80, "0.0.0.0/0")] },
      { ingress: [open(80, "10.0.0.0/8")] },
    ],
    [
      "a smaller range of ports",
      types.securityGroup,
      { ingress: [{ ...open(80, "10.0.0.0/8"), toPort: 90 }] },
      { ingress: [open(80, "10.0.0.0/8")] },
    ],
    [
      "a condition that is added",
      types.policy,
      allow({ Action: "s3:GetObject", Resource: "arn:aws:s3:::a/*" }),
      allow({
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::a/*",
        Condition: { Bool: { "aws:SecureTransport": "true" } },
      }),
    ],
    [
      "a second condition",
      types.policy,
      allow({ Action: "s3:GetObject", Resource: "arn:a", Condition: { Bool: { "aws:SecureTransport": "true" } } }),
      allow({
        Action: "s3:GetObject",
        Resource: "arn:a",
        Condition: { Bool: { "aws:SecureTransport": "true" }, StringEquals: { "aws:SourceAccount": "1" } },
      }),
    ],
    [
      "names in place of a wildcard",
      types.policy,
      allow({ Action: "s3:*", Resource: "*" }),
      allow({ Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::a/*" }),
    ],
    [
      "IMDSv2",
      types.instance,
      { metadataOptions: { httpTokens: "optional" } },
      { metadataOptions: { httpTokens: "required" } },
    ],
    ["encryption", types.volume, { encrypted: false }, { encrypted: true, tags: { a: "b" } }],
    [
      "a denial that is added",
      types.policy,
      allow({ Action: "s3:GetObject", Resource: "arn:a" }),
      {
        policy: JSON.stringify({
          Statement: [
            { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:a" },
            { Effect: "Deny", Action: "s3:DeleteObject", Resource: "*" },
          ],
        }),
      },
    ],
  ];
  for (const [what, type, before, after] of narrows) {
    it(`is nothing of ${what}`, () => {
      assert.notDeepEqual(said(type, before, after), []);
      assert.deepEqual(
        changed(type, before, after).filter((line) => !line.startsWith("destroys")),
        [],
      );
    });
  }

  it("is nothing of what was broken before, wherever it stands now and whatever else is said of it", () => {
    const [ssh, https] = [open(22, "0.0.0.0/0"), open(443, "10.0.0.0/8")];
    assert.deepEqual(changed(types.securityGroup, { ingress: [ssh, https] }, { ingress: [https, ssh] }), []);
    const certificate = (validityPeriodHours: number) => ({ validityPeriodHours, isCaCertificate: true });
    assert.deepEqual(changed("tls:index/selfSignedCert:SelfSignedCert", certificate(8760), certificate(8761)), []);
  });

  const volume = (inputs: Inputs, options: ManifestResource["options"] = {}) => [
    registered(types.volume, "data", { inputs, options }),
  ];
  const zone = (availabilityZone: string) => ({ availabilityZone, encrypted: true });

  it("is what a deployment will refuse: a protected resource that is replaced or deleted", () => {
    const protect = { protect: true };
    for (const after of [[], volume(zone("b"), protect)]) {
      const [first = ""] = exposed(volume(zone("a"), protect), after);
      assert.match(first, /^blocked: data is protected and would be (?:replaced|deleted)/);
    }
  });

  it("is a protected resource that is replaced because of another", () => {
    const stack = (cidrBlock: string) => {
      const vpc = registered(types.vpc, "vpc", { inputs: { cidrBlock } });
      const subnet = registered(types.subnet, "subnet", {
        inputs: { vpcId: "‹vpc.id›" },
        propertyDependencies: { vpcId: [vpc.urn] },
        options: { protect: true },
      });
      return [vpc, subnet];
    };
    assert.match(exposed(stack("10.0.0.0/16"), stack("10.1.0.0/16"))[0] ?? "", /^blocked: subnet/);
  });

  it("is what is lost for good, unless it is only forgotten", () => {
    assert.deepEqual(exposed(volume(zone("a")), []), ["destroys: data is deleted, and the data on it with it"]);
    assert.deepEqual(exposed(volume(zone("a")), volume(zone("b"))), [
      "destroys: data is replaced, and the data on it with it",
    ]);
    assert.deepEqual(exposed(volume(zone("a"), { retainOnDelete: true }), []), []);
  });

  it("is a protection that is taken away", () => {
    assert.deepEqual(exposed(volume(zone("a"), { protect: true }), volume(zone("a"))), [
      "destroys: data is no longer protected from deletion",
    ]);
  });

  it("is in the order of danger", () => {
    const group = (ingress: Value[]) => registered(types.securityGroup, "group", { inputs: { ingress } });
    const found = exposed(
      [
        group([]),
        ...volume(zone("a")),
        registered(types.volume, "kept", { inputs: zone("a"), options: { protect: true } }),
      ],
      [group([open(22, "0.0.0.0/0")])],
    ).map((line) => line.split(":")[0]);
    const order = ["blocked", "destroys", "breaks", "exposes"];
    assert.ok(found.includes("blocked") && found.includes("destroys") && found.length > 2, found.join());
    assert.deepEqual(
      found,
      [...found].sort((a = "", b = "") => order.indexOf(a) - order.indexOf(b)),
    );
  });
});

describe("a review of several stacks", () => {
  const stack = (name: string, owner: string, desiredCapacity = 1) =>
    manifestOf(
      [
        registered(types.vpc, "vpc", { inputs: { tags: { owner } } }),
        registered(types.group, "group", { inputs: { desiredCapacity } }),
      ],
      { stack: name },
    );

  it("shows once what is the same in several, with their names", () => {
    const before = [stack("dev", "a"), stack("production", "a"), stack("staging", "a")];
    const after = [stack("dev", "a"), stack("production", "b"), stack("staging", "b", 2)];
    const found = review(before, after);
    assert.deepEqual(
      found.resources.map(({ name, stacks }) => `${name} in ${stacks.join(" and ")}`),
      ["group in staging", "vpc in production and staging"],
    );
    assert.deepEqual(
      found.stacks.map(({ stack: name, state, counts }) => [name, state, counts]),
      [
        ["dev", "unchanged", {}],
        ["production", "changed", { update: 1 }],
        ["staging", "changed", { update: 2 }],
      ],
    );
  });

  it("shows apart what is not quite the same", () => {
    const found = review([stack("dev", "a"), stack("prod", "a")], [stack("dev", "b"), stack("prod", "c")]);
    assert.deepEqual(
      found.resources.map(({ stacks }) => stacks),
      [["dev"], ["prod"]],
    );
  });

  it("calls a stack new or gone where one side lacks it", () => {
    const found = review([stack("old", "a")], [stack("new", "a")]);
    assert.deepEqual(found.stacks, [
      { stack: "new", state: "new", counts: { create: 2 } },
      { stack: "old", state: "gone", counts: { delete: 2 } },
    ]);
  });

  it("is one line where nothing changes", () => {
    const same = [stack("dev", "a"), stack("prod", "a")];
    assert.equal(reviewText(review(same, same), since, plain), "No change since main (0123456) in dev, prod\n");
    const markdown = reviewMarkdown(review(same, same), since).trimEnd().split("\n");
    assert.deepEqual(markdown.length, 4);
    assert.match(markdown[3] ?? "", /Written by the code of the request itself/);
    assert.equal(markdown[0], marker);
    assert.match(markdown[1] ?? "", /no change since .*main.* in dev, prod$/);
  });

  it("says that a component has another name now, and how to keep what is in it", () => {
    const named = (name: string) => {
      const component = registered(types.network, name, { custom: false });
      return manifestOf([component, registered(types.vpc, `${name}-vpc`, { parent: component.urn })]);
    };
    const text = reviewText(review([named("net")], [named("grid")]), since, plain);
    assert.match(text, /net is called grid now/);
    assert.match(text.replace(/\s+/g, " "), /aliases: \[\{ name: "net" \}\]/);
  });
});

describe("a review of another release", () => {
  const [old, now] = ["ami-0aaaaaaaaaaaaaaa1.0123456789abcdef", "ami-0aaaaaaaaaaaaaaa1.fedcba9876543210"];
  const logs = (id: string, other = id) => registered(types.logGroup, "logs", { inputs: { tags: { id, other } } });
  const changes = (base: [Value, ManifestResource], head: [Value, ManifestResource]) => {
    const manifest = ([id, resource]: [Value, ManifestResource]) => {
      const release = { id, drain: id === old ? 300 : 600 };
      return manifestOf([resource], { outputs: { release, provenRelease: { ...release, proof: "‹proof.stdout›" } } });
    };
    const { resources, exports } = review([manifest(base)], [manifest(head)]);
    return [...resources, ...exports].flatMap((each) => changeLines(each.changes).map(({ sign, text }) => sign + text));
  };

  it("says once what is another, and in the exports alone which", () => {
    const found = changes([old, logs(old)], [now, logs(now)]);
    assert.deepEqual(found, ["~release.drain: 300 → 600", `-release.id: ${old}`, `+release.id: ${now}`]);
  });

  it("shows what does not follow the release", () => {
    const found = changes([old, logs(old)], [now, logs(now, old)]);
    assert.ok(found.includes(`~tags.other: ‹release› → ${old}`), found.join("\n"));
  });

  it("says by the id alone what a stack that comes or goes had", () => {
    const gone = manifestOf([], { outputs: { release: { id: old, drain: 300 } } });
    const [exports] = review([gone], []).exports;
    assert.deepEqual(
      exports?.changes.map(({ path }) => path.join(".")),
      ["release.id"],
    );
  });

  it("hides nothing behind what is no release's id", () => {
    const found = changes(["10.0.0.0/8", logs("10.0.0.0/8")], ["0.0.0.0/0", logs("0.0.0.0/0")]);
    assert.ok(found.includes("~tags.other: 10.0.0.0/8 → 0.0.0.0/0"), found.join("\n"));
  });
});

describe("the exit code of a review", () => {
  const vpc = (owner: string) => [registered(types.vpc, "vpc", { inputs: { tags: { owner } } })];
  const volume = (options: ManifestResource["options"]) => [registered(types.volume, "data", { options })];
  const cases: [code: number, what: string, before: ManifestResource[], after: ManifestResource[]][] = [
    [0, "nothing changes", vpc("a"), vpc("a")],
    [1, "the deployment will refuse it", volume({ protect: true }), []],
    [2, "something changes", vpc("a"), vpc("b")],
    [3, "something is destroyed", volume({}), []],
    [
      3,
      "something is exposed",
      [registered(types.subnet, "subnet")],
      [registered(types.subnet, "subnet", { inputs: { mapPublicIpOnLaunch: true } })],
    ],
  ];
  for (const [code, what, before, after] of cases) {
    it(`is ${code} if ${what}`, () => {
      assert.equal(reviewExitCode(review([manifestOf(before)], [manifestOf(after)])), code);
    });
  }

  it("is 2 if only an export changes", () => {
    const found = review([manifestOf([], { outputs: { a: 1 } })], [manifestOf([], { outputs: { a: 2 } })]);
    assert.equal(reviewExitCode(found), 2);
  });
});

function everyFormat(found: Review): Record<"text" | "markdown" | "json", string> {
  return {
    text: reviewText(found, since, plain),
    markdown: reviewMarkdown(found, since),
    json: reviewJson(found, since),
  };
}

describe("a secret in a review", function () {
  this.timeout(120_000);

  const program = (rotated: string) =>
    [
      'import * as aws from "@pulumi/aws";',
      'import * as pulumi from "@pulumi/pulumi";',
      "const config = new pulumi.Config();",
      'for (const key of ["changed", "kept"])',
      '  new aws.ssm.Parameter("config-" + key, { type: "SecureString", value: config.requireSecret(key) });',
      `new aws.ssm.Parameter("code-changed", { type: "SecureString", value: pulumi.secret("${rotated}") });`,
      'new aws.ssm.Parameter("code-kept", { type: "SecureString", value: pulumi.secret("planted-kept") });',
      `export const login = pulumi.secret({ user: "ci", password: "${rotated}" });`,
    ].join("\n");
  const project = (cipher: string, rotated: string) =>
    temporaryProject({
      "Pulumi.yaml":
        "name: shop\nmain: index.ts\nruntime: nodejs\nconfig:\n  changed: { type: string, secret: true }\n  kept: { type: string, secret: true }\n",
      "Pulumi.dev.yaml": `config:\n  shop:changed: { secure: ${cipher} }\n  shop:kept: { secure: AAABplantedkept }\n`,
      "index.ts": program(rotated),
    });

  let base: Manifest[];
  let head: Manifest[];
  before(async () => {
    const mark = secretMarks();
    const run = (root: string) => previewStacks(root, ["dev"], assert.fail, mark);
    [base, head] = await Promise.all([
      run(project("AAABplantedold", "planted-old")),
      run(project("AAABplantednew", "planted-new")),
    ]);
  });

  it("is only said to have changed, where it has", () => {
    const found = review(base, head);
    assert.deepEqual(found.resources.map(({ name }) => name).sort(), ["code-changed", "config-changed"]);
    const text = reviewText(found, since, plain);
    assert.match(text, /value: ‹secret shop:changed› changed/);
    assert.match(text, /value: ‹secret› changed/);
    assert.match(text, /login\.password: ‹secret› changed/);
  });

  it("is no change, where it has not", () => {
    assert.equal(reviewExitCode(review(base, base)), 0);
  });

  it("stands in no format, and neither does what tells it from another", () => {
    for (const [format, text] of Object.entries(everyFormat(review(base, head)))) {
      assert.ok(text.includes("secret"), format);
      assert.doesNotMatch(text, /planted|#[0-9a-f]{8}/, format);
    }
  });
});

describe("a review as Markdown", () => {
  const hosts = (count: number, size: number) =>
    manifestOf(
      Array.from({ length: count }, (_, index) =>
        registered(types.role, `role-${index}`, {
          inputs: { description: `${size} of ${index}, which is a text of some length so that it takes its room` },
        }),
      ),
    );
  const parameter = (value: string, name = "note") =>
    manifestOf([registered(types.parameter, name, { inputs: { value } })]);
  const markdownOf = (before: Manifest, after: Manifest) => reviewMarkdown(review([before], [after]), since);

  it("begins with the mark, the base, the counts and what is exposed", () => {
    const subnet = (mapPublicIpOnLaunch: boolean) =>
      manifestOf([registered(types.subnet, "subnet", { inputs: { mapPublicIpOnLaunch } })]);
    const lines = markdownOf(subnet(false), subnet(true)).split("\n");
    assert.equal(lines[0], marker);
    assert.match(lines[1] ?? "", /changes since <code>main<\/code> \(<code>0123456<\/code>\)/);
    const [top, details] = [lines.slice(0, 10).join("\n"), lines.findIndex((line) => line.startsWith("<details>"))];
    assert.match(top, /- \*\*staging\*\*: 1 in place/);
    assert.match(top, /public address/);
    assert.ok(details > lines.findIndex((line) => line.includes("public address")));
  });

  it("folds every change", () => {
    const markdown = markdownOf(hosts(3, 1), hosts(3, 2));
    assert.equal(markdown.match(/^<details>/gm)?.length, 3);
    assert.equal(markdown.match(/^<\/details>/gm)?.length, 3);
  });

  it("is at most 60,000 characters, and counts what it leaves out", () => {
    const count = 3000;
    const [before, after] = [hosts(count, 1), hosts(count, 2)];
    const markdown = markdownOf(before, after);
    assert.ok(markdown.length <= markdownLimit, `${markdown.length} characters`);
    assert.ok(markdown.length > markdownLimit * 0.9, `only ${markdown.length} characters`);
    const shown = markdown.match(/^<details>/gm)?.length ?? 0;
    assert.match(markdown, new RegExp(`Left out.*: ${count - shown} in place`));
  });

  it("keeps the most dangerous where not all fits", () => {
    const many = [...hosts(3000, 1).resources];
    const changed = [...hosts(3000, 2).resources];
    const zone = (availabilityZone: string) =>
      registered(types.volume, "zz", { inputs: { availabilityZone, encrypted: true } });
    const markdown = markdownOf(manifestOf([...many, zone("a")]), manifestOf([...changed, zone("b")]));
    assert.match(markdown, /<b>zz<\/b>/);
    assert.match(markdown, /destroys|DESTROYS/i);
  });

  it("keeps room for others beside one huge change, and says how much of it is left out", () => {
    const text = (word: string) =>
      Array.from({ length: 2000 }, (_, index) => `${word} ${index}, which is a line of some length`).join("\n");
    const with_ = (word: string) =>
      manifestOf([
        ...parameter(text(word)).resources,
        registered(types.role, "role", { inputs: { description: word } }),
      ]);
    const markdown = markdownOf(with_("old"), with_("new"));
    assert.ok(markdown.length <= markdownLimit, `${markdown.length} characters`);
    assert.match(markdown, /\d+ more lines are left out here/);
    assert.match(markdown, /description: old → new/);
  });

  it("keeps room for changes beside thousands of exposures, and counts those left out", () => {
    const subnets = (mapPublicIpOnLaunch: boolean) =>
      manifestOf(
        Array.from({ length: 3000 }, (_, index) =>
          registered(types.subnet, `subnet-${index}`, { inputs: { mapPublicIpOnLaunch } }),
        ),
      );
    const markdown = markdownOf(subnets(false), subnets(true));
    assert.ok(markdown.length <= markdownLimit, `${markdown.length} characters`);
    assert.match(markdown, /… and \d+ more/);
    assert.match(markdown, /<details>/);
  });

  it("is within the limit with one line that is longer than that", () => {
    const markdown = markdownOf(parameter("a".repeat(200_000)), parameter("b".repeat(200_000)));
    assert.ok(markdown.length <= markdownLimit, `${markdown.length} characters`);
    assert.match(markdown, /\(\d+ more characters\)/);
  });

  it("is within the limit with a thousand stacks and exports", () => {
    const stacks = (value: number) =>
      Array.from({ length: 1000 }, (_, index) =>
        manifestOf([], {
          stack: `stack-${index}-of-a-rather-long-name-for-a-stack`,
          outputs: { value: value + index },
        }),
      );
    const markdown = reviewMarkdown(review(stacks(0), stacks(1)), since);
    assert.ok(markdown.length <= markdownLimit, `${markdown.length} characters`);
  });

  it("is within the limit with a thousand machines", () => {
    const machines = (length: number) =>
      manifestOf(
        Array.from({ length: 1000 }, (_, index) =>
          registered(types.template, `template-${index}-of-a-rather-long-name-for-a-template`, {
            inputs: { userData: base64("a".repeat(length)) },
          }),
        ),
      );
    const markdown = markdownOf(machines(100), machines(200));
    assert.ok(markdown.length <= markdownLimit, `${markdown.length} characters`);
  });

  const hostile: [what: string, value: string][] = [
    ["a code fence", "```\n# Title\n```"],
    ["a longer code fence", "`````diff\n# Title\n`````"],
    ["a mention", "ask @someone"],
    ["a reference to an issue", "see #12"],
    ["a script", "<script>alert(1)</script></details>"],
    ["a pipe", "a | b | c"],
    ["a link", "[x](https://example.com) ![y](https://example.com/z.png)"],
    ["an address", "https://example.com/ www.example.com"],
    ["an emoji", "ok :white_check_mark:"],
    ["the end of a comment", "--> <b>bold</b>"],
  ];
  for (const [what, value] of hostile) {
    it(`shows ${what} as text`, () => {
      for (const markdown of [
        markdownOf(parameter(`${value}\nold\n`), parameter(`${value}\nnew\n`)),
        markdownOf(parameter("old", value), parameter("new", value)),
        markdownOf(parameter("a"), manifestOf([...parameter("a").resources, registered(types.volume, value)])),
        markdownOf(manifestOf([registered(types.volume, value)]), manifestOf([])),
      ]) {
        const outside = withoutCode(markdown);
        assert.doesNotMatch(outside, /<script|<b>bold|!\[y\]\(|(?<!\\)\[x\]\(|^# Title/m);
        // GitHub looks for these in the text that it shows, when entities and backslashes are gone; not in code.
        const seen = outside
          .replace(/<code>.*?<\/code>/g, "")
          .replaceAll("&#64;", "@")
          .replaceAll("&#58;", ":")
          .replaceAll("&#46;", ".")
          .replaceAll("\\", "");
        assert.doesNotMatch(seen, /@\w|(?<!&)#\d|:\/\/|:white_/);
        assert.doesNotMatch(outside, /www\./);
        assert.equal(outside.match(/<details>/g)?.length, outside.match(/<\/details>/g)?.length);
      }
    });
  }

  it("is the same in every run, in whatever order resources come", () => {
    const [before, after] = [hosts(30, 1), hosts(30, 2)];
    const turned = (manifest: Manifest) => ({ ...manifest, resources: [...manifest.resources].reverse() });
    assert.equal(markdownOf(turned(before), turned(after)), markdownOf(before, after));
  });
});

/** The text outside of code fences, whose content Markdown takes as it is, as if HTML's blocks had no links. */
function withoutCode(markdown: string): string {
  const kept: string[] = [];
  let fence: string | undefined;
  for (const line of markdown.split("\n")) {
    const found = /^(`{3,})/.exec(line)?.[1];
    if (fence === undefined) {
      fence = found;
      // A line that begins with a block's tag is HTML, in which a link of Markdown is text.
      kept.push(found === undefined ? line.replace(/^<details>.*$/, (html) => html.replaceAll("](", "")) : "");
    } else if (found !== undefined && found.length >= fence.length && /^`+$/.test(line)) {
      fence = undefined;
    }
  }
  assert.equal(fence, undefined, "a code fence is not closed");
  return kept.join("\n");
}

describe("a review as text", () => {
  const before = manifestOf([registered(types.parameter, "note", { inputs: { value: "a b c d e ".repeat(60) } })]);
  const after = manifestOf([
    registered(types.parameter, "note", { inputs: { value: `\u001b[31m${"a b c d f ".repeat(60)}\u202e` } }),
    registered(types.subnet, "subnet", { inputs: { mapPublicIpOnLaunch: true } }),
  ]);
  const found = review([before], [after]);

  it("is at most 100 columns wide", () => {
    const lines = reviewText(found, since, plain).split("\n");
    assert.deepEqual(
      lines.filter((line) => columnsOf(line) > pageWidth),
      [],
    );
  });

  it("has no control character but the ends of its lines, whatever a resource holds", () => {
    assert.doesNotMatch(reviewText(found, since, plain), /[^\P{C}\n]/u);
    const hostile = "\u001b[31m";
    const values: [before: Inputs, after: Inputs][] = [
      [{}, { securityGroups: [hostile], steps: [hostile], [hostile]: hostile }],
      [{ steps: [] }, { steps: [[hostile], { [hostile]: [hostile] }] }],
      [{ tags: { a: "b" } }, { tags: { a: [hostile, "c"], [hostile]: { a: [hostile] } } }],
      [
        { policy: "{}" },
        { policy: JSON.stringify({ Statement: [{ Sid: hostile, Effect: "Allow", Action: [hostile] }] }) },
      ],
    ];
    for (const [one, other] of values) {
      const stack = (inputs: Inputs) =>
        manifestOf([registered(types.group, "one", { inputs })], { outputs: inputs, stack: hostile });
      const forth = review([stack(one)], [stack(other)]);
      const back = review([stack(other)], [stack(one)]);
      for (const text of [
        reviewText(forth, since, plain),
        reviewText(back, since, plain),
        reviewMarkdown(forth, since),
      ]) {
        assert.doesNotMatch(text, /[^\P{C}\n]/u);
      }
    }
  });

  it("has colours on a terminal, and says the same with them", () => {
    const coloured = reviewText(found, since, coloursFor(true, {}));
    assert.ok(coloured.includes("\u001b["));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is taken off are control characters
    assert.equal(coloured.replace(/\u001b\[\d+m/g, ""), reviewText(found, since, plain));
  });
});
