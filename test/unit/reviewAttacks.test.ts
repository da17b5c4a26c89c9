import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { contentHash } from "../../preview/contentHash";
import { review } from "../../preview/diff/review";
import { markdownLimit, reviewMarkdown } from "../../preview/diff/reviewMarkdown";
import { reviewText } from "../../preview/diff/reviewText";
import { record } from "../../preview/inProcess";
import { coloursFor } from "../../preview/layout";
import type { ManifestResource, Value } from "../../preview/manifest";
import { previewStacks } from "../../preview/stacks";
import { manifestOf, registered, since, types } from "../manifests";
import { base64 } from "../policy/fixture";
import { temporaryProject } from "../temporaryProject";

type Inputs = ManifestResource["inputs"];
type Resources = readonly ManifestResource[];

const plain = coloursFor(false, {});

function textOf(before: Resources, after: Resources): string {
  return reviewText(review([manifestOf(before)], [manifestOf(after)]), since, plain);
}

function one(type: string, inputs: Inputs, options: ManifestResource["options"] = {}): ManifestResource {
  return registered(type, "it", { inputs, options });
}

function host(userData: string): ManifestResource {
  return one(types.template, { userData: base64(userData) });
}

function configured(document: object, header = "#cloud-config"): ManifestResource {
  return host(`${header}\n${JSON.stringify(document)}`);
}

describe("a change that only looks like none", () => {
  const numbered = (ruleNo: number, action: string, cidrBlock: string) => ({
    ...{ ruleNo, action, cidrBlock, protocol: "tcp", fromPort: 22, toPort: 22 },
  });
  const rule = (peers: Inputs) => ({ ingress: [{ protocol: "tcp", fromPort: 1, toPort: 2, ...peers }] });
  const appended = (content: string) =>
    configured({
      write_files: [
        { path: "/etc/rc.local", content },
        { path: "/etc/rc.local", content: "echo done\n", append: true },
      ],
    });
  const archive = (headers: string) =>
    host(
      `Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n\n--B\n${headers}\n\n#!/bin/sh\nrm -rf /srv\n\n--B--\n`,
    );
  const attachment = 'Content-Disposition: attachment; filename="x.sh"';
  const listener = (path: string, content: string) => ({ path, content });

  const cases: [what: string, before: ManifestResource, after: ManifestResource, said: RegExp][] = [
    ...["aws:ec2/networkAcl:NetworkAcl", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"].map(
      (type): [string, ManifestResource, ManifestResource, RegExp] => [
        `the order of the rules of a ${type}`,
        one(type, { ingress: [numbered(100, "allow", "10.0.0.0/8"), numbered(200, "deny", "0.0.0.0/0")] }),
        one(type, { ingress: [numbered(100, "deny", "10.0.0.0/8"), numbered(200, "allow", "0.0.0.0/0")] }),
        /ingress\.200\.action: deny → allow/,
      ],
    ),
    [
      "a peer of another kind",
      one(types.securityGroup, rule({ cidrBlocks: ["10.0.0.0/8"] })),
      one(types.securityGroup, rule({ securityGroups: ["10.0.0.0/8"] })),
      /securityGroups/,
    ],
    [
      "a description that stood in the peer",
      one(types.securityGroup, rule({ prefixListIds: ["pl-1 (a)"] })),
      one(types.securityGroup, rule({ prefixListIds: ["pl-1"], description: "a" })),
      /description/,
    ],
    [
      "a rule with what no security group has",
      one(types.securityGroup, rule({ cidrBlocks: ["10.0.0.0/8"], action: "allow" })),
      one(types.securityGroup, rule({ cidrBlocks: ["10.0.0.0/8"], mode: "allow" })),
      /mode: allow/,
    ],
    [
      "the order of a list of another type under a name that a security group has",
      one("aws:new/thing:Thing", { ingress: [{ protocol: "a", x: 1 }, { protocol: "b" }] }),
      one("aws:new/thing:Thing", { ingress: [{ protocol: "b" }, { protocol: "a", x: 1 }] }),
      /ingress/,
    ],
    [
      "the first of two entries of one file",
      appended("#!/bin/sh\n"),
      appended("#!/bin/sh\n/opt/evil\n"),
      /\+.*\/opt\/evil/,
    ],
    [
      "an entry whose path is that of another with its number",
      configured({ write_files: [listener("/a", "x"), listener("/a", "y")] }),
      configured({ write_files: [listener("/a", "x"), listener("/a #2", "y")] }),
      /\/a #2/,
    ],
    [
      "a file that is called as a part of the document is",
      configured({ write_files: [listener("runcmd", "x")], runcmd: ["true"] }),
      configured({ write_files: [listener("runcmd", "y")], runcmd: ["true"] }),
      /- +x\n +\+ +y/,
    ],
    [
      "a part that becomes a script",
      archive(`Content-Type: application/octet-stream\n${attachment}`),
      archive(`Content-Type: text/x-shellscript\n${attachment}`),
      /application\/octet-stream → text\/x-shellscript/,
    ],
    [
      "the way in which a part is merged",
      archive(`Content-Type: text/cloud-config\n${attachment}`),
      archive(`Content-Type: text/cloud-config\nX-Merge-Type: dict(replace)\n${attachment}`),
      /x-merge-type: dict\(replace\)/,
    ],
    [
      "the first line, which says what user data is",
      configured({ runcmd: ["true"] }, "#cloud-config-off"),
      configured({ runcmd: ["true"] }),
      /- userData\.first line: #cloud-config-off/,
    ],
  ];
  for (const [what, before, after, said] of cases) {
    it(`is named: ${what}`, () => {
      for (const [from, to] of [
        [before, after],
        [after, before],
      ] as const) {
        const text = textOf([from], [to]);
        assert.doesNotMatch(text, /No change/);
        assert.doesNotMatch(text, /another order or packing/);
      }
      assert.match(textOf([before], [after]), said);
    });
  }

  it("is said to be another order where it is one", () => {
    const files = [listener("/a", "x"), listener("/a", "y"), listener("/b", "z")];
    const before = configured({ write_files: files });
    const after = configured({ write_files: [files[2], files[0], files[1]] });
    assert.match(textOf([before], [after]), /another order or packing/);
    const turned = configured({ write_files: [files[1], files[0], files[2]] });
    assert.doesNotMatch(textOf([before], [turned]), /another order or packing/);
  });
});

describe("an asset of a program", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "asset-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  class Object_ extends pulumi.CustomResource {
    constructor(source: pulumi.Input<pulumi.asset.Asset | pulumi.asset.Archive>) {
      super("aws:s3/bucketObjectv2:BucketObjectv2", "it", { source });
    }
  }
  const made = (source: pulumi.Input<pulumi.asset.Asset | pulumi.asset.Archive>) =>
    record(() => {
      new Object_(source);
    });
  const sourceOf = async (source: pulumi.asset.Asset | pulumi.asset.Archive): Promise<Value | undefined> =>
    (await made(source)).resources[0]?.inputs.source;

  const assets: [what: string, asset: () => pulumi.asset.Asset | pulumi.asset.Archive][] = [
    ["a file", () => new pulumi.asset.FileAsset(join(directory, "boot.sh"))],
    ["a directory", () => new pulumi.asset.FileArchive(directory)],
    ["an archive of others", () => new pulumi.asset.AssetArchive({ ".": new pulumi.asset.FileArchive(directory) })],
  ];
  for (const [what, asset] of assets) {
    it(`is another one when the content is: ${what}`, async () => {
      writeFileSync(join(directory, "boot.sh"), "echo ok\n");
      const before = await made(asset());
      assert.match(reviewText(review([before], [await made(asset())]), since, plain), /No change/);
      writeFileSync(join(directory, "boot.sh"), "echo no\n");
      const found = review([before], [await made(asset())]);
      assert.match(reviewText(found, since, plain), /sha256/);
    });
  }

  it("has a path that is the same wherever the program stands", async () => {
    writeFileSync(join(directory, "boot.sh"), "echo ok\n");
    const inside = (await sourceOf(new pulumi.asset.FileAsset(join(process.cwd(), "package.json")))) as Inputs;
    assert.equal((inside.asset as Inputs).path, "package.json");
  });

  it("says that it can't be read, where it can't", async () => {
    const missing = (await sourceOf(new pulumi.asset.FileAsset(join(directory, "none")))) as Inputs;
    assert.equal((missing.asset as Inputs).sha256, "unreadable (ENOENT)");
  });

  it("tells nothing of a file whose path is secret", async () => {
    writeFileSync(join(directory, "boot.sh"), "echo ok\n");
    const found = await made(pulumi.secret(new pulumi.asset.FileAsset(join(directory, "boot.sh"))));
    assert.doesNotMatch(JSON.stringify(found), /boot\.sh|[0-9a-f]{64}/);
  });

  it("has a digest of names, bytes and what can be run, and ends in a directory that is within itself", () => {
    const digests = new Set<string>();
    const write = (file: string, text: string, mode = 0o644) => {
      writeFileSync(join(directory, file), text, { mode });
      digests.add(contentHash(directory));
    };
    write("a", "1");
    write("a", "2");
    write("b", "2");
    write("c", "2", 0o755);
    mkdirSync(join(directory, "d"));
    digests.add(contentHash(directory));
    symlinkSync(directory, join(directory, "d/up"));
    digests.add(contentHash(directory));
    assert.equal(digests.size, 6);
  });
});

describe("what becomes of a resource whose place or owner changes", () => {
  const volume = (inputs: Inputs = {}, options: ManifestResource["options"] = {}) =>
    registered(types.volume, "data", { inputs: { availabilityZone: "a", encrypted: true, ...inputs }, options });
  const machine = (inputs: Inputs) => one(types.instance, { ami: "ami-1", metadataOptions: v2, ...inputs });
  const v2 = { httpTokens: "required", httpPutResponseHopLimit: 1 };
  const provider = (inputs: Inputs, name = "p") => registered("pulumi:providers:aws", name, { inputs });
  const by = (name: string) => ({ provider: `${provider({}, name).urn}::‹${name}.id›` });
  const disk = (inputs: Inputs) => ({ ebsBlockDevices: [{ deviceName: "/dev/sdf", encrypted: true, ...inputs }] });
  const group = (options: ManifestResource["options"]) =>
    one(
      types.securityGroup,
      { ingress: [{ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }] },
      options,
    );

  const cases: [what: string, before: Resources, after: Resources, ...said: RegExp[]][] = [
    [
      "another region",
      [volume({ region: "eu-west-1" })],
      [volume({ region: "eu-west-2" })],
      /1 replace/,
      /DESTROYS {2}data is replaced/,
    ],
    [
      "another provider",
      [volume({}, { ...by("a"), protect: true })],
      [volume({}, by("b"))],
      /BLOCKED/,
      /It has another provider: b\./,
    ],
    ["the default provider in place of another", [volume({}, by("a"))], [volume()], /1 replace/, /: the default\./],
    [
      "another region of its provider",
      [provider({ region: "eu-west-1" }), volume({}, by("p"))],
      [provider({ region: "eu-west-2" }), volume({}, by("p"))],
      /DESTROYS {2}p has another region/,
      /DESTROYS {2}data is replaced/,
    ],
    ...["assumeRoles", "profile", "allowedAccountIds"].map((input): [string, Resources, Resources, ...RegExp[]] => [
      `other ${input} of its provider`,
      [provider({ [input]: ["a"] }), volume({}, by("p"))],
      [provider({ [input]: ["b"] }), volume({}, by("p"))],
      new RegExp(`DESTROYS +p may work in another account \\(${input}\\)`),
      /DESTROYS {2}data may be replaced/,
    ]),
    ...[
      ["the key of its root volume", { rootBlockDevice: { kmsKeyId: "a" } }, { rootBlockDevice: { kmsKeyId: "b" } }],
      ["encryption of its root", { rootBlockDevice: { encrypted: false } }, { rootBlockDevice: { encrypted: true } }],
      ["groups of EC2-Classic", { securityGroups: ["a"] }, { securityGroups: ["b"] }],
      ["a partition", { placementPartitionNumber: 1 }, { placementPartitionNumber: 2 }],
      ["names in DNS", { privateDnsNameOptions: { a: true } }, { privateDnsNameOptions: { a: false } }],
      ["a snapshot", disk({ snapshotId: "a" }), disk({ snapshotId: "b" })],
    ].map(([what, before, after]): [string, Resources, Resources, RegExp] => [
      `${what} of a machine`,
      [machine(before as Inputs)],
      [machine(after as Inputs)],
      /1 replace/,
    ]),
    [
      "ignoreChanges that is gone",
      [group({ ignoreChanges: ["ingress"] })],
      [group({})],
      /1 in place/,
      /now applies ingress/,
      /EXPOSES.*443.*everyone/,
    ],
    ["ignoreChanges of all that is gone", [volume({}, { ignoreChanges: ["*"] })], [volume()], /1 replace/, /DESTROYS/],
    [
      "a lookup in place of the resource",
      [volume({}, { protect: true })],
      [volume({}, { readId: "vol-1" })],
      /1 delete/,
      /BLOCKED/,
      /DESTROYS/,
      /only looked up from now on \(vol-1\): what the stack has made is deleted/,
    ],
    ["a resource in place of the lookup", [volume({}, { readId: "vol-1" })], [volume()], /1 create/],
    [
      "a lookup",
      [],
      [volume({}, { readId: "vol-1" })],
      /nothing is done to a resource/,
      /It is only looked up \(vol-1\)/,
    ],
    ["an import", [], [group({ importId: "sg-1" })], /It is there already: sg-1 is taken into the stack \(import\)/],
    [
      "retainOnDelete that is gone",
      [volume({}, { retainOnDelete: true })],
      [volume()],
      /DESTROYS.*\(no retainOnDelete\)/,
    ],
    [
      "retainOnDelete that comes with the replacement",
      [volume()],
      [volume({ availabilityZone: "b" }, { retainOnDelete: true })],
      /DESTROYS {2}data is replaced/,
    ],
    [
      "what may replace a type of which no input is known",
      [one("aws:kinesis/stream:Stream", { a: 1 })],
      [one("aws:kinesis/stream:Stream", { a: 2 })],
      /DESTROYS {2}it may be replaced, and its records with it/,
    ],
    ["the name of a bucket", ...renamed("aws:s3/bucket:Bucket", "bucket"), /DESTROYS {2}it is replaced/],
    ["the name of a table", ...renamed("aws:dynamodb/table:Table", "name"), /DESTROYS {2}it is replaced/],
  ];
  for (const [what, before, after, ...said] of cases) {
    it(`is said: ${what}`, () => {
      const text = textOf(before, after).replace(/\n +/g, " ");
      for (const expected of said) {
        assert.match(text, expected);
      }
    });
  }

  for (const type of [
    ...[
      "aws:rds/cluster:Cluster",
      "aws:rds/instance:Instance",
      "aws:backup/vault:Vault",
      "aws:efs/fileSystem:FileSystem",
    ],
    ...["aws:elasticache/replicationGroup:ReplicationGroup", "aws:dynamodb/table:Table"],
  ]) {
    it(`is a loss where it is deleted: ${type}`, () => {
      assert.match(textOf([one(type, {})], []), /DESTROYS {2}it is deleted/);
    });
  }

  it("is no loss of a machine with nothing but its image, or of a tag", () => {
    const [bare, kept] = [machine({}), machine({ rootBlockDevice: { encrypted: true } })];
    assert.doesNotMatch(textOf([bare], []), /DESTROYS/);
    assert.match(
      textOf([kept], []),
      /DESTROYS {2}it is deleted, and what is on its own volumes, not on attached ones, with it/,
    );
    const stream = (owner: string) => [one("aws:kinesis/stream:Stream", { tags: { owner } })];
    assert.doesNotMatch(textOf(stream("a"), stream("b")), /DESTROYS|replaced/);
  });

  it("is nothing of a provider that an alias ties to what it was", () => {
    const renamedProvider = { ...provider({}, "q"), options: { aliases: ["name=p"] } };
    const found = review(
      [manifestOf([provider({}), volume({}, by("p"))])],
      [manifestOf([renamedProvider, volume({}, by("q"))])],
    );
    assert.deepEqual(found.stacks[0]?.counts, {});
  });
});

describe("a danger to what there is", () => {
  const lookedUp = (type: string, name: string) => registered(type, name, { options: { readId: name } });
  const made = (type: string, inputs: Inputs) => registered(type, "new", { inputs });
  const hook = (inputs: Inputs) => registered("aws:autoscaling/lifecycleHook:LifecycleHook", "hook", { inputs });
  const launching = { lifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING", autoscalingGroupName: "‹group.name›" };
  const terminating = { ...launching, lifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING" };
  const group = registered("aws:autoscaling/group:Group", "group", {
    inputs: { initialLifecycleHooks: [{ ...launching, defaultResult: "ABANDON" }] },
  });
  const profile = (role: string) =>
    registered("aws:iam/instanceProfile:InstanceProfile", "profile", { inputs: { role } });
  const policy = JSON.stringify({ Statement: [{ Effect: "Allow", Action: "iam:CreateAccessKey", Resource: "arn:a" }] });
  const rolePolicy = (role: string) => made(types.policy, { role, policy });
  const out = { destinationCidrBlock: "0.0.0.0/0", natGatewayId: "nat-1" };
  const route = (routeTableId: string) => made("aws:ec2/route:Route", { ...out, routeTableId });
  const association = (inputs: Inputs) => made("aws:ec2/routeTableAssociation:RouteTableAssociation", inputs);
  const address = (instance: string) => made("aws:ec2/eip:Eip", { instance });
  const [role, table] = [lookedUp("aws:iam/role:Role", "deploy"), lookedUp("aws:ec2/routeTable:RouteTable", "table")];
  const machine = lookedUp(types.instance, "bastion");

  const cases: [what: string, before: Resources, after: Resources, said: RegExp][] = [
    ["a launching hook that is gone", [group, hook(launching)], [group], /hook no longer holds new hosts back/],
    [
      "one that waits for something else",
      [hook(launching)],
      [hook(terminating)],
      /hook no longer holds new hosts back/,
    ],
    ["a terminating hook that is gone", [group, hook(terminating)], [group], /hook no longer waits for jobs to end/],
    [
      "another boundary",
      [one(types.role, { permissionsBoundary: "arn:a" })],
      [one(types.role, { permissionsBoundary: "arn:aws:iam::aws:policy/AdministratorAccess" })],
      /it is bounded by arn:aws:iam::aws:policy\/AdministratorAccess, in place of arn:a/,
    ],
    [
      "another key",
      [one(types.logGroup, { kmsKeyId: "arn:a" })],
      [one(types.logGroup, { kmsKeyId: "arn:b" })],
      /it is encrypted with arn:b, in place of arn:a/,
    ],
    [
      "a key pair",
      [one(types.template, {})],
      [one(types.template, { keyName: "mine" })],
      /it lets in who has the key pair mine/,
    ],
    ["another role of a profile", [profile("‹role.name›")], [profile("admin")], /lets its machines do what admin may/],
    ["a policy on a role that is looked up", [], [role, rolePolicy("‹deploy.name›")], /may now do iam:CreateAccessKey/],
    ["a policy on a role that is named", [], [rolePolicy("deploy")], /may now do iam:CreateAccessKey/],
    ...["secretArn", "keyId", "bucket", "repository", "arn", "queueUrl"].map(
      (owner): [string, Resources, Resources, RegExp] => [
        `a policy on what there is, by its ${owner}`,
        [],
        [made("aws:new/policy:Policy", { [owner]: "arn:aws:other", policy })],
        /may now do iam:CreateAccessKey/,
      ],
    ),
    ["a way out of a table that is looked up", [], [table, route("‹table.id›")], /a way to the internet/],
    ["a way out of a table that is named", [], [route("rtb-1")], /gives rtb-1 a way to the internet/],
    [
      "a subnet that gets a table of which nothing is known",
      [],
      [association({ subnetId: "subnet-1", routeTableId: "rtb-1" })],
      /connects subnet-1 with rtb-1, whose routes are not known here/,
    ],
    ["an address for a machine that is looked up", [], [machine, address("‹bastion.id›")], /a public address/],
    ["an address for a machine that is named", [], [address("i-0123")], /gives i-0123 a public address/],
  ];
  for (const [what, before, after, said] of cases) {
    it(`is said: ${what}`, () => {
      assert.match(textOf(before, after).replace(/\n +/g, " "), new RegExp(`EXPOSES +.*${said.source}`));
    });
  }

  it("is none of what comes with what is new, or goes with what is gone", () => {
    const fresh = (name: string, type: string) => registered(type, name);
    const news = [
      [fresh("role", "aws:iam/role:Role"), rolePolicy("‹role.name›")],
      [fresh("table", "aws:ec2/routeTable:RouteTable"), route("‹table.id›")],
      [
        registered("aws:ec2/routeTable:RouteTable", "table", {
          inputs: { routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: "igw" }] },
        }),
      ],
      [fresh("machine", "aws:new/machine:Machine"), address("‹machine.id›")],
    ];
    for (const resources of news) {
      assert.doesNotMatch(textOf([], resources), /EXPOSES/);
    }
    assert.doesNotMatch(textOf([group, hook(launching)], []), /EXPOSES/);
  });

  it("is said by the configuration of the default provider alone", () => {
    const stack = (config: Readonly<Record<string, string>>) => ({ ...manifestOf([]), providerConfig: config });
    const said = (key: string) => {
      const found = review([stack({ "aws:region": "a" })], [stack({ "aws:region": "a", [key]: "b" })]);
      return reviewText(found, since, plain).replace(/\n +/g, " ");
    };
    assert.match(said("aws:region"), /DESTROYS +aws has another region/);
    for (const input of ["profile", "assumeRole", "endpoints", "secretKey"]) {
      assert.match(said(`aws:${input}`), new RegExp(`DESTROYS +aws may work in another account \\(${input}\\)`));
    }
    assert.match(said("aws:defaultTags"), /EXPOSES +aws works with another defaultTags where no provider is named/);
    const same = review([stack({ "aws:region": "a" })], [stack({ "aws:region": "a" })]);
    assert.match(reviewText(same, since, plain), /No change/);
  });

  it("counts once in a stack, however often it is found there", () => {
    const token = configured({ write_files: [{ path: "/a", content: `A: ghp_${"a".repeat(36)}\n` }] });
    const found = review([manifestOf([host("#!/bin/sh\n")])], [manifestOf([token])]);
    const broken = found.exposures.filter(({ sentence }) => sentence.startsWith("userData: /a"));
    assert.deepEqual(
      broken.map(({ stacks }) => stacks),
      [["staging"]],
    );
  });

  it("is not what is only looked up", () => {
    assert.doesNotMatch(textOf([], [machine]), /BREAKS/);
  });
});

function renamed(type: string, input: string): [Resources, Resources] {
  return [[one(type, { [input]: "a" })], [one(type, { [input]: "b" })]];
}

describe("a comment that is made to hide something", () => {
  const markdownOf = (before: Resources, after: Resources) =>
    reviewMarkdown(review([manifestOf(before)], [manifestOf(after)]), since);
  const group = (name: string, ingress: Value[]) => registered(types.securityGroup, name, { inputs: { ingress } });
  const ports = (peer: Inputs, port = 443) => ({ protocol: "tcp", fromPort: port, toPort: port, ...peer });
  const ssh = ports({ cidrBlocks: ["0.0.0.0/0"] }, 22);
  const text = (word: string, lines = 200) =>
    Array.from({ length: lines }, (_, index) => `${word}${index}${"x".repeat(70)}`).join("\n");
  const tagged = (value: string) => registered(types.vpc, "zz", { inputs: { tags: { evil: value } } });

  const many = (count: number, make: (index: number) => ManifestResource) =>
    Array.from({ length: count }, (_, index) => make(index));
  const dashboard = (word: string) => (index: number) =>
    registered("aws:cloudwatch/dashboard:Dashboard", `d${index}`, {
      inputs: { dashboardBody: text(word) },
      source: `index.ts:${index}`,
    });
  const parameter = (index: number) => registered(types.parameter, `p${index}`, { source: `index.ts:${index}` });
  const alarm = (index: number) =>
    registered("aws:cloudwatch/metricAlarm:MetricAlarm", `a${index}`, { source: `index.ts:${index}` });
  const policy = (NotAction: string[]) => (index: number) =>
    registered(types.policy, `policy-${index}`, {
      inputs: { policy: { Statement: [{ Sid: "a", Effect: "Allow", NotAction, Resource: "*" }] } },
    });

  const hidden: [what: string, before: Resources, after: Resources, shown: RegExp][] = [
    [
      "a long exposure in front",
      [group("aa", []), group("zz", [])],
      [group("aa", [ports({ prefixListIds: ["*".repeat(6000)] })]), group("zz", [ssh])],
      /^> .*<code>zz<\/code> lets in/m,
    ],
    [
      "a flood of exposures in front",
      [group("aa", []), group("zz", [])],
      [group("aa", floods()), group("zz", [ssh])],
      /^> .*<code>zz<\/code> lets in/m,
    ],
    [
      "a long line in the same text",
      [host("#!/bin/sh\n")],
      [host(`#!/bin/sh\n# ${"x".repeat(15_000)}\n/opt/evil\n`)],
      /^\+ .*\/opt\/evil/m,
    ],
    [
      "a long file in front of a command",
      [configured({ write_files: [{ path: "/a", content: "x" }], runcmd: ["true"] })],
      [configured({ write_files: [{ path: "/a", content: text("y") }], runcmd: ["/opt/evil"] })],
      /\/opt\/evil/,
    ],
    [
      "a long file in front of another",
      [
        configured({
          write_files: [
            { path: "/a", content: text("x", 900) },
            { path: "/b", content: "true" },
          ],
        }),
      ],
      [
        configured({
          write_files: [
            { path: "/a", content: text("y", 900) },
            { path: "/b", content: "/opt/evil" },
          ],
        }),
      ],
      /\/opt\/evil/,
    ],
    [
      "long changes in front",
      [...many(8, dashboard("a")), tagged("no")],
      [...many(8, dashboard("b")), tagged("yes")],
      /tags\.evil: no → yes/,
    ],
    ["many new resources", [tagged("no")], [...many(4000, parameter), tagged("yes")], /tags\.evil: no → yes/],
    [
      "many new resources in front of new grants",
      [],
      [...many(4000, alarm), ...many(3, policy(["iam:*"]))],
      /<b>policy-/,
    ],
  ];
  for (const [what, before, after, shown] of hidden) {
    it(`hides nothing: ${what}`, () => {
      const markdown = markdownOf(before, after);
      assert.ok(markdown.length <= markdownLimit, `${markdown.length} characters`);
      assert.match(markdown, shown);
    });
  }

  it("names new resources of a type together where they are too many", () => {
    const markdown = markdownOf([], many(4000, parameter));
    assert.match(markdown, /<b>p0, p1, p10, 3997 more<\/b> ssm\/Parameter ×4000: create/);
  });

  it("stands in the order of severity within a kind", () => {
    const found = review(
      [manifestOf([group("aa", [])])],
      [manifestOf([group("aa", [ports({ cidrBlocks: ["10.0.0.0/8"] }), ssh])])],
    );
    const exposed = found.exposures.filter(({ kind }) => kind === "exposes");
    assert.deepEqual(
      exposed.map(({ severity }) => severity),
      ["critical", "medium"],
    );
  });
});

/** Rules that are each an exposure of their own. */
function floods(): Value[] {
  return Array.from({ length: 400 }, (_, index) => ({
    ...{ protocol: "tcp", fromPort: 1000 + index, toPort: 1000 + index },
    cidrBlocks: [`10.${index % 250}.0.0/32`],
  }));
}

describe("the environment of a program", () => {
  it("has what Node needs, and no token", async () => {
    const root = temporaryProject({
      "index.ts":
        "export const names = Object.keys(process.env).filter((name) => /^NODE_.*(?:ENV|TOKEN)|_MARK$/.test(name)).sort();",
    });
    const given = {
      NODE_AUTH_TOKEN: "planted",
      NODE_ENV: "test",
      NODE_PRE_GYP_GITHUB_TOKEN: "planted",
      LC_MARK: "planted",
    };
    const before = { ...process.env };
    Object.assign(process.env, given);
    try {
      const [manifest] = await previewStacks(root, ["dev"]);
      assert.deepEqual(manifest?.outputs.names, ["NODE_ENV"]);
    } finally {
      process.env = before;
    }
  });
});

describe("what a change opens in a roundabout way", () => {
  const exposed = (before: Resources, after: Resources) =>
    review([manifestOf(before)], [manifestOf(after)]).exposures.map(
      ({ kind, name, sentence }) => `${kind}: ${name} ${sentence}`,
    );
  const role = (inputs: Inputs = {}) =>
    registered(types.role, "role", { inputs: { assumeRolePolicy: "{}", ...inputs } });
  const policy = (statement: Inputs, type: string = types.policy, inputs: Inputs = { role: "‹role.id›" }) =>
    registered(type, "policy", { inputs: { ...inputs, policy: { Version: "2012-10-17", Statement: [statement] } } });
  const allow = (statement: Inputs) => policy({ Effect: "Allow", ...statement });
  const deny = (statement: Inputs) => policy({ Effect: "Deny", ...statement });
  const secretPolicyType = "aws:secretsmanager/secretPolicy:SecretPolicy";
  const secretPolicy = (readers: string[]) =>
    policy(
      {
        ...{ Effect: "Deny", Principal: "*", Action: "secretsmanager:GetSecretValue", Resource: "*" },
        Condition: { ArnNotEquals: { "aws:PrincipalArn": readers } },
      },
      secretPolicyType,
      { secretArn: "arn:s" },
    );
  const inline = (statement: Inputs) => ({
    inlinePolicies: [{ name: "a", policy: JSON.stringify({ Statement: [statement] }) }],
  });
  const attachment = registered("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "more", {
    inputs: { role: "‹role.name›", policyArn: "arn:aws:iam::1:policy/everything" },
  });
  const group = (inputs: Inputs) => one(types.securityGroup, { ingress: [], egress: [], ...inputs });
  const all = { protocol: "-1", fromPort: 0, toPort: 0 };
  const table = (name: string, routes: Value[] = []) => registered(types.table, name, { inputs: { routes } });
  const route = (inputs: Inputs) =>
    registered(types.route, "route", { inputs: { routeTableId: "‹isolated.id›", ...inputs } });
  const link = (routeTableId: string) =>
    registered("aws:ec2/routeTableAssociation:RouteTableAssociation", "link", {
      inputs: { subnetId: "‹subnet.id›", routeTableId },
    });
  const out = { cidrBlock: "0.0.0.0/0", gatewayId: "igw-1" };
  const machine = (inputs: Inputs = {}) =>
    registered(types.instance, "host", { inputs: { metadataOptions: { httpTokens: "required" }, ...inputs } });
  const block = (value: boolean) =>
    one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", { blockPublicAcls: value });
  const bucketPolicy = (Principal: Value) =>
    policy(
      { Effect: "Allow", Principal, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" },
      "aws:s3/bucketPolicy:BucketPolicy",
      {
        bucket: "‹b.id›",
      },
    );

  const cases: [what: string, before: Resources, after: Resources, said: RegExp][] = [
    [
      "a policy for a role that there was",
      [role()],
      [role(), allow({ Action: "s3:PutObject", Resource: "arn:a" })],
      /s3:PutObject on arn:a/,
    ],
    ["a policy attached to it", [role()], [role(), attachment], /more gets the policy .*everything/],
    ["a managed policy of it", [role()], [role({ managedPolicyArns: ["arn:x"] })], /role gets the policy arn:x/],
    [
      "an inline policy of it",
      [role(inline({ Effect: "Deny", Action: "a:b", Resource: "*" }))],
      [role(inline({ Effect: "Allow", Action: "ssm:GetParameter", Resource: "arn:p" }))],
      /ssm:GetParameter on arn:p/,
    ],
    ["no boundary", [role({ permissionsBoundary: "arn:b" })], [role()], /no permissions boundary any more/],
    ...["secretsmanager:GetSecretValue", "ssm:GetParameters", "kms:Decrypt", "s3:GetObject"].map(
      (Action): [string, Resources, Resources, RegExp] => [
        `${Action} of everything for a new role`,
        [],
        [role(), allow({ Action, Resource: "*" })],
        new RegExp(`may now do ${Action} on \\*`),
      ],
    ),
    [
      "another role for a new one",
      [],
      [role(), allow({ Action: "iam:PassRole", Resource: "arn:admin" })],
      /iam:PassRole on arn:admin/,
    ],
    [
      "a new role for anyone",
      [],
      [
        role({
          assumeRolePolicy: { Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }] },
        }),
      ],
      /sts:AssumeRole by/,
    ],
    ["a new bucket policy for anyone", [], [bucketPolicy("*")], /s3:GetObject on .* by "\*"/],
    ["a new bucket policy for anyone in a list", [], [bucketPolicy({ AWS: ["*"] })], /s3:GetObject on/],
    ["keys in lower case", [role()], [role(), policy({ effect: "Allow", action: "a:b", resource: "*" })], /a:b on \*/],
    [
      "one exception less",
      [allow({ NotAction: ["iam:*", "kms:*"], Resource: "*" })],
      [allow({ NotAction: ["iam:*"], Resource: "*" })],
      /all but iam:\* on \*/,
    ],
    [
      "one exception more from a denial",
      [deny({ NotAction: ["s3:Get*"], Resource: "*" })],
      [deny({ NotAction: ["s3:Get*", "iam:*"], Resource: "*" })],
      /no longer denied all but s3:Get\*/,
    ],
    [
      "a resource less among the exceptions",
      [allow({ Action: "a:b", NotResource: ["x", "y"] })],
      [allow({ Action: "a:b", NotResource: ["x"] })],
      /a:b on all but x/,
    ],
    ["a denial that is deleted", [deny({ Action: "iam:*", Resource: "*" })], [], /no longer denied iam:\*/],
    [
      "a reader more of a secret",
      [secretPolicy(["arn:a"])],
      [secretPolicy(["arn:a", "arn:b"])],
      /no longer denied secretsmanager:GetSecretValue/,
    ],
    ["the policy of a secret that is deleted", [secretPolicy(["arn:a"])], [], /no longer denied/],
    [
      "another profile of a machine",
      [machine({ iamInstanceProfile: "low" })],
      [machine({ iamInstanceProfile: "admin" })],
      /"admin".*"low"/,
    ],
    ["a block of public access that is off", [block(true)], [block(false)], /keeps the public out \(blockPublicAcls\)/],
    ["a block of public access that is gone", [block(true)], [], /keeps the public out \(blockPublicAcls\)/],
    [
      "the group itself",
      [group({})],
      [group({ ingress: [{ ...all, self: true }] })],
      /lets in all traffic from the group itself/,
    ],
    [
      "halves of the internet",
      [group({})],
      [group({ egress: [{ ...all, cidrBlocks: ["0.0.0.0/1", "128.0.0.0/1"] }] })],
      /lets out all traffic to 128\.0\.0\.0\/1/,
    ],
    ["all of IPv6 in use", [group({})], [group({ ingress: [{ ...all, ipv6CidrBlocks: ["2000::/3"] }] })], /everyone/],
    [
      "a list of prefixes",
      [group({})],
      [group({ egress: [{ ...all, prefixListIds: ["pl-1"] }] })],
      /lets out all traffic to pl-1/,
    ],
    [
      "half a way out",
      [table("isolated")],
      [table("isolated"), route({ destinationCidrBlock: "0.0.0.0/1", gatewayId: "igw-1" })],
      /way to the internet/,
    ],
    [
      "a way out through a card",
      [table("isolated")],
      [table("isolated"), route({ destinationCidrBlock: "0.0.0.0/0", networkInterfaceId: "eni-1" })],
      /way to the internet/,
    ],
    [
      "a way out through a transit gateway",
      [table("isolated")],
      [table("isolated"), route({ destinationIpv6CidrBlock: "::/1", transitGatewayId: "tgw-1" })],
      /way to the internet/,
    ],
    [
      "a way out in the table itself",
      [table("isolated")],
      [table("isolated", [out])],
      /isolated a way to the internet/,
    ],
    [
      "another table with a way out",
      [table("a"), table("b", [out]), link("‹a.id›")],
      [table("a"), table("b", [out]), link("‹b.id›")],
      /connects ‹subnet\.id› with ‹b\.id›, which has a way/,
    ],
    [
      "another table that is not known",
      [table("a"), link("‹a.id›")],
      [table("a"), link("rtb-1")],
      /whose routes are not known/,
    ],
    [
      "an address for a machine that there was",
      [machine()],
      [machine(), registered("aws:ec2/eip:Eip", "ip", { inputs: { instance: "‹host.id›" } })],
      /a public address/,
    ],
    [
      "a worse violation of a rule in the same place",
      [machine({ metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 2 } })],
      [machine({ metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 64 } })],
      /breaks: .*64/,
    ],
  ];
  for (const [what, before, after, said] of cases) {
    it(`is said: ${what}`, () => {
      const found = exposed(before, after);
      assert.ok(
        found.some((line) => /^(?:exposes|breaks): /.test(line) && said.test(line)),
        found.join("\n") || "nothing stands there",
      );
    });
  }

  const nothing: [what: string, before: Resources, after: Resources][] = [
    [
      "the policy of a secret that goes with it",
      [
        registered("aws:secretsmanager/secret:Secret", "s"),
        policy(
          { Effect: "Deny", Principal: "*", Action: "secretsmanager:GetSecretValue", Resource: "*" },
          secretPolicyType,
          {
            secretArn: "‹s.arn›",
          },
        ),
      ],
      [],
    ],
    [
      "the policy of a secret that is left to it",
      [{ ...secretPolicy(["arn:a"]), options: { retainOnDelete: true } }],
      [],
    ],
    ["a reader less of a secret", [secretPolicy(["arn:a", "arn:b"])], [secretPolicy(["arn:a"])]],
    [
      "one exception more",
      [allow({ NotAction: ["iam:*"], Resource: "*" })],
      [allow({ NotAction: ["iam:*", "kms:*"], Resource: "*" })],
    ],
    [
      "an action outside of the exceptions",
      [allow({ NotAction: ["iam:*"], Resource: "*" })],
      [allow({ Action: "s3:GetObject", Resource: "*" })],
    ],
    [
      "a new endpoint, which only the VPC reaches",
      [],
      [
        policy(
          { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:a" },
          "aws:ec2/vpcEndpoint:VpcEndpoint",
          {},
        ),
      ],
    ],
    ["a local route", [table("isolated")], [table("isolated", [{ cidrBlock: "0.0.0.0/0", gatewayId: "local" }])]],
    ["a new role with what it needs", [], [role(), allow({ Action: "s3:GetObject", Resource: "arn:a" }), attachment]],
    [
      "another table without a way out",
      [table("a"), table("b"), link("‹a.id›")],
      [table("a"), table("b"), link("‹b.id›")],
    ],
  ];
  for (const [what, before, after] of nothing) {
    it(`is nothing of ${what}`, () => {
      assert.deepEqual(
        exposed(before, after).filter((line) => line.startsWith("exposes")),
        [],
      );
    });
  }
});
