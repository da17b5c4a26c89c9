import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { CiFleet, type CiFleetArgs, type DockerClient } from "../../components";
import { clientEnvironment } from "../../components/host/dockerClients";
import { posture } from "../../policy/posture";
import { violations } from "../../policy/violations";
import { glance } from "../../preview/glance";
import { record } from "../../preview/inProcess";
import { coloursFor } from "../../preview/layout";
import type { Manifest, Value } from "../../preview/manifest";
import { decodeUserData } from "../../preview/userData";
import { inputsOf, only, ownership } from "../resources";

const secretArn = (name: string) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}`;
const deployer = "arn:aws:iam::111122223333:role/deployer";

function client(name: string, hostname = "docker.ci.internal"): DockerClient {
  const statement = { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secretArn(name) } as const;
  return {
    name,
    hostname,
    environment: { ...clientEnvironment(hostname) },
    secretArn: pulumi.output(secretArn(name)),
    administratorArns: pulumi.output([deployer]),
    readStatements: pulumi.output([statement]),
  };
}

const args: CiFleetArgs = {
  vpcId: "vpc-1",
  vpcCidr: "10.64.0.0/16",
  subnetIds: ["subnet-a", "subnet-b"],
  instanceTypes: ["m7i.large"],
  minSize: 1,
  maxSize: 4,
  compose: "services: { runner: { image: runner, x-docker: true }, cache: { image: cache } }",
};
const recorded = (changes: Partial<CiFleetArgs> = {}) =>
  record(() => new CiFleet("fleet", { ...args, dockerClients: { runner: client("runner-a") }, ...changes }));
const parsed = (document: Value | undefined) => JSON.parse(String(document));

describe("a CiFleet whose services use a Docker host over TLS", () => {
  it("owns all that it creates, a policy for each client's secret among it", async () => {
    const compose = "services: { a: { image: a, x-docker: true }, b: { image: b, x-docker: true } }";
    const dockerClients = { a: client("runner-a"), b: client("runner-b") };
    assert.deepEqual(ownership(await recorded({ compose, dockerClients })), [
      "fleet-boots: aws:cloudwatch/metricAlarm:MetricAlarm in ci-hosts:index:CiFleet",
      "fleet-group: aws:autoscaling/group:Group in ci-hosts:index:CiFleet",
      "fleet-hosts: aws:ec2/securityGroup:SecurityGroup in ci-hosts:index:CiFleet",
      "fleet-launching: aws:autoscaling/lifecycleHook:LifecycleHook in ci-hosts:index:CiFleet",
      "fleet-lifecycle: aws:iam/rolePolicy:RolePolicy in ci-hosts:index:CiFleet",
      "fleet-logs: aws:cloudwatch/logGroup:LogGroup in ci-hosts:index:CiFleet",
      "fleet-profile: aws:iam/instanceProfile:InstanceProfile in ci-hosts:index:CiFleet",
      "fleet-role: aws:iam/role:Role in ci-hosts:index:CiFleet",
      "fleet-runner-a-reader: aws:secretsmanager/secretPolicy:SecretPolicy in ci-hosts:index:CiFleet",
      "fleet-runner-b-reader: aws:secretsmanager/secretPolicy:SecretPolicy in ci-hosts:index:CiFleet",
      "fleet-secrets: aws:iam/rolePolicy:RolePolicy in ci-hosts:index:CiFleet",
      "fleet-session: aws:iam/rolePolicy:RolePolicy in ci-hosts:index:CiFleet",
      "fleet-telemetry: aws:iam/rolePolicy:RolePolicy in ci-hosts:index:CiFleet",
      "fleet-template: aws:ec2/launchTemplate:LaunchTemplate in ci-hosts:index:CiFleet",
      "fleet-terminating: aws:autoscaling/lifecycleHook:LifecycleHook in ci-hosts:index:CiFleet",
      "fleet: ci-hosts:index:CiFleet in the stack",
    ]);
  });

  it("lets its role read the bundles of its clients and its own secrets, and nothing else", async () => {
    const manifest = await recorded({ secretArns: { token: secretArn("token") } });
    const { Statement } = parsed(inputsOf(manifest, "fleet-secrets").policy);
    assert.deepEqual(Statement, [
      {
        Sid: "OwnSecrets",
        Effect: "Allow",
        Action: "secretsmanager:GetSecretValue",
        Resource: [secretArn("runner-a"), secretArn("token")],
      },
    ]);
    assert.ok(only(manifest, "fleet-group").dependencies.includes(only(manifest, "fleet-secrets").urn));
  });

  it("keeps a bundle from everybody but its role and the administrators", async () => {
    const { secretArn: arn, policy } = inputsOf(await recorded(), "fleet-runner-a-reader");
    assert.equal(arn, secretArn("runner-a"));
    assert.deepEqual(parsed(policy).Statement, [
      {
        Sid: "NobodyElseReads",
        Effect: "Deny",
        Principal: "*",
        Action: "secretsmanager:GetSecretValue",
        Resource: "*",
        Condition: { ArnNotEquals: { "aws:PrincipalArn": [deployer, "‹fleet-role.arn›"] } },
      },
    ]);
  });

  it("lets nothing in, and Docker over TLS out into the VPC alone", async () => {
    const { ingress, egress } = inputsOf(await recorded(), "fleet-hosts");
    assert.deepEqual(ingress, []);
    assert.deepEqual(
      (egress as { fromPort: number; toPort: number; protocol: string; cidrBlocks: string[] }[]).map(
        ({ fromPort, toPort, protocol, cidrBlocks }) => [protocol, fromPort, toPort, cidrBlocks],
      ),
      [
        ["tcp", 80, 80, ["0.0.0.0/0"]],
        ["tcp", 443, 443, ["0.0.0.0/0"]],
        ["tcp", 2376, 2376, ["10.64.0.0/16"]],
      ],
    );
  });

  it("has hosts that know their clients by ARN, and no sysbox", async () => {
    const template = inputsOf(await recorded(), "fleet-template");
    const { files } = decodeUserData(String(template.userData), "required");
    const settings = files.find(({ path }) => path === "/etc/ci-host/settings")?.content ?? "";
    assert.match(settings, new RegExp(`^DOCKER_CLIENTS=runner=${secretArn("runner-a")}$`, "m"));
    assert.match(settings, /^DOCKER_CLIENT_HOST=docker\.ci\.internal$/m);
    assert.match(
      settings,
      /^STAGES=network storage packages firewall docker docker-clients workload probe-remote in-service$/m,
    );
    assert.doesNotMatch(settings, /SYSBOX|PROBE_IMAGE/);
    const compose = files.find(({ path }) => path === "/etc/ci-host/compose.yaml")?.content ?? "";
    assert.doesNotMatch(compose, /sysbox-runc/);
    assert.match(compose, /\/run\/ci-host\/docker-clients\/runner/);
  });

  it("says what it has, and what it has not", async () => {
    const { outputs } = only(await recorded(), "fleet");
    const { sysboxVersion, dockerHostname, dockerClientNames, mitigations } = outputs ?? {};
    assert.deepEqual(
      [sysboxVersion ?? null, dockerHostname, dockerClientNames],
      [null, "docker.ci.internal", ["runner-a"]],
    );
    assert.ok((mitigations as string[]).includes("tls-client-settings"));
    assert.ok(!(mitigations as string[]).some((id) => id.includes("sysbox")));
  });

  it("shows the Docker host and its clients at a glance", async () => {
    const text = glance(await recorded(), coloursFor(false, {}))
      .flat()
      .join("\n");
    assert.match(text, /Docker host +docker\.ci\.internal, over TLS\n +Docker clients +runner-a/);
    assert.doesNotMatch(text, /sysbox/);
  });

  it("makes the same resources when nothing is known yet", async () => {
    const dockerClients = { runner: client("runner-a") };
    const unknown = await record(() => new CiFleet("fleet", { ...args, dockerClients }), { preview: true });
    assert.deepEqual(ownership(unknown), ownership(await recorded()));
  });

  it("names every mistake at once", async () => {
    await assert.rejects(
      recorded({
        compose:
          "services: { a: { image: a, x-docker: true }, b: { image: b }, c: { image: c, runtime: sysbox-runc } }",
        dockerClients: { b: client("b"), c: client("c", "other.internal"), d: client("b") },
        sysbox: {},
        probeImage: "docker:29-dind",
        egressPorts: [443, 2376, 80],
      }),
      ({ message }: Error) => {
        const lines = message.split("\n").filter((line) => /^ {2}\S/.test(line));
        assert.deepEqual(
          lines.map((line) => line.trim()).sort(),
          [
            'compose.services.c.runtime: "sysbox-runc"',
            "dockerClients.a: (not set)",
            'dockerClients.b: "b"',
            'dockerClients.c.hostname: "other.internal"',
            'dockerClients.d: "b"',
            'dockerClients.d: "b"',
            "egressPorts[1]: 2376",
            'probeImage: "docker:29-dind"',
            "sysbox: {}",
          ].sort(),
        );
        assert.match(message, /with sysbox the TLS host is unnecessary/);
        return true;
      },
    );
  });

  const refused: [Partial<CiFleetArgs>, RegExp][] = [
    [{ compose: undefined as never }, /^ {2}dockerClients: \["runner-a"\]\n.*there is none/m],
    [{ dockerClients: {} }, /^ {2}dockerClients: \{\}\n.*must name a client/m],
    [{ bridgeCidr: "10.64.0.0/20" }, /1 mistake .*\n {2}bridgeCidr/],
    [{ requireImageDigests: true }, /compose\.services\.runner\.image[\s\S]*compose\.services\.cache\.image/],
  ];
  for (const [changes, message] of refused) {
    it(`refuses ${JSON.stringify(changes, (_, value) => value ?? null)}`, async () => {
      await assert.rejects(recorded(changes), message);
    });
  }
});

describe("a CiFleet whose compose file leaves no room in user data", () => {
  it("is refused before anything is registered", async () => {
    const noise = Array.from({ length: 600 }, (_, index) => createHash("sha256").update(`${index}`).digest("hex")).join(
      "",
    );
    const compose = `services: { runner: { image: runner, x-docker: true, labels: { noise: ${noise} } } }`;
    await assert.rejects(
      recorded({ compose }),
      /1 mistake in CiFleet fleet:\n {2}compose: .*\n {4}makes user data of \d+ bytes, compressed, and EC2 takes 16384/,
    );
  });
});

describe("the posture of a stack with such a fleet", () => {
  const environment = (manifest: Manifest) => posture([manifest]).environments[0];

  it("is on the way out by TLS, and claims nothing that it has not", async () => {
    const manifest = await recorded();
    const found = environment(manifest);
    assert.deepEqual(found?.strategies, ["tls"]);
    const { mitigations } = only(manifest, "fleet").outputs ?? {};
    const status = new Map(found?.mitigations.map((each) => [String(each.id), each.status]));
    assert.deepEqual(
      (mitigations as string[]).filter((id) => status.get(id) !== "implemented"),
      [],
    );
  });

  it("breaks no rule", async () => {
    assert.deepEqual(violations(await recorded()), []);
  });

  it("breaks one when a fleet with sysbox stands beside it", async () => {
    const manifest = await record(() => {
      new CiFleet("fleet", { ...args, dockerClients: { runner: client("runner-a") } });
      new CiFleet("other", args);
    });
    assert.deepEqual(
      violations(manifest).map(({ rule, name }) => [rule, name]),
      [["one-strategy", "fleet-template"]],
    );
    assert.deepEqual(environment(manifest)?.strategies, ["sysbox", "tls"]);
  });
});
