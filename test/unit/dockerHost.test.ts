import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CiFleet, CiNetwork, dockerHostProblems, TlsDockerHost, type TlsDockerHostArgs } from "../../components";
import { violations } from "../../policy/violations";
import { record } from "../../preview/inProcess";
import type { Manifest, Value } from "../../preview/manifest";
import { decodeUserData } from "../../preview/userData";
import { issued } from "../issued";
import { inputsOf, only, ownership } from "../resources";

const args: TlsDockerHostArgs = {
  vpcId: "vpc-1",
  vpcCidr: "10.64.0.0/16",
  subnetId: "subnet-isolated",
  zone: "eu-central-1a",
  clientCidrs: ["10.64.0.0/20", "10.64.16.0/20"],
  s3PrefixListId: "pl-1",
  instanceType: "m7i.large",
  clients: ["runner"],
  tags: { CostCenter: "ci" },
};
const config = { "aws:region": "eu-central-1" };

const recorded = (changes: Partial<TlsDockerHostArgs> = {}) =>
  record(() => new TlsDockerHost("docker", { ...args, ...changes }), { config });
const parsed = (document: Value | undefined) => JSON.parse(String(document));

/** A fleet whose service is the client of its own name. */
const fleet = (name: string, host: TlsDockerHost) =>
  new CiFleet(name, {
    vpcId: "vpc-1",
    vpcCidr: args.vpcCidr,
    subnetIds: ["subnet-a"],
    instanceTypes: ["m7i.large"],
    minSize: 1,
    maxSize: 2,
    compose: "services: { runner: { image: runner, x-docker: true } }",
    dockerClients: { runner: host.client("runner") },
  });

describe("TlsDockerHost", () => {
  it("owns all that it creates, beside its certificates", async () => {
    const own = ownership(await recorded()).filter((line) => !line.endsWith("in ci-hosts:index:DockerCertificates"));
    assert.deepEqual(own, [
      "docker-certificates: ci-hosts:index:DockerCertificates in ci-hosts:index:TlsDockerHost",
      "docker-check-report: command:local:Command in ci-hosts:index:HostCheck",
      "docker-check: ci-hosts:index:HostCheck in ci-hosts:index:TlsDockerHost",
      "docker-daemon: aws:ec2/securityGroup:SecurityGroup in ci-hosts:index:TlsDockerHost",
      "docker-data-attachment: aws:ec2/volumeAttachment:VolumeAttachment in ci-hosts:index:TlsDockerHost",
      "docker-data: aws:ebs/volume:Volume in ci-hosts:index:TlsDockerHost",
      "docker-hung: aws:cloudwatch/metricAlarm:MetricAlarm in ci-hosts:index:TlsDockerHost",
      "docker-instance: aws:ec2/instance:Instance in ci-hosts:index:TlsDockerHost",
      "docker-logs: aws:cloudwatch/logGroup:LogGroup in ci-hosts:index:TlsDockerHost",
      "docker-name: aws:route53/record:Record in ci-hosts:index:TlsDockerHost",
      "docker-profile: aws:iam/instanceProfile:InstanceProfile in ci-hosts:index:TlsDockerHost",
      "docker-role: aws:iam/role:Role in ci-hosts:index:TlsDockerHost",
      "docker-secrets: aws:iam/rolePolicy:RolePolicy in ci-hosts:index:TlsDockerHost",
      "docker-server-reader: aws:secretsmanager/secretPolicy:SecretPolicy in ci-hosts:index:TlsDockerHost",
      "docker-session: aws:iam/rolePolicy:RolePolicy in ci-hosts:index:TlsDockerHost",
      "docker-telemetry: aws:iam/rolePolicy:RolePolicy in ci-hosts:index:TlsDockerHost",
      "docker-zone: aws:route53/zone:Zone in ci-hosts:index:TlsDockerHost",
      "docker: ci-hosts:index:TlsDockerHost in the stack",
    ]);
  });

  it("lets clients of the given blocks reach the daemon over TLS, and the host HTTPS to endpoints and S3", async () => {
    const { ingress, egress } = inputsOf(await recorded(), "docker-daemon");
    const without = (list: unknown) => (list as Record<string, unknown>[]).map(({ description: _, ...rule }) => rule);
    assert.deepEqual(without(ingress), [
      { protocol: "tcp", fromPort: 2376, toPort: 2376, cidrBlocks: args.clientCidrs },
    ]);
    assert.deepEqual(without(egress), [
      { protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["10.64.0.0/16"] },
      { protocol: "tcp", fromPort: 443, toPort: 443, prefixListIds: ["pl-1"] },
    ]);
  });

  it("is a machine without a public address, with IMDSv2 out of containers' reach and encrypted volumes", async () => {
    const manifest = await recorded();
    const instance = inputsOf(manifest, "docker-instance");
    assert.equal(instance.associatePublicIpAddress, false);
    assert.deepEqual(instance.metadataOptions, {
      httpEndpoint: "enabled",
      httpTokens: "required",
      httpPutResponseHopLimit: 1,
      httpProtocolIpv6: "disabled",
    });
    assert.equal((instance.rootBlockDevice as Record<string, Value>).encrypted, true);
    assert.equal(inputsOf(manifest, "docker-data").encrypted, true);
    assert.equal(instance.instanceInitiatedShutdownBehavior, "stop");
    assert.deepEqual(instance.maintenanceOptions, { autoRecovery: "default" });
  });

  it("keeps its data volume and its name when the machine is replaced", async () => {
    const [before, after] = [await recorded(), await recorded({ amiId: "ami-0123456789abcdef0", rotationMinutes: 30 })];
    const { options, inputs } = only(after, "docker-instance");
    assert.equal(options.deleteBeforeReplace, true);
    assert.equal(inputs.userDataReplaceOnChange, true);
    assert.notEqual(inputs.userDataBase64, inputsOf(before, "docker-instance").userDataBase64);
    for (const kept of ["docker-data", "docker-zone", "docker-certificates-server", "docker-daemon"]) {
      assert.deepEqual(inputsOf(after, kept), inputsOf(before, kept));
    }
    assert.deepEqual(inputsOf(after, "docker-name").records, ["‹docker-instance.privateIp›"]);
    assert.equal(inputsOf(after, "docker-name").name, "docker.ci.internal");
  });

  it("has a zone for its own name alone, which hides no other from the VPC", async () => {
    const manifest = await recorded({ hostname: "ci-hosts.example.com" });
    assert.equal(inputsOf(manifest, "docker-zone").name, "ci-hosts.example.com");
    assert.equal(inputsOf(manifest, "docker-name").name, "ci-hosts.example.com");
  });

  it("may read the daemon's bundle, its own log group and nothing else, and nobody else reads the bundle", async () => {
    const manifest = await recorded();
    const arn = "‹docker-certificates-server-bundle.arn›";
    assert.deepEqual(parsed(inputsOf(manifest, "docker-secrets").policy).Statement, [
      { Sid: "OwnSecrets", Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: [arn] },
    ]);
    const [deny] = parsed(inputsOf(manifest, "docker-server-reader").policy).Statement;
    assert.equal(deny.Effect, "Deny");
    assert.deepEqual(deny.Condition.ArnNotEquals["aws:PrincipalArn"].includes("‹docker-role.arn›"), true);
    assert.equal(inputsOf(manifest, "docker-server-reader").secretArn, arn);
    assert.equal(
      manifest.resources.some(({ name }) => name === "docker-lifecycle"),
      false,
    );
  });

  it("lets the named roles, or nobody but administrators, read the bundle of a client that is no fleet's", async () => {
    const deployer = "arn:aws:iam::111122223333:role/deployer";
    const administrator = "arn:aws:iam::111122223333:role/administrator";
    const clientReaders = { deployer: [pulumi.output(deployer)], console: [] };
    const administratorArns = [administrator];
    const clients = ["runner", "deployer", "console"];
    const manifest = await recorded({ clients, clientReaders, administratorArns });
    for (const [client, readers] of [
      ["deployer", [administrator, deployer]],
      ["console", [administrator]],
    ] as const) {
      const { inputs, options } = only(manifest, `docker-client-${client}-reader`);
      assert.equal(inputs.secretArn, `‹docker-certificates-client-${client}-bundle.arn›`);
      const [deny] = parsed(inputs.policy).Statement;
      assert.deepEqual(deny.Condition, { ArnNotEquals: { "aws:PrincipalArn": readers } });
      assert.equal(options.retainOnDelete, true, "or the secret would be open to whoever IAM lets in");
    }
  });

  it("gives a client to one fleet alone", async () => {
    const twice = () => {
      const host = new TlsDockerHost("docker", args);
      fleet("a", host);
      fleet("b", host);
    };
    await assert.rejects(
      record(twice, { config }),
      /1 mistake in CiFleet b:\n {2}dockerClients\.runner: "runner"\n {4}is the client of a already/,
    );
    const elsewhere = () => fleet("a", new TlsDockerHost("docker", { ...args, clientReaders: { runner: [] } }));
    await assert.rejects(record(elsewhere, { config }), /is the client of clientReaders already/);
  });

  it("starts its machine only once it may read its certificates, and these are there", async () => {
    const manifest = await recorded();
    const { dependencies } = only(manifest, "docker-instance");
    for (const name of ["docker-secrets", "docker-server-reader", "docker-certificates-server-bundle-version"]) {
      assert.ok(dependencies.includes(only(manifest, name).urn), name);
    }
    const check = only(manifest, "docker-check-report").dependencies;
    for (const name of ["docker-data-attachment", "docker-name"]) {
      assert.ok(check.includes(only(manifest, name).urn), name);
    }
  });

  it("gives the deployment time for a host that looks for certificates at its own intervals", async () => {
    const seconds = async (changes: Partial<TlsDockerHostArgs>) => {
      const { environment } = inputsOf(await recorded(changes), "docker-check-report");
      return Object.entries(environment as Record<string, Value>).find(([name]) => /TIMEOUT/.test(name))?.[1];
    };
    assert.equal(await seconds({}), "1200");
    assert.equal(await seconds({ rotationMinutes: 60 }), "3900");
    assert.equal(await seconds({ launchTimeoutSeconds: 1800 }), "1800");
  });

  it("tells each client what it needs, by its name, and refuses to make one up", async () => {
    const clientOf = (name: string) => async () => {
      const program = () => {
        const { environment, secretArn, readStatements } = new TlsDockerHost("docker", args).client(name);
        return { environment, secretArn, readStatements };
      };
      return (await record(program, { config })).outputs;
    };
    assert.deepEqual(await clientOf("runner")(), {
      environment: {
        DOCKER_HOST: "tcp://docker.ci.internal:2376",
        DOCKER_TLS_VERIFY: "1",
        DOCKER_CERT_PATH: "/run/docker-client",
      },
      secretArn: "‹docker-certificates-client-runner-bundle.arn›",
      readStatements: [
        {
          Effect: "Allow",
          Action: "secretsmanager:GetSecretValue",
          Resource: ["‹docker-certificates-client-runner-bundle.arn›"],
        },
      ],
    });
    await assert.rejects(clientOf("stranger"), /name: "stranger"\n {4}must be one of runner/);
  });

  it("makes a fleet of its clients wait until it has proved itself", async () => {
    const program = () => {
      const host = new TlsDockerHost("docker", args);
      fleet("fleet", host);
    };
    const manifest = await record(program, { config });
    const { dependencies } = only(manifest, "fleet-group");
    assert.ok(dependencies.includes(only(manifest, "docker-check-report").urn));
  });

  it("has nobody's private key in its user data, its inputs or its outputs", async () => {
    const { manifest, server, clients } = await issued(() => void new TlsDockerHost("docker", args), { config });
    const text = JSON.stringify(withUserData(manifest));
    for (const key of [server.key, server.clientKey, clients.runner?.key ?? ""]) {
      const line = key.split("\n")[1] ?? "";
      assert.ok(line.length > 40);
      assert.ok(!text.includes(line));
    }
    assert.doesNotMatch(text, /PRIVATE KEY/);
  });

  it("breaks no rule but those that only its network can keep", async () => {
    assert.deepEqual(
      violations(await recorded()).map(({ rule, name }) => `${rule}: ${name}`),
      [],
    );
  });

  it("takes Debian in an image with Systems Manager's agent, with a mirror by HTTPS or with all packages in it", () => {
    const debian = { ...args, operatingSystem: "debian-12", amiId: "ami-0123456789abcdef0" } as const;
    const packageMirror = "https://mirror.internal/debian";
    assert.deepEqual(dockerHostProblems({ ...debian, packageMirror }), []);
    assert.deepEqual(dockerHostProblems(debian), []);
    const [{ path, rule } = { path: "", rule: "" }, ...others] = dockerHostProblems({
      ...args,
      operatingSystem: "debian-12",
      packageMirror,
    });
    assert.deepEqual([path, others], ["amiId", []]);
    assert.match(rule, /no agent of Systems Manager/);
  });

  it("refuses clients of a network with another block than it was told, once that is known", () =>
    assert.rejects(
      record(
        () => {
          const network = new CiNetwork("ci", { vpcCidr: "10.64.0.0/16", zones: ["eu-central-1a"] });
          new TlsDockerHost("docker", { ...args, vpcCidr: "10.96.0.0/18", clientCidrs: network.ciSubnetCidrs });
        },
        { config },
      ),
      /1 mistake in the clients of a TlsDockerHost:\n {2}clientCidrs\[0\]: .*\n {4}is not in vpcCidr, 10\.96\.0\.0\/18/,
    ));

  it("refuses a name too long for certificates once, and before anything is registered", () =>
    assert.rejects(
      record(() => new TlsDockerHost("d".repeat(50), args), { config }),
      /1 mistake in TlsDockerHost d{50}:\n {2}name: "d{50}-certificates-client-runner"/,
    ));

  it("names each mistake once, whoever else would see it", () => {
    const problems = dockerHostProblems({
      ...args,
      hostname: "docker",
      garbageCollectionPercent: 5,
      rotationMinutes: 1,
    });
    assert.deepEqual(problems.map(({ path }) => path).sort(), [
      "garbageCollectionPercent",
      "hostname",
      "rotationMinutes",
    ]);
  });

  for (const [changes, message] of [
    [{ clients: [] }, /clients: \[\]/],
    [{ clients: ["Runner"] }, /clients\[0\]: "Runner"/],
    [{ earlyRenewalHours: 0 }, /earlyRenewalHours: 0/],
    [{ validityHours: 24 * 400 }, /validityHours: 9600/],
    [{ instanceType: "m7g.large" }, /instanceType: "m7g.large"\n {4}is arm64/],
    [{ dataVolumeGib: 8 }, /dataVolumeGib: 8/],
    [{ rotationMinutes: 1 }, /rotationMinutes: 1/],
    [{ hostname: "docker" }, /hostname: "docker"/],
    [{ amiId: "ubuntu" }, /amiId: "ubuntu"/],
    [{ packageMirror: "https://mirror.example.com" }, /packageMirror/],
    [{ launchTimeoutSeconds: 60 }, /launchTimeoutSeconds: 60/],
    [{ rotationMinutes: 116 }, /1 mistake in TlsDockerHost docker:\n {2}rotationMinutes: 116/],
    [
      { validityHours: 24, earlyRenewalHours: 1, rotationMinutes: 60 },
      /rotationMinutes: 60\n {4}must be below earlyRenewalHours, 1/,
    ],
    [{ operatingSystem: "debian-12" }, /packageMirror: \(not set\)\n {4}is required for debian-12/],
    [{ operatingSystem: "debian-12", packageMirror: "http://mirror.internal/debian" }, /must be by HTTPS, on port 443/],
    [{ operatingSystem: "debian-12", packageMirror: "https://mirror.internal:8443/debian" }, /by HTTPS, on port 443/],
    [
      { operatingSystem: "debian-12", packageMirror: "https://mirror.internal/debian", docker: { source: "docker" } },
      /docker\.mirror: \(not set\)/,
    ],
    [{ clientCidrs: [] }, /clientCidrs: \[\]\n {4}must name a block/],
    [{ clientCidrs: ["nonsense"] }, /clientCidrs\[0\]: "nonsense"\n {4}must be an IPv4 block/],
    [{ clientCidrs: ["10.64.0.0/20", "0.0.0.0/0"] }, /clientCidrs\[1\]: "0\.0\.0\.0\/0"\n {4}is not in vpcCidr/],
    [{ vpcCidr: "nonsense" }, /vpcCidr: "nonsense"\n {4}must be the VPC's IPv4 block/],
    [{ vpcCidr: "0.0.0.0/1" }, /vpcCidr: "0\.0\.0\.0\/1"/],
    [{ zone: "nonsense" }, /zone: "nonsense"\n {4}must be the name of an availability zone/],
    [{ clientReaders: { deployer: [] } }, /clientReaders\.deployer: \[\]\n {4}must be one of clients, runner/],
    [{ clientReaders: { runner: ["*"] } }, /clientReaders\.runner\[0\]: "\*"/],
  ] as const) {
    it(`refuses ${JSON.stringify(changes)} before anything is registered`, async () => {
      await assert.rejects(recorded(changes as Partial<TlsDockerHostArgs>), message);
    });
  }
});

/** The manifest with user data as cloud-init reads it. */
function withUserData(manifest: Manifest): unknown {
  const { userDataBase64 } = inputsOf(manifest, "docker-instance");
  return [manifest, decodeUserData(String(userDataBase64), "required")];
}
