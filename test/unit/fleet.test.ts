import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Architecture, CiFleet, type CiFleetArgs } from "../../components";
import { fleetProblems } from "../../components/fleetProblems";
import { record } from "../../preview/inProcess";
import type { Value } from "../../preview/manifest";
import { decodeUserData } from "../../preview/userData";
import { inputsOf, only, ownership } from "../resources";

const args: CiFleetArgs = {
  vpcId: "vpc-1",
  vpcCidr: "10.64.0.0/16",
  subnetIds: ["subnet-a", "subnet-b"],
  instanceTypes: ["m7i.large", "m6i.large"],
  minSize: 1,
  maxSize: 4,
  compose: readFileSync(join(__dirname, "../../stacks/compose.yaml"), "utf8"),
  tags: { CostCenter: "ci" },
};
const key = "arn:aws:kms:eu-central-1:111122223333:key/a";
const secret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:token-abc";

const recorded = (changes: Partial<CiFleetArgs> = {}) => record(() => new CiFleet("fleet", { ...args, ...changes }));
const parsed = (document: Value | undefined) => JSON.parse(String(document));

describe("CiFleet", () => {
  it("owns all that it creates", async () => {
    assert.deepEqual(ownership(await recorded({ secretArns: { token: secret } })), [
      "fleet-boots: aws:cloudwatch/metricAlarm:MetricAlarm in ci-hosts:index:CiFleet",
      "fleet-group: aws:autoscaling/group:Group in ci-hosts:index:CiFleet",
      "fleet-hosts: aws:ec2/securityGroup:SecurityGroup in ci-hosts:index:CiFleet",
      "fleet-launching: aws:autoscaling/lifecycleHook:LifecycleHook in ci-hosts:index:CiFleet",
      "fleet-lifecycle: aws:iam/rolePolicy:RolePolicy in ci-hosts:index:CiFleet",
      "fleet-logs: aws:cloudwatch/logGroup:LogGroup in ci-hosts:index:CiFleet",
      "fleet-profile: aws:iam/instanceProfile:InstanceProfile in ci-hosts:index:CiFleet",
      "fleet-role: aws:iam/role:Role in ci-hosts:index:CiFleet",
      "fleet-secrets: aws:iam/rolePolicy:RolePolicy in ci-hosts:index:CiFleet",
      "fleet-session: aws:iam/rolePolicy:RolePolicy in ci-hosts:index:CiFleet",
      "fleet-telemetry: aws:iam/rolePolicy:RolePolicy in ci-hosts:index:CiFleet",
      "fleet-template: aws:ec2/launchTemplate:LaunchTemplate in ci-hosts:index:CiFleet",
      "fleet-terminating: aws:autoscaling/lifecycleHook:LifecycleHook in ci-hosts:index:CiFleet",
      "fleet: ci-hosts:index:CiFleet in the stack",
    ]);
  });

  it("abandons a host that says nothing, from the first host on and after every change", async () => {
    const manifest = await recorded({ launchTimeoutSeconds: 1200, drainTimeoutSeconds: 600 });
    const launching = {
      defaultResult: "ABANDON",
      heartbeatTimeout: 1200,
      lifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING",
      name: "ci-host-launching",
    };
    const terminating = {
      defaultResult: "CONTINUE",
      heartbeatTimeout: 600,
      lifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
      name: "ci-host-terminating",
    };
    const group = inputsOf(manifest, "fleet-group");
    assert.deepEqual(group.initialLifecycleHooks, [launching, terminating]);
    assert.equal(group.waitForCapacityTimeout, "1500s");
    const autoscalingGroupName = "‹fleet-group.name›";
    assert.deepEqual(inputsOf(manifest, "fleet-launching"), { autoscalingGroupName, ...launching });
    assert.deepEqual(inputsOf(manifest, "fleet-terminating"), { autoscalingGroupName, ...terminating });
  });

  it("keeps containers from the instance metadata service", async () => {
    assert.deepEqual(inputsOf(await recorded(), "fleet-template").metadataOptions, {
      httpEndpoint: "enabled",
      httpProtocolIpv6: "disabled",
      httpPutResponseHopLimit: 1,
      httpTokens: "required",
      instanceMetadataTags: "enabled",
    });
  });

  it("encrypts both volumes, with the given key if there is one", async () => {
    const ebs = { deleteOnTermination: "true", encrypted: "true", volumeType: "gp3" };
    assert.deepEqual(inputsOf(await recorded(), "fleet-template").blockDeviceMappings, [
      { deviceName: "/dev/sda1", ebs: { ...ebs, volumeSize: 30 } },
      { deviceName: "/dev/sdf", ebs: { ...ebs, volumeSize: 100 } },
    ]);
    const keyed = await recorded({
      kmsKeyArn: key,
      operatingSystem: "debian-12",
      rootVolumeGib: 40,
      dataVolumeGib: 60,
    });
    assert.deepEqual(inputsOf(keyed, "fleet-template").blockDeviceMappings, [
      { deviceName: "/dev/xvda", ebs: { ...ebs, kmsKeyId: key, volumeSize: 40 } },
      { deviceName: "/dev/sdf", ebs: { ...ebs, kmsKeyId: key, volumeSize: 60 } },
    ]);
    assert.equal(inputsOf(keyed, "fleet-logs").kmsKeyId, key);
  });

  it("lets nothing in, and out only where it was told", async () => {
    const out = (port: number) => ({
      cidrBlocks: ["0.0.0.0/0"],
      description: `TCP ${port} out`,
      fromPort: port,
      protocol: "tcp",
      toPort: port,
    });
    const group = inputsOf(await recorded(), "fleet-hosts");
    assert.deepEqual([group.ingress, group.egress], [[], [out(80), out(443)]]);
    const withGit = inputsOf(await recorded({ egressPorts: [443, 80, 22] }), "fleet-hosts");
    assert.deepEqual(withGit.egress, [out(443), out(80), out(22)]);
  });

  it("lets a host out by http only for its distribution's mirrors", () => {
    const without80 = { ...args, egressPorts: [443] };
    const packageMirror = "https://mirror.example.com/ubuntu";
    assert.deepEqual(
      fleetProblems(without80).map(({ path, rule }) => `${path} ${rule.slice(0, 23)}`),
      ["egressPorts must have 80 among them"],
    );
    assert.deepEqual(fleetProblems({ ...without80, packageMirror }), []);
    assert.deepEqual(fleetProblems({ ...without80, amiId: "ami-0123456789abcdef0" }), []);
    assert.match(fleetProblems({ ...args, egressPorts: [80] })[0]?.rule ?? "", /must have 443 among them/);
  });

  it("refuses tags with which EC2 would launch no host, where they are known", async () => {
    const tags = { "example.com/team": "ci" };
    await assert.rejects(recorded({ tags }), /tags\["example\.com\/team"\]: "ci"\n.*launches no host/);
    assert.deepEqual(fleetProblems({ ...args, tags: pulumi.output(tags) }), []);
    const many = Object.fromEntries(Array.from({ length: 46 }, (_, index) => [`k${index}`, "v"]));
    assert.match(fleetProblems({ ...args, tags: many })[0]?.rule ?? "", /45 at most/);
  });

  it("gives no host a public address or an SSH key", async () => {
    const template = inputsOf(await recorded(), "fleet-template");
    assert.deepEqual(template.networkInterfaces, [
      { associatePublicIpAddress: "false", deleteOnTermination: "true", securityGroups: ["‹fleet-hosts.id›"] },
    ]);
    assert.equal(template.keyName, undefined);
  });

  it("gives the role its own lifecycle, telemetry and sessions, and nothing else", async () => {
    const manifest = await recorded();
    const policies = manifest.resources.filter(({ type }) => type === "aws:iam/rolePolicy:RolePolicy");
    assert.deepEqual(
      policies.flatMap(({ inputs }) => parsed(inputs.policy).Statement),
      [
        {
          Sid: "OwnLifecycle",
          Effect: "Allow",
          Action: [
            "autoscaling:CompleteLifecycleAction",
            "autoscaling:RecordLifecycleActionHeartbeat",
            "autoscaling:SetInstanceHealth",
          ],
          Resource: "arn:*:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/*",
          Condition: { StringEquals: { "autoscaling:ResourceTag/ci-hosts:host-role": "‹fleet-role.name›" } },
        },
        {
          Sid: "SessionManager",
          Effect: "Allow",
          Action: [
            "ssm:UpdateInstanceInformation",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
          ],
          Resource: "*",
        },
        {
          Sid: "OwnLogStream",
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: "‹fleet-logs.arn›:log-stream:*",
        },
        {
          Sid: "OwnMetrics",
          Effect: "Allow",
          Action: "cloudwatch:PutMetricData",
          Resource: "*",
          Condition: { StringEquals: { "cloudwatch:namespace": "CiHosts" } },
        },
      ],
    );
    assert.deepEqual(parsed(inputsOf(manifest, "fleet-role").assumeRolePolicy).Statement, [
      { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } },
    ]);
    assert.equal(inputsOf(manifest, "fleet-role").managedPolicyArns, undefined);
    const tag = { key: "ci-hosts:host-role", propagateAtLaunch: false, value: "‹fleet-role.name›" };
    assert.deepEqual((inputsOf(manifest, "fleet-group").tags as Value[]).at(-1), tag);
  });

  it("lets the role read its own secrets only, through Secrets Manager only", async () => {
    const manifest = await recorded({ secretArns: { token: secret }, kmsKeyArn: key });
    assert.deepEqual(parsed(inputsOf(manifest, "fleet-secrets").policy).Statement, [
      { Sid: "OwnSecrets", Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: [secret] },
      {
        Sid: "OwnSecretsKey",
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: key,
        Condition: { StringLike: { "kms:ViaService": "secretsmanager.*.amazonaws.com" } },
      },
    ]);
  });

  it("bounds the role's permissions where it is told to", async () => {
    const boundary = "arn:aws:iam::111122223333:policy/boundary";
    const manifest = await recorded({ permissionsBoundaryArn: boundary });
    assert.equal(inputsOf(manifest, "fleet-role").permissionsBoundary, boundary);
  });

  it("waits with the group until the role has its policies", async () => {
    const manifest = await recorded({ secretArns: { token: secret } });
    const { dependencies } = only(manifest, "fleet-group");
    for (const policy of ["fleet-lifecycle", "fleet-secrets", "fleet-session", "fleet-telemetry"]) {
      assert.ok(dependencies.includes(only(manifest, policy).urn), `${policy} may come after the first host`);
    }
  });

  it("mixes instance types and spot as told, and replaces hosts a part at a time", async () => {
    const manifest = await recorded({ onDemandBase: 2, spotPercent: 75, minHealthyPercent: 90, desiredCapacity: 3 });
    const group = inputsOf(manifest, "fleet-group");
    assert.deepEqual(group.mixedInstancesPolicy, {
      instancesDistribution: {
        onDemandAllocationStrategy: "prioritized",
        onDemandBaseCapacity: 2,
        onDemandPercentageAboveBaseCapacity: 25,
        spotAllocationStrategy: "price-capacity-optimized",
      },
      launchTemplate: {
        launchTemplateSpecification: {
          launchTemplateId: "‹fleet-template.id›",
          version: "‹fleet-template.latestVersion›",
        },
        overrides: [{ instanceType: "m7i.large" }, { instanceType: "m6i.large" }],
      },
    });
    assert.deepEqual(group.instanceRefresh, {
      preferences: {
        alarmSpecification: { alarms: ["‹fleet-role.name›-boots"] },
        instanceWarmup: "0",
        maxHealthyPercentage: 115,
        minHealthyPercentage: 90,
        skipMatching: true,
      },
      strategy: "Rolling",
    });
    assert.deepEqual([group.minSize, group.desiredCapacity, group.maxSize], [1, 3, 4]);
    assert.deepEqual(group.vpcZoneIdentifiers, ["subnet-a", "subnet-b"]);
    assert.equal(group.capacityRebalance, true);
  });

  it("takes the publisher's current image, or the one it is given", async () => {
    const published = inputsOf(
      await recorded({ architecture: Architecture.Arm64, instanceTypes: ["m7g.large"] }),
      "fleet-template",
    );
    assert.match(String(published.imageId), /canonical\/ubuntu\/server\/24\.04\/stable\/current\/arm64/);
    const amiId = "ami-0123456789abcdef0";
    assert.equal(inputsOf(await recorded({ amiId }), "fleet-template").imageId, amiId);
  });

  it("tags instances, volumes and network interfaces as well as what it creates itself", async () => {
    const manifest = await recorded();
    const { id } = only(manifest, "fleet").outputs.release as { id: string };
    assert.match(id, /^‹ssm .*›\.[0-9a-f]{16}$/);
    const tags = { CostCenter: "ci", Name: "fleet", "ci-hosts:release": id };
    assert.deepEqual(inputsOf(manifest, "fleet-template").tagSpecifications, [
      { resourceType: "instance", tags },
      { resourceType: "volume", tags },
      { resourceType: "network-interface", tags },
    ]);
    const untagged = manifest.resources.filter(({ custom, inputs }) => custom && inputs.tags === undefined);
    assert.deepEqual([...new Set(untagged.map(({ type }) => type))].sort(), [
      "aws:autoscaling/lifecycleHook:LifecycleHook",
      "aws:iam/rolePolicy:RolePolicy",
    ]);
  });

  it("names secrets on the host by their ARN alone", async () => {
    const template = inputsOf(await recorded({ secretArns: { token: secret } }), "fleet-template");
    const text = JSON.stringify(decodeUserData(String(template.userData), "required"));
    assert.ok(text.includes(`token=${secret}`));
  });

  it("makes the same resources when nothing is known yet", async () => {
    const unknown = await record(() => new CiFleet("fleet", args), { preview: true });
    assert.deepEqual(ownership(unknown), ownership(await recorded()));
  });

  const refused: [Partial<CiFleetArgs>, RegExp][] = [
    [{ instanceTypes: ["m7g.large"], minSize: 9 }, /2 mistakes in CiFleet fleet:[\s\S]*minSize: 9[\s\S]*m7g\.large/],
    [{ vpcCidr: "198.18.0.0/15" }, /bridgeCidr: "198\.18\.0\.0\/16"/],
    [{ compose: "services: { a: { image: a, privileged: true } }" }, /compose\.services\.a\.privileged: true/],
    [{ requireImageDigests: true, compose: "services: { a: { image: a } }" }, /compose\.services\.a\.image: "a"/],
    [{ sysbox: { version: "0.6.7" } }, /sysbox[\s\S]*https:\/\/github\.com\//],
  ];
  for (const [changes, message] of refused) {
    it(`refuses ${JSON.stringify(changes)}`, async () => {
      await assert.rejects(recorded(changes), message);
    });
  }
});
