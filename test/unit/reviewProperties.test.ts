import * as assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { reviewExitCode } from "../../preview/diff/exitCode";
import { type Review, review } from "../../preview/diff/review";
import { reviewJson } from "../../preview/diff/reviewJson";
import { reviewMarkdown } from "../../preview/diff/reviewMarkdown";
import { reviewText } from "../../preview/diff/reviewText";
import { coloursFor } from "../../preview/layout";
import type { Manifest, ManifestResource, Value } from "../../preview/manifest";
import { readProject } from "../../preview/project";
import { secretMarks } from "../../preview/secretMarks";
import { readStackConfig } from "../../preview/stackConfig";
import { readable, secret, type WireObject } from "../../preview/wire";
import { manifestOf, registered, since, types } from "../manifests";
import { base64, gzipped } from "../policy/fixture";
import { temporaryProject } from "../temporaryProject";

type Inputs = ManifestResource["inputs"];

const plain = coloursFor(false, {});

function everyFormat(found: Review): string[] {
  return [reviewText(found, since, plain), reviewMarkdown(found, since), reviewJson(found, since)];
}

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/);
const mapping = fc.dictionary(word, word, { maxKeys: 4 });
const some = <T>(one: fc.Arbitrary<T>) => fc.uniqueArray(one, { maxLength: 4 });
const port = fc.integer({ min: 0, max: 65_535 });
const block = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 8, max: 32 }))
  .map(([a, bits]) => `10.${a}.0.0/${bits}`);

const rule = fc.record(
  {
    protocol: fc.constantFrom("tcp", "udp", "-1", "6"),
    fromPort: port,
    toPort: port,
    cidrBlocks: some(fc.oneof(block, fc.constant("0.0.0.0/0"))),
    ipv6CidrBlocks: some(fc.constantFrom("::/0", "fd00::/8")),
    securityGroups: some(word),
    description: word,
    self: fc.boolean(),
  },
  { requiredKeys: ["protocol", "fromPort", "toPort"] },
);

const statement = fc.record(
  {
    Sid: word,
    Effect: fc.constantFrom("Allow", "Deny"),
    Action: some(fc.tuple(word, word).map(([service, action]) => `${service}:${action}`)),
    Resource: some(word.map((name) => `arn:aws:s3:::${name}/*`)),
    Condition: fc.record({ StringEquals: fc.dictionary(word, some(word), { maxKeys: 2 }) }),
  },
  { requiredKeys: ["Effect", "Action", "Resource"] },
);
const policy = fc.record({
  Version: fc.constant("2012-10-17"),
  Statement: fc.uniqueArray(statement, { maxLength: 4, selector: ({ Sid, ...rest }) => Sid ?? JSON.stringify(rest) }),
});

const files = fc
  .uniqueArray(fc.tuple(word, mapping), { minLength: 1, maxLength: 4, selector: ([name]) => name })
  .map((all) =>
    all.map(([name, content]) => ({
      path: `/etc/${name}.json`,
      content: JSON.stringify(content),
      permissions: "0600",
    })),
  );
const userData = fc
  .tuple(files, some(word), fc.array(fc.array(word, { minLength: 1, maxLength: 3 }), { maxLength: 4 }), fc.boolean())
  .map(([write_files, packages, runcmd, zipped]) =>
    (zipped ? gzipped : base64)(`#cloud-config\n${JSON.stringify({ write_files, packages, runcmd })}`),
  );

/** Inputs of the types that the comparison has rules for, under names that it knows. Every list in them is a set. */
const inputs: Readonly<Record<string, fc.Arbitrary<Inputs>>> = {
  [types.securityGroup]: fc.record({
    description: word,
    ingress: fc.array(rule, { maxLength: 4 }),
    egress: fc.array(rule, { maxLength: 4 }),
    tags: mapping,
  }),
  [types.policy]: fc.record({
    policy: fc.oneof(
      policy,
      policy.map((document) => JSON.stringify(document)),
    ),
  }) as fc.Arbitrary<Inputs>,
  [types.role]: fc.record({
    assumeRolePolicy: policy.map((document) => JSON.stringify(document)),
    managedPolicyArns: some(word),
    tags: mapping,
  }),
  [types.group]: fc.record({
    vpcZoneIdentifiers: some(word),
    enabledMetrics: some(word),
    minSize: port,
    tags: fc.uniqueArray(fc.record({ key: word, value: word, propagateAtLaunch: fc.boolean() }), {
      maxLength: 4,
      selector: ({ key }) => key,
    }),
  }),
  [types.template]: fc.record({
    imageId: word,
    userData,
    vpcSecurityGroupIds: some(word),
    blockDeviceMappings: fc.uniqueArray(
      fc.record({ deviceName: word, ebs: fc.record({ volumeSize: port, encrypted: fc.constant("true") }) }),
      { maxLength: 3, selector: ({ deviceName }) => deviceName },
    ),
    tagSpecifications: fc.uniqueArray(fc.record({ resourceType: word, tags: mapping }), {
      maxLength: 3,
      selector: ({ resourceType }) => resourceType,
    }),
  }),
  "tls:index/selfSignedCert:SelfSignedCert": fc.record({
    dnsNames: some(word),
    allowedUses: some(word),
    validityPeriodHours: port,
  }),
  [types.parameter]: fc.record({
    type: word,
    value: fc.oneof(
      word,
      mapping.map((value) => JSON.stringify(value)),
    ),
  }),
};

const resource = fc
  .constantFrom(...Object.keys(inputs))
  .chain((type) =>
    fc
      .tuple(word, inputs[type] as fc.Arbitrary<Inputs>)
      .map(([name, given]) => registered(type, name, { inputs: given })),
  );
const manifest = fc.uniqueArray(resource, { maxLength: 5, selector: ({ urn }) => urn }).map((all) => manifestOf(all));

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

/** The same value with every list in another order; also in JSON in a text, but not in user data, which is bytes. */
function reordered(value: Value, turn: <T>(list: readonly T[]) => T[], name = ""): Value {
  if (Array.isArray(value)) {
    return turn(value).map((item) => reordered(item, turn));
  }
  if (typeof value === "object" && value !== null) {
    const entries = turn(Object.entries(value));
    return Object.fromEntries(entries.map(([key, entry]) => [key, reordered(entry, turn, key)]));
  }
  return /^(?:policy|assumeRolePolicy)$/.test(name) && typeof value === "string"
    ? JSON.stringify(reordered(JSON.parse(value), turn))
    : value;
}

/** The leaves of a value: their paths. JSON in a text counts as one leaf, and so does user data. */
function leaves(value: Value, path: readonly string[] = []): (readonly string[])[] {
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, entry]) => leaves(entry, [...path, key]))
    : [path];
}

function withLeaf(value: Value, [key, ...rest]: readonly string[], leaf: Value): Value {
  if (key === undefined) {
    return leaf;
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => (String(index) === key ? withLeaf(item, rest, leaf) : item));
  }
  const entries = Object.entries(value as Inputs);
  return Object.fromEntries(entries.map(([name, entry]) => [name, name === key ? withLeaf(entry, rest, leaf) : entry]));
}

/** Another value for a leaf, of the same type, and what shows that it is there. */
function mutantOf(inputs: Inputs, path: readonly string[]): [mutant: Value, seen: RegExp] {
  const leaf = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], inputs);
  if (typeof leaf === "boolean") {
    return [!leaf, /^/];
  }
  if (typeof leaf === "number") {
    return [70_707, /70707/];
  }
  return /policy/i.test(path.join()) && path.length === 1
    ? [JSON.stringify({ Statement: [{ Effect: "Deny", Action: "x:mutant", Resource: "*" }] }), /mutant/]
    : ["mutant", /mutant/];
}

/** Whether no rule counts a leaf: the ports of all traffic, and the name of a statement. */
function countsForNothing(inputs: Inputs, path: readonly string[]): boolean {
  const owner = path.slice(0, -1).reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], inputs);
  const { protocol } = owner as { readonly protocol?: unknown };
  return path.at(-1) === "Sid" || (protocol === "-1" && /Port$/.test(path.at(-1) ?? ""));
}

describe("a review, of any stack", () => {
  it("is empty where nothing changes", () => {
    fc.assert(
      fc.property(manifest, (one) => {
        const found = review([one], [copy(one)]);
        assert.deepEqual(found, {
          stacks: [{ stack: "staging", state: "unchanged", counts: {} }],
          exposures: [],
          resources: [],
          userData: [],
          exports: [],
        });
        assert.equal(reviewExitCode(found), 0);
        assert.equal(reviewText(found, since, plain).trimEnd().split("\n").length, 1);
      }),
    );
  });

  it("is empty where only the order of sets changes", () => {
    fc.assert(
      fc.property(manifest, fc.infiniteStream(fc.nat()), (one, numbers) => {
        const turn = <T>(list: readonly T[]) => {
          const left = [...list];
          return list.map(() => left.splice((numbers.next().value ?? 0) % left.length, 1)[0] as T);
        };
        const other = {
          ...one,
          resources: turn(one.resources).map((each) => ({ ...each, inputs: reordered(each.inputs, turn) as Inputs })),
        };
        assert.deepEqual(review([one], [other]).resources, []);
        assert.equal(reviewExitCode(review([one], [other])), 0);
      }),
    );
  });

  it("shows every leaf that changes, in each format", () => {
    fc.assert(
      fc.property(
        resource.filter(({ inputs: given }) => leaves(given).length > 0),
        fc.nat(),
        (one, number) => {
          const paths = leaves(one.inputs).filter(
            (path) => path[0] !== "userData" && !countsForNothing(one.inputs, path),
          );
          const path = paths[number % paths.length];
          fc.pre(path !== undefined);
          const [mutant, seen] = mutantOf(one.inputs, path);
          const changed = { ...one, inputs: withLeaf(one.inputs, path, mutant) as Inputs };
          for (const text of everyFormat(review([manifestOf([one])], [manifestOf([changed])]))) {
            assert.match(unbroken(text), seen, `${path.join(".")} is not in it`);
            assert.doesNotMatch(text, /no change/i);
          }
        },
      ),
    );
  });

  it("shows every file, package and command that changes in user data", () => {
    fc.assert(
      fc.property(
        files,
        some(word),
        fc.boolean(),
        fc.constantFrom("file", "package", "command"),
        (write_files, packages, zipped, what) => {
          const pack = zipped ? gzipped : base64;
          const host = (extra: object) =>
            manifestOf([
              registered(types.template, "template", {
                inputs: { userData: pack(`#cloud-config\n${JSON.stringify({ write_files, packages, ...extra })}`) },
              }),
            ]);
          const after = {
            file: { write_files: [...write_files, { path: "/etc/mutant", content: "x\n" }] },
            package: { packages: [...packages, "mutant"] },
            command: { runcmd: [["mutant"]] },
          }[what];
          for (const text of everyFormat(review([host({})], [host(after)]))) {
            assert.ok(unbroken(text).includes("mutant"), text);
          }
        },
      ),
    );
  });

  it("shows every resource, or counts it as left out", () => {
    const many = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(many, fc.integer({ min: 1, max: 2000 }), (count, length) => {
        const stack = (letter: string) =>
          manifestOf(
            Array.from({ length: count }, (_, index) =>
              registered(types.role, `role-${index}`, { inputs: { description: `${index} ${letter.repeat(length)}` } }),
            ),
          );
        const markdown = reviewMarkdown(review([stack("a")], [stack("b")]), since);
        const shown = markdown.match(/^<details>/gm)?.length ?? 0;
        const left = Number(/Left out.*: (\d+) in place/.exec(markdown)?.[1] ?? 0);
        assert.equal(shown + left, count);
        assert.match(markdown, new RegExp(`- \\*\\*staging\\*\\*: ${count} in place`));
      }),
      { numRuns: 20 },
    );
  });
});

/** The text without the line breaks that only the page's width makes. */
function unbroken(text: string): string {
  return text.replace(/\n {2}┊ /g, "");
}

describe("a secret, of any value and wherever it is", () => {
  const planted = fc.stringMatching(/^[A-Za-z0-9]{12,40}$/).map((text) => `planted${text}`);
  /** A document with a place for a secret. */
  const around = fc.constantFrom<(value: WireObject | string) => WireObject>(
    (value) => ({ value: secret(value) }),
    (value) => ({ nested: { list: ["a", secret(value)] } }),
    (value) => ({ whole: secret({ login: { user: "ci", password: value }, list: [value] }) }),
    (value) => ({ tags: { token: secret(value) }, userData: secret(value) }),
    (value) => ({ policy: secret(value), userDataBase64: secret(value) }),
  );
  const owner = fc.constantFrom(types.parameter, types.instance, types.role, "aws:new/thing:Thing");

  it("stands in no format, marked secret by the program", () => {
    fc.assert(
      fc.property(planted, planted, around, owner, (old, now, place, type) => {
        const mark = secretMarks();
        const stack = (value: string): Manifest => {
          const { value: read, secretPaths } = readable(place(value), new Set(), mark);
          const one = registered(type, "one", { inputs: read as Inputs, secretInputs: secretPaths });
          return manifestOf([one], { outputs: read as Inputs });
        };
        const found = review([stack(old)], [stack(now)]);
        assert.equal(found.resources.length, old === now ? 0 : 1);
        for (const text of everyFormat(found)) {
          assert.doesNotMatch(text, /planted|#[0-9a-f]{16}/);
          assert.ok(old === now || text.includes("secret"));
        }
        assert.deepEqual(review([stack(old)], [stack(old)]).resources, []);
      }),
    );
  });

  it("stands in no format, encrypted in a stack's configuration", () => {
    const root = temporaryProject({ "index.ts": "" });
    const project = readProject(root);
    fc.assert(
      fc.property(planted, planted, planted, (old, now, kept) => {
        const mark = secretMarks();
        const stack = (cipher: string) => {
          writeFileSync(
            join(root, "Pulumi.dev.yaml"),
            `config:\n  other:token: { secure: ${cipher} }\n  other:login: { user: ci, key: { secure: ${kept} } }\n`,
          );
          const { values } = readStackConfig(project, "dev", mark);
          return manifestOf([registered(types.parameter, "one", { inputs: values })], { outputs: values });
        };
        const found = review([stack(old)], [stack(now)]);
        for (const text of everyFormat(found)) {
          assert.doesNotMatch(text, /planted|#[0-9a-f]{16}/);
          assert.equal(text.includes("secret other:token"), old !== now);
          assert.ok(!text.includes("secret other:login"));
        }
      }),
      { numRuns: 50 },
    );
  });
});
