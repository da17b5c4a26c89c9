/** A text of a file that stands in it exactly once, and what takes its place; no text: the replacement is added. */
export type Edit = readonly [file: string, text: string, replacement: string];

/** One commit: what is edited before it, so that there is something to change, and what it edits. */
export interface ReviewCase {
  readonly base?: readonly Edit[];
  readonly head: readonly Edit[];
}

const staging = "stacks/Pulumi.staging.yaml";
const production = "stacks/Pulumi.production.yaml";
const program = "stacks/index.ts";
const compose = "stacks/compose.yaml";
const template = "components/hostTemplate.ts";

/** Lines before the program says what it exports; `aws` is there. */
function more(...lines: string[]): Edit {
  const exports = "\n  return {\n    vpcId";
  return [program, exports, `\n  const aws = require("@pulumi/aws");\n${lines.join("\n")}\n${exports}`];
}

/** A line at the end of a stack's configuration. */
function setting(file: string, line: string): Edit {
  return [file, "", `  ${line}\n`];
}

/** The same line at the end of both: production's hosts are staging's. */
function settings(line: string): Edit[] {
  return [staging, production].map((file) => setting(file, line));
}

const image = "docker:29-dind@sha256:7dcdfc4a20246236f558175182ccace1eb15a41bd3eb119dd2284f393498b7c1";
const newImage = "docker:29-dind@sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";

const volume = (zone: string, options: string) =>
  more(`new aws.ebs.Volume("cache", { availabilityZone: "${zone}", size: 50, encrypted: true }, ${options});`);

const rules = {
  https: '{ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["10.0.0.0/8", "192.168.0.0/16"] }',
  ntp: '{ protocol: "udp", fromPort: 123, toPort: 123, cidrBlocks: ["10.0.0.0/8"], description: "time" }',
  docker: '{ protocol: "tcp", fromPort: 2375, toPort: 2375, cidrBlocks: ["0.0.0.0/0"] }',
};
const group = (...ingress: string[]) =>
  more(
    `new aws.ec2.SecurityGroup("builders", { vpcId: network.vpcId, description: "builders", ingress: [${ingress.join(", ")}] });`,
  );

const policy = (...statements: string[]) =>
  more(
    'const builder = new aws.iam.Role("builder", { assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "ec2.amazonaws.com" }) });',
    `new aws.iam.RolePolicy("builder-cache", { role: builder.id, policy: { Version: "2012-10-17", Statement: [${statements.join(", ")}] } });`,
  );
const read = (action: string, resource: string) =>
  `{ Sid: "Cache", Effect: "Allow", Action: ${action}, Resource: ${resource} }`;

const certificate = (hours: number) =>
  more(
    'const tls = require("@pulumi/tls");',
    'const key = new tls.PrivateKey("ca-key", { algorithm: "ECDSA", ecdsaCurve: "P256" });',
    'const ca = new tls.SelfSignedCert("ca", { privateKeyPem: key.privateKeyPem, isCaCertificate: true, subject: { commonName: "CI" },',
    `  validityPeriodHours: ${hours}, allowedUses: ["cert_signing", "crl_signing"] });`,
    'const leafKey = new tls.PrivateKey("cache-key", { algorithm: "ECDSA", ecdsaCurve: "P256" });',
    'const request = new tls.CertRequest("cache-request", { privateKeyPem: leafKey.privateKeyPem, dnsNames: ["cache.internal"] });',
    'new tls.LocallySignedCert("cache", { certRequestPem: request.certRequestPem, caPrivateKeyPem: key.privateKeyPem,',
    '  caCertPem: ca.certPem, validityPeriodHours: 720, allowedUses: ["server_auth"] });',
  );

const instance = (ami: string, script: string, rest = "", options = "{}") =>
  more(
    'new aws.ec2.Instance("bastion", { instanceType: "t3.micro", metadataOptions: { httpTokens: "required" },',
    `  ami: "${ami}", userData: ${JSON.stringify(script)},${rest} rootBlockDevice: { encrypted: true } }, ${options});`,
  );

const command = (trigger: string) =>
  more(
    'const command = require("@pulumi/command");',
    `new command.local.Command("register", { create: "./register.sh", triggers: ["${trigger}"] });`,
  );

const token = (cipher: string) => setting(staging, `registry:token: { secure: ${cipher} }`);
const tokenReader = more(
  'const pulumi = require("@pulumi/pulumi");',
  'const token = new pulumi.Config("registry").getSecret("token");',
  'if (token !== undefined) new aws.ssm.Parameter("registry-token", { type: "SecureString", value: token });',
);

const composeHost = (privileged: string) =>
  more(
    "const userData = Buffer.from(`#cloud-config",
    "write_files:",
    "  - path: /etc/builder/compose.yaml",
    "    content: |",
    "      services:",
    "        runner:",
    "          image: docker:29-dind",
    `${privileged}\`).toString("base64");`,
    'new aws.ec2.LaunchTemplate("builders", { userData, imageId: "ami-00000000000000001" });',
  );

const stackOf = (block: string) => `# For trying things out.
config:
  aws:region: eu-central-1
  ci-hosts:vpcCidr: ${block}
  ci-hosts:zones: [eu-central-1a]
  ci-hosts:natGateways: single
  ci-hosts:interfaceEndpoints: []
  ci-hosts:instanceTypes: [m7i.large]
  ci-hosts:minSize: 1
  ci-hosts:maxSize: 1
  ci-hosts:desiredCapacity: 1
  ci-hosts:tags: { CostCenter: ci, Owner: platform }
`;
const dev: Edit = ["stacks/Pulumi.dev.yaml", "", stackOf("10.96.0.0/18")];

const secret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:runner-token-AbCdEf";

/** Real changes to this repository, as a pull request would hold them. */
export const reviewCases: Readonly<Record<string, ReviewCase>> = {
  "no change": {
    head: [
      [staging, "# Small and cheap", "# Cheap and small"],
      [program, "const config", "// What the stack's file says.\nconst config"],
    ],
  },

  // The hosts
  "sysbox version raised": {
    head: [
      setting(
        staging,
        `ci-hosts:sysbox: { version: "0.7.2", url: "https://mirror.example/sysbox-ce_0.7.2.deb", sha256: "${"0a".repeat(32)}" }`,
      ),
    ],
  },
  "Docker from the distribution": { head: [setting(staging, "ci-hosts:docker: { source: distribution }")] },
  "AMI pinned": { head: [setting(staging, "ci-hosts:amiId: ami-0aaaaaaaaaaaaaaa1")] },
  "AMI changed": {
    base: [setting(staging, "ci-hosts:amiId: ami-0aaaaaaaaaaaaaaa1")],
    head: [[staging, "ami-0aaaaaaaaaaaaaaa1", "ami-0bbbbbbbbbbbbbbb2"]],
  },
  "release of staging overridden": {
    head: [
      setting(production, 'ci-hosts:releaseOverride: "CVE-2026-0001 in runc - staging is down"'),
      setting(production, "ci-hosts:amiId: ami-0aaaaaaaaaaaaaaa1"),
    ],
  },
  "release taken from nowhere": { head: [[production, "  ci-hosts:promoteFrom: staging\n", ""]] },
  "rollout may take longer": {
    head: [[production, "rolloutTimeoutSeconds: 7200", "rolloutTimeoutSeconds: 9000"]],
  },
  "other operating system": { head: settings("ci-hosts:operatingSystem: debian-12") },
  "instance types changed": {
    head: [[staging, "[m7i.large, m6i.large, m7a.large, m6a.large]", "[m7i.xlarge, m7a.xlarge]"]],
  },
  "data volume grown": { head: [[production, "dataVolumeGib: 200", "dataVolumeGib: 300"]] },
  "new key in daemon.json": {
    head: [
      [
        "components/host/daemonConfig.ts",
        '    "log-driver": "local",',
        '    "log-driver": "local",\n    "max-concurrent-downloads": 8,',
      ],
    ],
  },
  "address pool added to daemon.json": {
    head: settings("ci-hosts:addressPools: [{ base: 198.19.0.0/17, size: 24 }, { base: 198.19.128.0/17, size: 26 }]"),
  },
  "unit changed": { head: [["components/host/upkeep.ts", 'RestartSec: "5"', 'RestartSec: "10"']] },
  "write_files entry inserted": {
    head: [
      [
        "components/host/upkeep.ts",
        "      ...everyMinutes(1,",
        '      { path: "/etc/sysctl.d/60-ci-host.conf", permissions: "0644", content: "vm.max_map_count=262144\\n" },\n      ...everyMinutes(1,',
      ],
    ],
  },
  "script changed": { head: [["components/host/scripts/health.sh", "full_percent=95", "full_percent=90"]] },
  "comment in a script": {
    head: [["components/host/scripts/health.sh", "# A host that is this full", "# A host this full"]],
  },
  "setting of the hosts changed": { head: settings("ci-hosts:garbageCollectionPercent: 60") },
  "secret read by the hosts": { head: settings(`ci-hosts:secretArns: { token: "${secret}" }`) },

  // The compose file
  "compose image changed": { head: [[compose, image, newImage]] },
  "compose service added": {
    head: [
      [compose, "services:\n", `services:\n  cache:\n    image: ${newImage}\n    restart: always\n    mem_limit: 1g\n`],
    ],
  },
  "comment in the compose file": { head: [[compose, "# Pinned by digest", "# By digest"]] },
  "privileged service": {
    base: [composeHost("")],
    head: [[program, "docker:29-dind\n", "docker:29-dind\n          privileged: true\n"]],
  },

  // The fleet
  "more hosts": { head: [[production, "desiredCapacity: 3", "desiredCapacity: 6"]] },
  "spot share changed": { head: [[production, "spotPercent: 50", "spotPercent: 80"]] },
  "healthy share changed": { head: [[production, "minHealthyPercent: 100", "minHealthyPercent: 67"]] },
  "drain timeout changed": {
    head: [staging, production].map((file): Edit => [file, "drainTimeoutSeconds: 600", "drainTimeoutSeconds: 900"]),
  },
  "tag changed": { head: [[staging, "Owner: platform", "Owner: build"]] },
  "encrypted with a key": {
    head: [setting(production, "ci-hosts:kmsKeyArn: arn:aws:kms:eu-central-1:111122223333:key/0000-1111")],
  },
  "component renamed": { head: [[program, 'CiFleet("fleet", {', 'CiFleet("runners", {']] },
  "component renamed with an alias": {
    head: [
      [program, 'CiFleet("fleet", {', 'CiFleet("runners", {'],
      [program, "network.ciSubnetIds,\n  }", 'network.ciSubnetIds,\n  }, { aliases: [{ name: "fleet" }] }'],
    ],
  },

  // The network
  "zone added": {
    head: [[staging, "zones: [eu-central-1a, eu-central-1b]", "zones: [eu-central-1a, eu-central-1b, eu-central-1c]"]],
  },
  "zone removed": { head: [[production, "eu-central-1b, eu-central-1c]", "eu-central-1b]"]] },
  "VPC block changed": { head: [[staging, "10.64.0.0/18", "10.65.0.0/18"]] },
  "one NAT gateway for all": { head: [[production, "natGateways: per-zone", "natGateways: single"]] },
  "endpoints removed": {
    head: [
      setting(production, "ci-hosts:interfaceEndpoints: [autoscaling, kms, logs, monitoring, secretsmanager, sts]"),
    ],
  },
  "subnet added": {
    head: [
      more(
        'new aws.ec2.Subnet("extra", { vpcId: network.vpcId, cidrBlock: "10.64.48.0/24", availabilityZone: "eu-central-1a" });',
      ),
    ],
  },
  "logs kept for less long": { head: [[production, "flowLogRetentionDays: 90", "flowLogRetentionDays: 30"]] },

  // What it opens
  "port opened to hosts": { head: [setting(production, "ci-hosts:egressPorts: [22, 80, 443]")] },
  "port opened to everyone": {
    base: [group(rules.https)],
    head: [[program, `ingress: [${rules.https}]`, `ingress: [${rules.https}, ${rules.docker}]`]],
  },
  "rules in another order": {
    base: [group(rules.https, rules.ntp)],
    head: [
      [
        program,
        `[${rules.https}, ${rules.ntp}]`,
        `[${rules.ntp}, ${rules.https.replace('"10.0.0.0/8", "192.168.0.0/16"', '"192.168.0.0/16", "10.0.0.0/8"')}]`,
      ],
    ],
  },
  "IAM widened": {
    base: [policy(read('["s3:GetObject"]', '"arn:aws:s3:::cache/*"'))],
    head: [[program, '["s3:GetObject"]', '["s3:GetObject", "s3:*"]']],
  },
  "IAM narrowed": {
    base: [policy(read('"s3:*"', '"arn:aws:s3:::*"'))],
    head: [
      [program, read('"s3:*"', '"arn:aws:s3:::*"'), read('["s3:GetObject", "s3:PutObject"]', '"arn:aws:s3:::cache/*"')],
    ],
  },
  "metadata within reach of containers": {
    head: [[template, "httpPutResponseHopLimit: 1", "httpPutResponseHopLimit: 2"]],
  },
  "public addresses": { head: [[template, 'associatePublicIpAddress: "false"', 'associatePublicIpAddress: "true"']] },
  "encryption off": { head: [[template, 'encrypted: "true"', 'encrypted: "false"']] },

  // Beside the library
  "certificate valid for longer": {
    base: [certificate(8760)],
    head: [[program, "validityPeriodHours: 8760", "validityPeriodHours: 17520"]],
  },
  "protected volume in another zone": {
    base: [volume("eu-central-1a", "{ protect: true }")],
    head: [[program, 'availabilityZone: "eu-central-1a", size', 'availabilityZone: "eu-central-1b", size']],
  },
  "protect removed": {
    base: [volume("eu-central-1a", "{ protect: true }")],
    head: [[program, "{ protect: true }", "{}"]],
  },
  "volume deleted": {
    base: [volume("eu-central-1a", "{}")],
    head: [[program, 'new aws.ebs.Volume("cache"', '(() => null)("cache"']],
  },
  "volume grown and kept in place": {
    base: [volume("eu-central-1a", "{}")],
    head: [[program, "size: 50", "size: 80"]],
  },
  "user data of an instance": {
    base: [instance("ami-00000000000000001", "#!/bin/sh\necho one\n")],
    head: [[program, "echo one", "echo two"]],
  },
  "user data of an instance that it replaces": {
    base: [instance("ami-00000000000000001", "#!/bin/sh\necho one\n", " userDataReplaceOnChange: true,")],
    head: [[program, "echo one", "echo two"]],
  },
  "ignored AMI": {
    base: [instance("ami-00000000000000001", "#!/bin/sh\n", "", '{ ignoreChanges: ["ami"] }')],
    head: [[program, "ami-00000000000000001", "ami-00000000000000002"]],
  },
  "trigger of a command": { base: [command("1")], head: [[program, 'triggers: ["1"]', 'triggers: ["2"]']] },
  "secret changed": { base: [tokenReader, token("AAABc2VjcmV0")], head: [[staging, "AAABc2VjcmV0", "AAABb3RoZXI="]] },
  "export added": {
    head: [
      [
        program,
        "vpcId: network.vpcId,\n    fleetGroup",
        "vpcId: network.vpcId,\n    amiId: fleet.amiId,\n    fleetGroup",
      ],
    ],
  },
  "new stack": { head: [dev] },
  "stack removed": { base: [dev], head: [["stacks/Pulumi.dev.yaml", stackOf("10.96.0.0/18"), ""]] },
};
