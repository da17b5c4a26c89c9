import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { contentHash } from "../../preview/contentHash";
import { review } from "../../preview/diff/review";
import { reviewText } from "../../preview/diff/reviewText";
import { record } from "../../preview/inProcess";
import { coloursFor } from "../../preview/layout";
import type { ManifestResource, Value } from "../../preview/manifest";
import { manifestOf, registered, since, types } from "../manifests";
import { base64 } from "../policy/fixture";

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
      /#cloud-config-off → #cloud-config/,
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
