import * as assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { CiNetwork, type CiNetworkArgs, NatGateways } from "../../components";
import { hostServices } from "../../components/networkEndpoints";
import { isolatedBlocks } from "../../components/subnets";
import { record } from "../../preview/inProcess";
import { inputsOf, only, ownership } from "../resources";

const args: CiNetworkArgs = {
  vpcCidr: "10.64.0.0/16",
  zones: ["eu-central-1a"],
  natGateways: NatGateways.Single,
  interfaceEndpoints: ["logs"],
  tags: { Owner: "platform" },
};

const recorded = (changes: Partial<CiNetworkArgs> = {}) =>
  record(() => new CiNetwork("ci", { ...args, ...changes }), { config: { "aws:region": "eu-central-1" } });

describe("CiNetwork", () => {
  it("owns all that it creates", async () => {
    assert.deepEqual(
      ownership(await recorded()),
      [
        "ci-ci-internet-eu-central-1a: aws:ec2/route:Route in ci-hosts:index:CiNetwork",
        "ci-ci-routed-eu-central-1a: aws:ec2/routeTableAssociation:RouteTableAssociation in ci-hosts:index:CiNetwork",
        "ci-ci-routes-eu-central-1a: aws:ec2/routeTable:RouteTable in ci-hosts:index:CiNetwork",
        "ci-ci-eu-central-1a: aws:ec2/subnet:Subnet in ci-hosts:index:CiNetwork",
        "ci-default-group: aws:ec2/defaultSecurityGroup:DefaultSecurityGroup in ci-hosts:index:CiNetwork",
        "ci-endpoints: aws:ec2/securityGroup:SecurityGroup in ci-hosts:index:CiNetwork",
        "ci-flow-log-policy: aws:iam/rolePolicy:RolePolicy in ci-hosts:index:CiNetwork",
        "ci-flow-log-role: aws:iam/role:Role in ci-hosts:index:CiNetwork",
        "ci-flow-log: aws:ec2/flowLog:FlowLog in ci-hosts:index:CiNetwork",
        "ci-flow-logs: aws:cloudwatch/logGroup:LogGroup in ci-hosts:index:CiNetwork",
        "ci-internet: aws:ec2/internetGateway:InternetGateway in ci-hosts:index:CiNetwork",
        "ci-isolated-acl: aws:ec2/networkAcl:NetworkAcl in ci-hosts:index:CiNetwork",
        "ci-isolated-routed-eu-central-1a: aws:ec2/routeTableAssociation:RouteTableAssociation in ci-hosts:index:CiNetwork",
        "ci-isolated-eu-central-1a: aws:ec2/subnet:Subnet in ci-hosts:index:CiNetwork",
        "ci-isolated-routes: aws:ec2/routeTable:RouteTable in ci-hosts:index:CiNetwork",
        "ci-logs: aws:ec2/vpcEndpoint:VpcEndpoint in ci-hosts:index:CiNetwork",
        "ci-nat-address-eu-central-1a: aws:ec2/eip:Eip in ci-hosts:index:CiNetwork",
        "ci-nat-eu-central-1a: aws:ec2/natGateway:NatGateway in ci-hosts:index:CiNetwork",
        "ci-public-routed-eu-central-1a: aws:ec2/routeTableAssociation:RouteTableAssociation in ci-hosts:index:CiNetwork",
        "ci-public-eu-central-1a: aws:ec2/subnet:Subnet in ci-hosts:index:CiNetwork",
        "ci-public-internet: aws:ec2/route:Route in ci-hosts:index:CiNetwork",
        "ci-public-routes: aws:ec2/routeTable:RouteTable in ci-hosts:index:CiNetwork",
        "ci-s3-ci: aws:ec2/vpcEndpoint:VpcEndpoint in ci-hosts:index:CiNetwork",
        "ci-s3-isolated: aws:ec2/vpcEndpoint:VpcEndpoint in ci-hosts:index:CiNetwork",
        "ci-vpc: aws:ec2/vpc:Vpc in ci-hosts:index:CiNetwork",
        "ci: ci-hosts:index:CiNetwork in the stack",
      ].sort(),
    );
  });

  it("makes hosts wait for their ways to AWS, and gateways for the internet's", async () => {
    const manifest = await record(
      () => {
        const network = new CiNetwork("ci", args);
        const host = (name: string, subnetIds: pulumi.Output<string[]>) =>
          new aws.ec2.Instance(name, { subnetId: subnetIds.apply(([id]) => id as string) });
        host("ci-host", network.ciSubnetIds);
        host("isolated-host", network.isolatedSubnetIds);
      },
      { config: { "aws:region": "eu-central-1" } },
    );
    const dependencies = (name: string) =>
      manifest.resources.find((resource) => resource.name === name)?.dependencies.map((urn) => urn.split("::").at(-1));
    const zone = "eu-central-1a";
    assert.deepEqual(
      new Set(dependencies("ci-host")),
      new Set([`ci-ci-internet-${zone}`, `ci-ci-routed-${zone}`, `ci-ci-${zone}`, "ci-logs", "ci-s3-ci"]),
    );
    assert.deepEqual(
      new Set(dependencies("isolated-host")),
      new Set(["ci-isolated-acl", `ci-isolated-routed-${zone}`, `ci-isolated-${zone}`, "ci-logs", "ci-s3-isolated"]),
    );
    for (const name of [`ci-nat-${zone}`, `ci-nat-address-${zone}`]) {
      assert.ok(dependencies(name)?.includes("ci-internet"), name);
    }
  });

  it("renames nothing when a zone is added before the others", async () => {
    const zones = ["eu-central-1b", "eu-central-1c"];
    for (const natGateways of Object.values(NatGateways)) {
      const network = { natGateways, interfaceEndpoints: [...hostServices] };
      const before = await recorded({ ...network, zones });
      const after = await recorded({ ...network, zones: [...zones, "eu-central-1a"] });
      const withoutEndpoints = (urn: string) => !urn.endsWith("-eu-central-1a");
      assert.deepEqual(
        after.resources.filter(({ urn }) => withoutEndpoints(urn)).map(({ urn, inputs }) => [urn, inputs.cidrBlock]),
        before.resources.map(({ urn, inputs }) => [urn, inputs.cidrBlock]),
      );
    }
  });

  it("closes the default security group", async () => {
    const { ingress, egress } = inputsOf(await recorded(), "ci-default-group");
    assert.deepEqual({ ingress, egress }, { ingress: [], egress: [] });
  });

  it("gives no host a public address", async () => {
    const manifest = await recorded({ zones: ["eu-central-1a", "eu-central-1b"] });
    const subnets = manifest.resources.filter(({ type }) => type === "aws:ec2/subnet:Subnet");
    assert.equal(subnets.length, 6);
    assert.deepEqual([...new Set(subnets.map(({ inputs }) => inputs.mapPublicIpOnLaunch))], [false]);
  });

  it("lets into the isolated subnets Docker's clients of the ci tier, HTTPS and answers, and out HTTPS and answers", async () => {
    const { ingress, egress, subnetIds } = inputsOf(
      await recorded({ zones: ["eu-central-1a", "eu-central-1c"] }),
      "ci-isolated-acl",
    );
    const rules = (list: unknown) =>
      (list as Record<string, unknown>[]).map(
        ({ ruleNo, action, protocol, cidrBlock, fromPort, toPort }) =>
          `${ruleNo} ${action} ${protocol} ${cidrBlock} ${fromPort}-${toPort}`,
      );
    assert.deepEqual(rules(ingress), [
      "101 allow tcp 10.64.0.0/20 2376-2376",
      "103 allow tcp 10.64.64.0/20 2376-2376",
      "300 allow tcp 10.64.0.0/16 443-443",
      "400 allow tcp 0.0.0.0/0 32768-60999",
    ]);
    assert.deepEqual(rules(egress), ["300 allow tcp 0.0.0.0/0 443-443", "400 allow tcp 10.64.0.0/16 1024-65535"]);
    assert.deepEqual(subnetIds, ["‹ci-isolated-eu-central-1a.id›", "‹ci-isolated-eu-central-1c.id›"]);
  });

  it("finds the isolated subnet of a zone, whichever others there are", async () => {
    const subnetIn = (zone: string) => async () => {
      const program = () => ({
        id: new CiNetwork("ci", { ...args, zones: ["eu-central-1b", "eu-central-1a"] }).isolatedSubnetId(zone),
      });
      return (await record(program, { config: { "aws:region": "eu-central-1" } })).outputs.id;
    };
    assert.equal(await subnetIn("eu-central-1b")(), "‹ci-isolated-eu-central-1b.id›");
    await assert.rejects(
      subnetIn("eu-central-1c"),
      /zone: "eu-central-1c"\n {4}must be one of the network's zones, eu-central-1b, eu-central-1a\n {4}→ add it to zones/,
    );
  });

  it("lets HTTPS from the VPC, and nothing else, reach the interface endpoints", async () => {
    const { ingress, egress } = inputsOf(await recorded(), "ci-endpoints");
    assert.deepEqual(ingress, [
      { cidrBlocks: ["10.64.0.0/16"], description: "HTTPS from the VPC", fromPort: 443, protocol: "tcp", toPort: 443 },
    ]);
    assert.deepEqual(egress, []);
  });

  it("lets the isolated subnets through the endpoints into no other account", async () => {
    const zones = ["eu-central-1a", "eu-central-1b"];
    const manifest = await recorded({ zones, interfaceEndpoints: [...hostServices, "ecr.api"] });
    const isolatedCidrs = isolatedBlocks(args.vpcCidr);
    for (const zone of zones) {
      assert.ok(isolatedCidrs.includes(String(inputsOf(manifest, `ci-isolated-${zone}`).cidrBlock)));
    }
    for (const service of hostServices) {
      const anything = { Principal: "*", Action: "*", Resource: "*" };
      assert.deepEqual(JSON.parse(String(inputsOf(manifest, `ci-${service}`).policy)).Statement, [
        { Sid: "Endpoint", Effect: "Allow", ...anything },
        {
          Sid: "NoOtherAccountFromInside",
          Effect: "Deny",
          ...anything,
          Condition: {
            StringNotEquals: { "aws:PrincipalAccount": "‹ci-vpc.ownerId›" },
            IpAddress: { "aws:VpcSourceIp": isolatedCidrs },
          },
        },
      ]);
    }
    assert.equal(inputsOf(manifest, "ci-ecr.api").policy, undefined, "whether that service takes one is not known");
    const wider = await recorded({ zones: [...zones, "eu-central-1c"] });
    assert.equal(inputsOf(wider, "ci-logs").policy, inputsOf(manifest, "ci-logs").policy, "zones come and go");
  });

  it("routes no isolated subnet anywhere", async () => {
    for (const natGateways of Object.values(NatGateways)) {
      const manifest = await recorded({ natGateways, interfaceEndpoints: [...hostServices] });
      const { routes } = inputsOf(manifest, "ci-isolated-routes");
      const table = only(manifest, "ci-isolated-routes").urn;
      const routed = manifest.resources.filter(
        ({ type, propertyDependencies }) =>
          type === "aws:ec2/route:Route" && propertyDependencies.routeTableId?.includes(table),
      );
      assert.deepEqual([routes, routed], [undefined, []]);
    }
  });

  it("opens S3 to the isolated subnets for Amazon Linux's packages alone", async () => {
    const { policy } = inputsOf(await recorded(), "ci-s3-isolated");
    assert.deepEqual(JSON.parse(String(policy)).Statement, [
      {
        Sid: "AmazonLinuxRepositories",
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: "arn:*:s3:::al2023-repos-eu-central-1-de612dc2/*",
      },
    ]);
  });

  it("has as many NAT gateways as it was told", async () => {
    const zones = ["eu-central-1b", "eu-central-1a"];
    const expected = {
      none: [],
      single: ["ci-nat-eu-central-1b"],
      "per-zone": ["ci-nat-eu-central-1a", "ci-nat-eu-central-1b"],
    };
    for (const natGateways of Object.values(NatGateways)) {
      const manifest = await recorded({ zones, natGateways, interfaceEndpoints: [...hostServices] });
      const gateways = manifest.resources.filter(({ type }) => type === "aws:ec2/natGateway:NatGateway");
      assert.deepEqual(
        gateways.map(({ name }) => name),
        expected[natGateways],
      );
      const routes = manifest.resources.filter(({ name }) => name.startsWith("ci-ci-internet-"));
      assert.equal(routes.length, natGateways === NatGateways.None ? 0 : 2);
    }
  });

  it("records all traffic", async () => {
    const manifest = await recorded();
    const { trafficType, maxAggregationInterval } = inputsOf(manifest, "ci-flow-log");
    assert.deepEqual({ trafficType, maxAggregationInterval }, { trafficType: "ALL", maxAggregationInterval: 60 });
    assert.equal(inputsOf(manifest, "ci-flow-logs").retentionInDays, 30);
  });

  it("lets flow logs of this account alone take the role, and write to their own log group alone", async () => {
    const manifest = await recorded();
    assert.deepEqual(JSON.parse(String(inputsOf(manifest, "ci-flow-log-role").assumeRolePolicy)).Statement, [
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: "vpc-flow-logs.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": "‹ci-vpc.ownerId›" } },
      },
    ]);
    assert.deepEqual(JSON.parse(String(inputsOf(manifest, "ci-flow-log-policy").policy)).Statement, [
      {
        Sid: "WriteFlowLogs",
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
        Resource: ["‹ci-flow-logs.arn›", "‹ci-flow-logs.arn›:log-stream:*"],
      },
    ]);
  });

  it("tags whatever takes tags", async () => {
    const manifest = await recorded();
    const untagged = manifest.resources.filter(({ custom, inputs }) => custom && inputs.tags === undefined);
    assert.deepEqual([...new Set(untagged.map(({ type }) => type))].sort(), [
      "aws:ec2/route:Route",
      "aws:ec2/routeTableAssociation:RouteTableAssociation",
      "aws:iam/rolePolicy:RolePolicy",
    ]);
    assert.deepEqual(inputsOf(manifest, "ci-vpc").tags, { Name: "ci", Owner: "platform" });
  });

  it("makes the same resources when nothing is known yet", async () => {
    const known = await recorded();
    const unknown = await record(() => new CiNetwork("ci", args), { preview: true });
    assert.deepEqual(ownership(unknown), ownership(known));
  });

  const refused: [Partial<CiNetworkArgs>, RegExp][] = [
    [
      { vpcCidr: "10.0.0.0/8", zones: [] },
      /2 mistakes in CiNetwork ci:\n {2}vpcCidr: "10\.0\.0\.0\/8"[\s\S]* {2}zones: \[\]/,
    ],
    [
      { interfaceEndpoints: ["com.amazonaws.eu-central-1.logs"] },
      /interfaceEndpoints\[0\][\s\S]*last part of a service's name/,
    ],
    [
      { interfaceEndpoints: ["logs", "logs"] },
      /interfaceEndpoints\[1\][\s\S]*stands at interfaceEndpoints\[0\] already/,
    ],
    [{ interfaceEndpoints: ["s3"] }, /interfaceEndpoints\[0\][\s\S]*always there/],
    [{ natGateways: NatGateways.None }, /interfaceEndpoints: \["logs"\][\s\S]*these are missing: autoscaling, kms, /],
    [{ flowLogRetentionDays: 10 }, /flowLogRetentionDays: 10[\s\S]*the next longer one, 14/],
  ];
  for (const [changes, message] of refused) {
    it(`refuses ${JSON.stringify(changes)}`, async () => {
      await assert.rejects(recorded(changes), message);
    });
  }
});
