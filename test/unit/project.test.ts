import * as assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Problem, RefusedError } from "../../components/problems";
import { listStacks, readProject } from "../../preview/project";
import { readStackConfig } from "../../preview/stackConfig";
import { previewStacks } from "../../preview/stacks";
import { temporaryProject } from "../temporaryProject";

const declared = [
  "name: shop",
  "main: index.ts",
  "runtime: nodejs",
  "config:",
  "  zones: { type: array, items: { type: string }, default: [a] }",
  "  ports: { type: array, items: { type: array, items: { type: integer } }, default: [] }",
  "  size: { type: integer, default: 1 }",
  "  public: { type: boolean, default: false }",
  "  version: { type: string, default: '' }",
  "  tags: { type: object, default: {} }",
  "  free: { default: anything }",
  "  token: { type: string, secret: true }",
  "  aws:region: { value: eu-central-1 }",
].join("\n");

const withoutToken = declared.replace(/^ {2}token.*\n/m, "");

function project(files: Record<string, string>): string {
  return temporaryProject({ "index.ts": "", ...files });
}

function problemsOf(read: () => unknown): readonly Problem[] {
  try {
    read();
  } catch (error) {
    return (error as RefusedError).problems;
  }
  return [];
}

describe("Pulumi.yaml", () => {
  it("says where the program is and how to run it", () => {
    const root = project({
      "Pulumi.yaml": [
        "name: shop",
        "main: stacks/index.ts",
        "stackConfigDir: stacks",
        "runtime: { name: nodejs, options: { nodeargs: \"--stack-trace-limit=3 --title='a b'\" } }",
      ].join("\n"),
      "stacks/index.ts": "",
      "stacks/Pulumi.production.yaml": "config: {}",
      "stacks/Pulumi.eu-1.yaml": "config: {}",
      "stacks/other.yaml": "",
    });
    const { name, programDirectory, entry, runtime } = readProject(root);
    assert.deepEqual(
      { name, programDirectory, entry, runtime },
      {
        name: "shop",
        programDirectory: join(root, "stacks"),
        entry: "index.ts",
        runtime: { typescript: true, nodeArguments: ["--stack-trace-limit=3", "--title=a b"] },
      },
    );
    assert.deepEqual(listStacks(root), ["eu-1", "production"]);
  });

  it("lets package.json name the entry where main is a folder", () => {
    const root = project({ "Pulumi.yaml": "name: shop\nmain: app\nruntime: nodejs\n", "app/package.json": "{}" });
    assert.deepEqual([readProject(root).programDirectory, readProject(root).entry], [join(root, "app"), "."]);
  });

  const mistakes: readonly (readonly [yaml: string, path: string, rule: RegExp])[] = [
    ["name: shop\nruntime: nodejs\nstackconfigdir: x\n", "stackconfigdir", /is not a key that Pulumi knows here: name/],
    ["runtime: nodejs\n", "name", /must be letters/],
    ["name: a/b\nruntime: nodejs\n", "name", /must be letters/],
    ["name: shop\nruntime: python\n", "runtime", /must be nodejs/],
    ["name: shop\n", "runtime", /must be nodejs/],
    ["name: shop\nruntime: { name: nodejs, option: {} }\n", "runtime.option", /is not a key/],
    ["name: shop\nruntime: { name: nodejs, options: { nodeArgs: x } }\n", "runtime.options.nodeArgs", /is not a key/],
    ["name: shop\nruntime: nodejs\nmain: gone.ts\n", "main", /must be there/],
    ["name: shop\nruntime: nodejs\nstackConfigDir: gone\n", "stackConfigDir", /must be there/],
    ["name: shop\nruntime: nodejs\nconfig: [a]\n", "config", /must map keys/],
    [
      "name: shop\nruntime: nodejs\nconfig: { a: { type: number } }\n",
      "config.a.type",
      /must be one of string, integer/,
    ],
    ["name: shop\nruntime: nodejs\nconfig: { a: { type: array } }\n", "config.a.items", /must say what its items are/],
    [
      "name: shop\nruntime: nodejs\nconfig: { a: { typ: string } }\n",
      "config.a.typ",
      /is not a field of a declaration/,
    ],
    [
      "name: shop\nruntime: nodejs\nconfig: { a: { type: integer, default: x } }\n",
      "config.a.default",
      /must be an integer/,
    ],
    [
      "name: shop\nruntime: nodejs\nconfig: { a: { default: 1, value: 1 } }\n",
      "config.a.value",
      /has a default already/,
    ],
    ["name: shop\nruntime: nodejs\nconfig: { a: { secret: true, default: x } }\n", "config.a", /must be encrypted/],
    [
      "name: shop\nruntime: nodejs\nconfig: { 'aws:region': { default: x } }\n",
      "config.aws:region.default",
      /only `value`/,
    ],
    ["name: shop\nname: shop\n", "Pulumi.yaml:2", /is not YAML/],
    ["- name\n", "Pulumi.yaml", /must be a mapping/],
  ];

  for (const [yaml, path, rule] of mistakes) {
    it(`is refused if it says ${JSON.stringify(yaml)}`, () => {
      const problems = problemsOf(() => readProject(project({ "Pulumi.yaml": yaml })));
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(problems[0]?.rule ?? "", rule);
    });
  }

  it("is refused for all its mistakes at once", () => {
    const yaml = "nam: shop\nruntime: go\nmain: gone\nconfig: { a: { type: text }, b: { type: array } }\n";
    const problems = problemsOf(() => readProject(project({ "Pulumi.yaml": yaml })));
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["nam", "name", "main", "runtime", "config.a.type", "config.b.items"],
    );
  });
});

describe("a stack's configuration", () => {
  function read(stackYaml: string, projectYaml = withoutToken) {
    const root = project({ "Pulumi.yaml": projectYaml, "Pulumi.dev.yaml": stackYaml });
    return readStackConfig(readProject(root), "dev");
  }

  it("is the defaults, and the stack's values over them, as text", () => {
    const { values, secretKeys } = read(
      'config:\n  shop:size: "3"\n  shop:public: true\n  shop:ports: [[1, 2]]\n  shop:tags: { a: b }\n  other:key: 1\n',
    );
    assert.deepEqual(values, {
      "aws:region": "eu-central-1",
      "other:key": "1",
      "shop:free": "anything",
      "shop:ports": "[[1,2]]",
      "shop:public": "true",
      "shop:size": "3",
      "shop:tags": '{"a":"b"}',
      "shop:version": "",
      "shop:zones": '["a"]',
    });
    assert.deepEqual(secretKeys, []);
  });

  it("has symbols for secrets, whole or part of a value, and marks their keys", () => {
    const { values, secretKeys } = read(
      "config:\n  shop:token: { secure: v1:AAAA }\n  shop:tags: { a: [{ secure: v1:BBBB }], b: c }\n",
      declared,
    );
    assert.equal(values["shop:token"], "‹secret shop:token›");
    assert.equal(values["shop:tags"], '{"a":["‹secret shop:tags.a[0]›"],"b":"c"}');
    assert.deepEqual(secretKeys, ["shop:tags", "shop:token"]);
    assert.doesNotMatch(JSON.stringify(values), /AAAA|BBBB/);
  });

  const mistakes: readonly (readonly [yaml: string, path: string, rule: RegExp])[] = [
    ["config: { shop:zone: [a] }", "shop:zone", /is not declared in Pulumi\.yaml/],
    ["config: { zones: [a] }", "zones", /must name its namespace/],
    ["config: { shop:zones: a }", "shop:zones", /must be an array, each item a string/],
    ["config: { shop:zones: [1] }", "shop:zones", /must be an array, each item a string/],
    ["config: { shop:ports: [[a]] }", "shop:ports", /each item an array, each item an integer/],
    ["config: { shop:size: 1.5 }", "shop:size", /must be an integer/],
    ["config: { shop:size: '3 hosts' }", "shop:size", /must be an integer/],
    ["config: { shop:public: yes }", "shop:public", /must be a boolean/],
    ["config: { shop:version: 1.10 }", "shop:version", /must be a string/],
    ["config: { shop:version: true }", "shop:version", /must be a string/],
    ["config: { shop:version: }", "shop:version", /must be a string/],
    ["config: { shop:tags: [a] }", "shop:tags", /must be an object/],
    ["config: [a]", "config", /must map keys to values/],
    ["configs: {}", "configs", /is not a key that Pulumi knows here/],
    ["environment: [base]", "environment", /takes values from Pulumi ESC/],
  ];

  for (const [yaml, path, rule] of mistakes) {
    it(`is refused if it says ${yaml}`, () => {
      const problems = problemsOf(() => read(yaml));
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [`Pulumi.dev.yaml ${path}`],
      );
      assert.match(problems[0]?.rule ?? "", rule);
    });
  }

  it("must set what Pulumi.yaml declares without a default, as the CLI demands", () => {
    const yaml = `${withoutToken}\n  owner: { type: string }\n  cost: { description: Who pays }\n`;
    assert.deepEqual(
      problemsOf(() => read("config: {}", yaml)).map(({ path }) => path),
      ["Pulumi.dev.yaml shop:owner", "Pulumi.dev.yaml shop:cost"],
    );
  });

  it("never shows a value that should have been encrypted", () => {
    const problems = problemsOf(() => read("config: { shop:token: hunter2 }", declared));
    assert.match(problems[0]?.rule ?? "", /is declared secret/);
    assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
  });

  for (const key of ["aws:secretKey", "aws:token"]) {
    it(`refuses a credential in clear, and does not show it: ${key}`, () => {
      const problems = problemsOf(() => read(`config: { ${key}: hunter2 }`, declared));
      assert.match(problems[0]?.rule ?? "", /is a credential/);
      assert.doesNotMatch(JSON.stringify(problems), /hunter2/);
    });
  }

  it("is refused for the mistakes of all stacks at once, before any program starts", async () => {
    const root = project({
      "Pulumi.yaml": withoutToken,
      "Pulumi.a.yaml": "config: { shop:size: x }",
      "Pulumi.b.yaml": "config: { shop:zone: x, shop:public: x }",
      "index.ts": 'require("node:fs").writeFileSync("ran", "");',
    });
    await assert.rejects(previewStacks(root, ["a", "b", "gone"]), (error: RefusedError) => {
      assert.deepEqual(
        error.problems.map(({ path }) => path),
        ["Pulumi.a.yaml shop:size", "Pulumi.b.yaml shop:zone", "Pulumi.b.yaml shop:public", "Pulumi.gone.yaml"],
      );
      return true;
    });
    assert.equal(existsSync(join(root, "ran")), false);
  });
});
