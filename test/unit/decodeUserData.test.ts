import * as assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { stringify } from "yaml";
import { decodeUserData, userDataLimitBytes } from "../../preview/userData";

const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");

const packings: readonly ((text: string) => string)[] = [(text) => text, base64, (text) => base64(gzipSync(text))];

const encodings: readonly { encoding?: string; encode: (text: string) => unknown }[] = [
  { encode: (text) => text },
  ...["b64", "base64"].map((encoding) => ({ encoding, encode: base64 })),
  ...["gz+b64", "gz+base64", "gzip+b64", "gzip+base64"].map((encoding) => ({
    encoding,
    encode: (text: string) => base64(gzipSync(text)),
  })),
  ...["gz", "gzip"].map((encoding) => ({ encoding, encode: (text: string) => gzipSync(text) })),
];

function cloudConfig(document: unknown): string {
  return `#cloud-config\n${stringify(document, { version: "1.1", lineWidth: 0, customTags: ["binary"] })}`;
}

const content = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("#!/bin/bash\nset -e\n", '{"bip":"198.18.0.1/24"}\n', "YWJj", "yes", "12:30", "‹db.endpoint›\n"),
);

describe("user data, taken apart", () => {
  it("is the same however it and its files are encoded", () => {
    const files = fc.uniqueArray(
      fc.record({ path: fc.stringMatching(/^\/[a-z.]+$/), content }, { noNullPrototype: true }),
      {
        selector: ({ path }) => path,
      },
    );
    const choices = fc.infiniteStream(fc.constantFrom(...encodings));
    fc.assert(
      fc.property(files, choices, fc.constantFrom(...packings), (given, encoding, pack) => {
        const write_files = given.map((file) => {
          const { encoding: name, encode } = encoding.next().value;
          return { path: file.path, content: encode(file.content), ...(name && { encoding: name }) };
        });
        const { files: found, problems, remainder } = decodeUserData(pack(cloudConfig({ write_files })), "optional");
        const expected = [...given].sort((a, b) => (a.path < b.path ? -1 : 1));
        assert.deepEqual(
          found.map(({ path, content: text }) => ({ path, content: text })),
          expected,
        );
        assert.deepEqual({ problems, remainder }, { problems: [], remainder: "" });
      }),
    );
  });

  it("never throws", () => {
    const anything = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string().map((text) => `#cloud-config\n${text}`),
      fc.json().map((json) => `#cloud-config\n${json}`),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("base64")),
    );
    fc.assert(
      fc.property(anything, (text) => {
        decodeUserData(text, "optional");
      }),
    );
  });

  it("reads cloud-config's own defaults and spellings", () => {
    const text = cloudConfig({
      packages: ["jq", ["docker-ce", "5:29.7.2-1"]],
      write_files: [
        { path: "/b", content: "two", permissions: "0600", owner: "ci:ci", append: true },
        { path: "/a", content: "one" },
        { path: "/c", defer: true, permissions: 0o755 },
      ],
      bootcmd: ["echo early"],
      runcmd: [["sh", "-c", "it's; here"], "echo late"],
    });
    const { files, packages, bootCommands, runCommands, remainder } = decodeUserData(base64(text), "required");
    const common = { append: false, defer: false, format: "text" };
    assert.deepEqual(files, [
      { ...common, path: "/a", mode: "0644", owner: "root:root", bytes: 3, content: "one" },
      { ...common, path: "/b", mode: "0600", owner: "ci:ci", bytes: 3, content: "two", append: true },
      { ...common, path: "/c", mode: "0755", owner: "root:root", bytes: 0, content: "", defer: true },
    ]);
    assert.deepEqual(packages, ["docker-ce=5:29.7.2-1", "jq"]);
    assert.deepEqual(bootCommands, ["echo early"]);
    assert.deepEqual(runCommands, ["sh -c 'it'\\''s; here'", "echo late"]);
    assert.equal(remainder, "");
  });

  it("keeps what it has no place for, so that nothing on the machine goes unseen", () => {
    const unread = [{ path: "/a", source: { uri: "https://example.com" } }, "nonsense"];
    const text = cloudConfig({ ssh_pwauth: true, write_files: [{ path: "/b" }, ...unread], runcmd: "echo" });
    const { files, remainder } = decodeUserData(text, "optional");
    assert.deepEqual(
      files.map(({ path }) => path),
      ["/b"],
    );
    assert.equal(remainder, stringify({ ssh_pwauth: true, write_files: unread, runcmd: "echo" }));
  });

  const formats: [path: string, content: string, format: string][] = [
    ["/etc/docker/daemon.json", "{}", "json"],
    ["/etc/ci-host/compose.yaml", "services: {}", "yaml"],
    ["/etc/systemd/system/a.service", "[Unit]", "unit"],
    ["/etc/systemd/system/a.service.d/10-b.conf", "[Service]", "unit"],
    ["/etc/apt/apt.conf.d/50ci", 'Unattended-Upgrade::Package-Blacklist { "docker-ce"; };', "text"],
    ["/usr/local/bin/probe", "#!/usr/bin/env bash\n", "script"],
    ["/usr/local/lib/common.sh", "set -e", "script"],
    ["/etc/odd", '{"a":1}', "json"],
    ["/etc/odd", "{not json}", "text"],
  ];
  for (const [path, text, format] of formats) {
    it(`takes ${path} with ${JSON.stringify(text)} for ${format}`, () => {
      const { files } = decodeUserData(cloudConfig({ write_files: [{ path, content: text }] }), "optional");
      assert.deepEqual(
        files.map((file) => file.format),
        [format],
      );
    });
  }

  it("names the digest of a binary file", () => {
    const bytes = Buffer.from([0xff, 0x00]);
    const text = cloudConfig({ write_files: [{ path: "/b", encoding: "b64", content: base64(bytes) }] });
    const [file] = decodeUserData(text, "optional").files;
    assert.equal(file?.format, "binary");
    assert.match(file?.content ?? "", /^2 bytes, sha256 [0-9a-f]{64}$/);
  });

  const broken: [what: string, text: string, problem: RegExp, shown: RegExp][] = [
    ["YAML that does not parse", "#cloud-config\na: [", /does not read as YAML/, /^#cloud-config\na: \[$/],
    ["a list", "#cloud-config\n- a", /not a mapping/, /- a$/],
    ["text where base64 is required", "#!/bin/sh\n", /not base64/, /^#!\/bin\/sh\n$/],
    ["a gzip cut short", base64(gzipSync("#cloud-config\n").subarray(0, 12)), /neither text nor gzip/, /12 bytes/],
    ["gzip in gzip", base64(gzipSync(gzipSync("a"))), /neither text nor gzip/, /sha256/],
  ];
  for (const [what, text, problem, shown] of broken) {
    it(`says what is wrong with ${what}, and shows it`, () => {
      const { problems, remainder, files } = decodeUserData(text, "required");
      assert.ok(
        problems.some((each) => problem.test(each)),
        `${problem} is not among ${JSON.stringify(problems)}`,
      );
      assert.match(remainder, shown);
      assert.deepEqual(files, []);
    });
  }

  it("does not call a symbol broken", () => {
    const { problems, symbols, remainder } = decodeUserData("‹secret›", "required");
    assert.deepEqual({ problems, symbols, remainder }, { problems: [], symbols: ["‹secret›"], remainder: "‹secret›" });
  });

  it("counts the packed bytes against EC2's limit", () => {
    const text = `#cloud-config\n# ${"a".repeat(userDataLimitBytes)}\n`;
    assert.deepEqual(decodeUserData(base64(gzipSync(text)), "required").problems, []);
    assert.deepEqual(decodeUserData(base64(text), "required").problems, [
      `it is ${text.length} bytes, EC2 takes at most 16384`,
    ]);
    assert.deepEqual(decodeUserData(base64("#".repeat(userDataLimitBytes)), "required").problems, []);
  });
});
