import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { parse } from "yaml";
import {
  type CloudConfig,
  merge,
  render,
  userData,
  userDataLimitBytes,
  type WriteFile,
} from "../../components/host/cloudConfig";
import { unless } from "../unless";

function file(path: `/${string}`, content = ""): WriteFile {
  return { path, content, permissions: "0644" };
}

describe("parts of a cloud-config", () => {
  it("are merged in order, packages sorted and each once", () => {
    const merged = merge(
      { packages: ["jq", "curl"], write_files: [file("/b")], runcmd: [["second"]] },
      { packages: ["curl"], write_files: [file("/a")], runcmd: [["first"]] },
    );
    assert.deepEqual(merged, {
      packages: ["curl", "jq"],
      write_files: [file("/b"), file("/a")],
      runcmd: [["second"], ["first"]],
    });
  });

  it("leave no key behind that none of them has", () => {
    assert.deepEqual(merge({}, {}), {});
  });

  it("cannot write one file twice", () => {
    assert.throws(
      () => merge({ write_files: [file("/a", "x")] }, { write_files: [file("/a", "x")] }),
      /two parts .* \/a/,
    );
  });

  it("cannot set apt twice", () => {
    const apt = { primary: [], security: [] };
    assert.throws(() => merge({ apt }, { apt }), /two parts .* apt/);
  });

  it("lose and invent no file and no command, however they are grouped", () => {
    const part = fc.record({ runcmd: fc.array(fc.tuple(fc.string()), { maxLength: 3 }) });
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        assert.deepEqual(merge(merge(a, b), c), merge(a, merge(b, c)));
        assert.deepEqual(merge(a, b, c).runcmd ?? [], [...a.runcmd, ...b.runcmd, ...c.runcmd]);
      }),
    );
  });
});

/** Strings that YAML 1.1 reads as something else when they stand bare, or that a line break would change. */
const awkward = [
  ..."yes no on off y n true null ~ 12:30 1_000 0x1f 0o17 017 1e3 .inf .nan 2024-01-01 = << - ? : # & * ! | > % @".split(
    " ",
  ),
  ..."` , [] {} 'a' \"a\" a: #a".split(" "),
  ...[
    "",
    " ",
    "  a",
    "a  ",
    "a # b",
    "a: b",
    "- a",
    "? a",
    "\ta",
    "a\tb",
    "\n",
    "\n\n",
    "a\n",
    "a\n\n",
    "\na",
    " a\nb",
    " \n\n",
    "  \n a\n",
    `\u2029${"a".repeat(60)}\n \n`,
  ],
  ...["a\n  b\n", "a \nb", "a\n \n", "\ta\n\tb\n", "a\r\nb\r\n", "a\rb", "\u0000", "\u0007", "\u001b[0m", "\u007f"],
  ...[
    "\u0085",
    "a\u0085b\n",
    "\u00a0",
    "\u2028",
    "a\u2029b",
    "\ufeff",
    "a\ufeffb\nc",
    "\uffff",
    "é‹x›",
    "😀",
    "\ud83d\ude00\n",
  ],
  ...["---", "--- a", "...", "a\n---\nb\n", "%YAML 1.2\n", "\\n", '\\"', "a".repeat(200), "a b ".repeat(100)],
];

const text = fc.oneof(
  fc.constantFrom(...awkward),
  fc.string({ unit: "binary" }),
  fc.array(fc.constantFrom(...awkward, "\n", " "), { maxLength: 4 }).map((parts) => parts.join("")),
);

function document(content: string): CloudConfig {
  return { write_files: [file("/a", content)], runcmd: [["echo", content]] };
}

describe("a rendered cloud-config", () => {
  it("begins with the line by which cloud-init knows it", () => {
    assert.match(render({}), /^#cloud-config\n/);
  });

  for (const content of awkward) {
    it(`says ${JSON.stringify(content).slice(0, 40)} and nothing else`, () => {
      assert.deepEqual(parse(render(document(content)), { version: "1.1" }), document(content));
    });
  }

  it("comes back from YAML 1.1 as it went in", () => {
    fc.assert(
      fc.property(text, (content) => {
        assert.deepEqual(parse(render(document(content)), { version: "1.1" }), document(content));
      }),
      { numRuns: 500 },
    );
  });

  it("comes back from PyYAML, which is what cloud-init reads with, as it went in", function () {
    const python = "import json, sys, yaml; json.dump([yaml.safe_load(d) for d in json.load(sys.stdin)], sys.stdout)";
    const probe = spawnSync("/usr/bin/python3", ["-c", "import yaml"]);
    unless(this, probe.status === 0, "PyYAML is not installed (python3-yaml)");
    const contents = [...awkward, ...fc.sample(text, { numRuns: 1000, seed: 1 })];
    const input = JSON.stringify(contents.map((content) => render(document(content))));
    const { stdout, stderr } = spawnSync("/usr/bin/python3", ["-c", python], { input, encoding: "utf8" });
    assert.equal(stderr, "");
    JSON.parse(stdout).forEach((read: unknown, index: number) => {
      assert.deepEqual(read, document(contents[index] ?? ""));
    });
  });

  it("repeats what is equal instead of pointing to it", () => {
    const command = ["true"] as const;
    assert.doesNotMatch(render({ runcmd: [command, command] }), /[&*]/);
  });
});

describe("user data", () => {
  const decoded = (config: CloudConfig) => Buffer.from(userData(config), "base64");
  const ofSize = (bytes: number): CloudConfig => {
    const frame = render({ write_files: [file("/a", "x\n")] }).length - 1;
    return { write_files: [file("/a", `${"x".repeat(bytes - frame)}\n`)] };
  };

  it("is the document itself up to 16 KiB", () => {
    const config = ofSize(userDataLimitBytes);
    assert.equal(decoded(config).toString(), render(config));
    assert.equal(decoded(config).length, 16_384);
  });

  it("is compressed from the first byte above", () => {
    const config = ofSize(userDataLimitBytes + 1);
    assert.equal(gunzipSync(decoded(config)).toString(), render(config));
  });

  it("is the same bytes on every machine", () => {
    const data = decoded(ofSize(userDataLimitBytes + 1));
    assert.equal(data.subarray(0, 10).toString("hex"), "1f8b08000000000002ff");
    const lines = Array.from({ length: 4000 }, (_, index) => `line ${index * index}\n`);
    const digest = createHash("sha256").update(decoded({ write_files: [file("/a", lines.join(""))] }));
    assert.equal(digest.digest("hex"), "efb8dc5548b5b1c2cd387040479247b586617744130505aa0dced8d61965961d");
  });

  it("is refused with its size when it does not fit even so", () => {
    const noise = randomBytes(20_000).toString("base64");
    assert.throws(
      () => userData({ write_files: [file("/a", noise)] }),
      /user data is 26\d{3} bytes, 2\d{4} compressed, .* 16384/,
    );
  });
});
