import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { parse } from "yaml";
import { workload, workloadProblems } from "../../components/host/workload";
import { golden } from "../golden";

const seed = readFileSync(join(__dirname, "../../stacks/compose.yaml"), "utf8");
const digest = `sha256:${"a".repeat(64)}`;
const servicesOf = (compose: string, dockerServices: string[] = []) =>
  parse(workload({ compose, dockerServices }).compose, { version: "1.1" }).services;

describe("workload", () => {
  it("writes the example for the host as it stands in the golden file", () => {
    golden("workload.yaml", workload({ compose: seed, requireImageDigests: true }).compose);
  });

  it("gives sysbox to the services that ask for Docker, and to no other", () => {
    const compose = "services: { a: { image: a, x-docker: true }, b: { image: b }, c: { image: c } }";
    assert.deepEqual(servicesOf(compose, ["c"]), {
      a: { image: "a", runtime: "sysbox-runc" },
      b: { image: "b" },
      c: { image: "c", runtime: "sysbox-runc" },
    });
    assert.deepEqual(workload({ compose, dockerServices: ["c"] }).dockerServices, ["a", "c"]);
  });

  it("carries out anchors, merge keys and extends before it writes", () => {
    const compose = [
      "x-limits: &limits { mem_limit: 1g }",
      "services:",
      "  base: { image: a, environment: { A: '1' } }",
      "  runner: { <<: *limits, extends: base, environment: { B: '2' } }",
    ].join("\n");
    const { runner } = servicesOf(compose);
    assert.deepEqual(runner, { image: "a", mem_limit: "1g", environment: { A: "1", B: "2" } });
    assert.doesNotMatch(workload({ compose }).compose, /extends|<<|[&*]limits|x-limits/);
  });

  it("tells which images are not pinned", () => {
    const compose = `services: { a: { image: "a:1@${digest}" }, b: { image: b:1 } }`;
    const { images, unpinnedImages } = workload({ compose });
    assert.deepEqual([images, unpinnedImages], [[`a:1@${digest}`, "b:1"], ["b:1"]]);
    const problems = workloadProblems({ compose, requireImageDigests: true });
    assert.deepEqual(
      problems.map(({ path, value }) => [path, value]),
      [["services.b.image", "b:1"]],
    );
  });

  it("refuses to give Docker to a service that is not there", () => {
    const [problem, ...more] = workloadProblems({ compose: "services: { a: { image: a } }", dockerServices: ["b"] });
    assert.deepEqual([problem?.path, problem?.value, more], ["dockerServices[0]", "b", []]);
  });

  it("mounts from the directories that are offered, and from no other", () => {
    const compose = "services: { a: { image: a, volumes: ['/run/ci-host/secrets/token:/token:ro'] } }";
    assert.equal(workloadProblems({ compose }).length, 1);
    assert.deepEqual(workloadProblems({ compose, hostDirectories: ["/run/ci-host/secrets"] }), []);
  });

  it("writes every text so that it is read as it was given, by YAML 1.1 and by 1.2", () => {
    const pieces = [
      "yes",
      "0777",
      "1_000",
      "12:30",
      "~",
      "<<",
      "=",
      "- ",
      ": ",
      " #",
      "\n",
      "  ",
      "\t",
      "'",
      '"',
      "\\",
      "|",
      "&a",
      "$$",
    ];
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (value) => {
        const services = { a: { image: "a", command: [value], environment: { VALUE: value } } };
        const { compose } = workload({ compose: JSON.stringify({ services }) });
        assert.deepEqual(parse(compose, { version: "1.1" }), { services });
        assert.deepEqual(parse(compose, { version: "1.2" }), { services });
      }),
      { numRuns: 500 },
    );
  });

  it("lets nothing dangerous through by any way that YAML or Compose knows", () => {
    const dangers = [
      "privileged: true",
      "volumes: [/var/run/docker.sock:/s]",
      "network_mode: host",
      "pid: host",
      "ipc: host",
      "userns_mode: host",
      "cap_add: [SYS_ADMIN]",
      "devices: [/dev/kvm]",
      "security_opt: [seccomp=unconfined]",
      "volumes: [{ type: bind, source: /, target: /host }]",
    ];
    const ways: ((danger: string) => string)[] = [
      (danger) => `services: { a: { image: a, ${danger} } }`,
      (danger) => `x-p: &p { ${danger} }\nservices: { a: { <<: *p, image: a } }`,
      (danger) => `x-p: &p { ${danger} }\nservices: { a: { <<: [{ tty: true }, *p], image: a } }`,
      (danger) => `services: { a: { image: a, extends: b }, b: { image: b, ${danger} } }`,
      (danger) =>
        `services: { a: { image: a, extends: { service: b } }, b: { image: b, extends: c }, c: { image: c, ${danger} } }`,
      (danger) => `services: { a: &a { image: a, ${danger} }, b: *a }`,
      (danger) => `services: { a: { image: a, profiles: [never], ${danger} } }`,
      (danger) => `{ "services": { "a": { "image": "a", ${danger} } } }`,
    ];
    fc.assert(
      fc.property(fc.constantFrom(...dangers), fc.constantFrom(...ways), (danger, way) => {
        const compose = way(danger);
        assert.notDeepEqual(workloadProblems({ compose }), [], compose);
        assert.throws(() => workload({ compose }));
      }),
      { numRuns: 400 },
    );
  });
});
