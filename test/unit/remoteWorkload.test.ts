import * as assert from "node:assert/strict";
import { parse } from "yaml";
import type { NamedClient } from "../../components/host/dockerClients";
import { clientEnvironment } from "../../components/host/dockerClients";
import {
  type WorkloadOptions,
  workload,
  workloadClientProblems,
  workloadProblems,
} from "../../components/host/workload";

const hostname = "docker.ci.internal";
const dockerClients: Record<string, NamedClient> = { runner: { name: "runner-a", hostname } };
const environment = {
  DOCKER_HOST: "tcp://docker.ci.internal:2376",
  DOCKER_TLS_VERIFY: "1",
  DOCKER_CERT_PATH: "/run/docker-client",
};
const bundle = (service: string) => ({
  type: "bind",
  source: `/run/ci-host/docker-clients/${service}`,
  target: "/run/docker-client",
  read_only: true,
});
const servicesOf = (options: WorkloadOptions) => parse(workload(options).compose, { version: "1.1" }).services;
const service = (...lines: string[]) =>
  ["services:", "  runner:", "    image: a", ...lines.map((l) => `    ${l}`)].join("\n");

describe("the environment of a Docker client", () => {
  it("names the daemon, TLS and the directory of the certificate", () => {
    assert.deepEqual(clientEnvironment(hostname), environment);
  });
});

describe("a workload with a Docker host over TLS", () => {
  it("tells the services that ask for Docker their daemon, lets each read its own bundle, and touches no other", () => {
    const compose = "services: { a: { image: a, x-docker: true }, b: { image: b }, c: { image: c } }";
    const clients = { a: { name: "a", hostname }, c: { name: "c", hostname } };
    assert.deepEqual(servicesOf({ compose, dockerServices: ["c"], dockerClients: clients }), {
      a: { image: "a", environment, volumes: [bundle("a")] },
      b: { image: "b" },
      c: { image: "c", environment, volumes: [bundle("c")] },
    });
  });

  it("keeps what a service has besides", () => {
    const compose = service(
      "x-docker: true",
      "environment: { A: '1', DOCKER_BUILDKIT: '1' }",
      "volumes: [/srv/ci/a:/a]",
    );
    const { runner } = servicesOf({ compose, dockerClients });
    assert.deepEqual(runner.environment, { A: "1", DOCKER_BUILDKIT: "1", ...environment });
    assert.deepEqual(
      runner.volumes.map(({ target }: { target: string }) => target),
      ["/a", "/run/docker-client"],
    );
  });

  it("gives a service that extends another what it inherits the request for", () => {
    const compose = "services: { a: { image: a, x-docker: true }, b: { extends: a } }";
    assert.deepEqual(
      workloadClientProblems({ compose, dockerClients: { a: { name: "a", hostname } } }).map(({ path }) => path),
      ["dockerClients.b"],
    );
  });

  const lines: readonly [line: string, path: string, rule: RegExp][] = [
    [
      "environment: { DOCKER_HOST: 'tcp://docker.ci.internal:2376' }",
      "environment.DOCKER_HOST",
      /from the service's client/,
    ],
    ["environment: [DOCKER_TLS_VERIFY=0]", "environment.DOCKER_TLS_VERIFY", /from the service's client/],
    ["environment: { DOCKER_CERT_PATH: /certs }", "environment.DOCKER_CERT_PATH", /from the service's client/],
    ["environment: { DOCKER_TLS: '1' }", "environment.DOCKER_TLS", /from the service's client/],
    ["environment: { DOCKER_CONTEXT: other }", "environment.DOCKER_CONTEXT", /from the service's client/],
    ["volumes: [/srv/ci/certs:/run/docker-client]", "volumes[0]", /covers the certificate/],
    ["volumes: [certs:/run/docker-client/key.pem]\nvolumes: { certs: }", "volumes[0]", /covers the certificate/],
    ["volumes: [{ type: tmpfs, target: /var/run/docker-client }]", "volumes[0]", /covers the certificate/],
    ["tmpfs: /run/docker-client:size=1m", "tmpfs[0]", /covers the certificate/],
    ["runtime: sysbox-runc", "runtime", /no sysbox/],
  ];
  for (const [line, path, rule] of lines) {
    it(`refuses ${line.replace(/\n.*/, "")} in a service with a client`, () => {
      const [first = "", top = ""] = line.split("\n");
      const compose = `${service("x-docker: true", first)}\n${top}\n`;
      const problems = workloadProblems({ compose, dockerClients });
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [`services.runner.${path}`],
      );
      assert.match(problems[0]?.rule ?? "", rule);
      assert.ok(problems[0]?.fix);
    });
  }

  it("lets a service mount above the bundle, and volumes at Docker's data, which is nobody's here", () => {
    const compose = `${service("x-docker: true", "tmpfs: [/run]", "volumes: [data:/var/lib/docker]")}\nvolumes: { data: }\n`;
    assert.deepEqual(workloadProblems({ compose, dockerClients }), []);
  });

  for (const path of [
    "/run/ci-host/docker-clients",
    "/run/ci-host/docker-clients/runner",
    "/run/ci-host",
    "/run/ci-host/secrets/../docker-clients/runner",
  ]) {
    it(`lets no service mount ${path} by itself`, () => {
      const compose = service(`volumes: ['${path}:/keys:ro']`);
      const hostDirectories = ["/srv/ci", "/run/ci-host/secrets"];
      const [problem, ...more] = workloadProblems({ compose, hostDirectories });
      assert.deepEqual([problem?.path, more], ["services.runner.volumes[0].source", []]);
      assert.match(problem?.rule ?? "", /keys by which services are let in/);
    });
  }

  it("offers no directory that holds the bundles", () => {
    for (const directory of ["/run/ci-host", "/run/ci-host/docker-clients", "/run/ci-host/docker-clients/runner"]) {
      const [problem] = workloadProblems({ compose: service(), hostDirectories: [directory] });
      assert.match(problem?.rule ?? "", /keys by which services/, directory);
    }
  });

  it("leads a service without a client to no daemon elsewhere", () => {
    const compose = service("environment: { DOCKER_HOST: 'tcp://docker.ci.internal:2376' }");
    const [problem] = workloadProblems({ compose, dockerClients: {} });
    assert.match(problem?.rule ?? "", /outside of this project/);
  });

  const compose =
    "services: { runner: { image: a, x-docker: true }, other: { image: b, x-docker: true }, c: { image: c } }";
  const runner = { name: "runner-a", hostname };
  const other = { name: "other", hostname };
  const wrong: Record<string, readonly [Record<string, NamedClient>, path: string, rule: RegExp]> = {
    "a service that asks for Docker and has no client": [{ runner }, "dockerClients.other", /has no client/],
    "a client for a service that does not ask": [
      { runner, other, c: { name: "c", hostname } },
      "dockerClients.c",
      /does not ask/,
    ],
    "a client for a service that is not there": [
      { runner, other, d: { name: "d", hostname } },
      "dockerClients.d",
      /no service of that name/,
    ],
    "one client for two services": [{ runner, other: runner }, "dockerClients.other", /client of runner already/],
    "clients of two Docker hosts": [
      { runner, other: { ...other, hostname: "b.internal" } },
      "dockerClients.other.hostname",
      /a fleet uses one/,
    ],
    "a host name that is none": [
      { runner: { ...runner, hostname: "a b" }, other: { ...other, hostname: "a b" } },
      "dockerClients.runner.hostname",
      /name in DNS/,
    ],
  };
  for (const [name, [clients, path, rule]] of Object.entries(wrong)) {
    it(`refuses ${name}`, () => {
      const [problem] = workloadClientProblems({ compose, dockerClients: clients });
      assert.equal(problem?.path, path);
      assert.match(problem?.rule ?? "", rule);
      assert.ok(problem?.fix);
      assert.throws(() => workload({ compose, dockerClients: clients }), rule);
    });
  }
});
