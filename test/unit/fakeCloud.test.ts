import * as assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Incoming, read } from "../host/cloud/exchange";
import { FakeCloud, type FakeCloudOptions } from "../host/cloud/fakeCloud";
import { Imds } from "../host/cloud/imds";
import type { CloudRequest } from "../host/cloud/messages";
import { patched, textAt } from "../host/cloud/metadata";
import { type Expected, verifySignature } from "../host/cloud/signature";
import { HostSandbox, sandboxOptions } from "../hostSandbox";
import { isInstalled, unless } from "../unless";

const region = "eu-central-1";
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalr/XUtnF+EMI=", sessionToken: "token/+==" };
const instance = {
  instanceId: "i-0123456789abcdef0",
  imageId: "ami-0123456789abcdef0",
  instanceType: "m7i.large",
  accountId: "111122223333",
  zone: "eu-central-1a",
  privateIp: "10.64.0.10",
  mac: "02:00:00:00:00:0a",
  subnetCidr: "10.64.0.0/24",
  vpcCidr: "10.64.0.0/16",
  groupName: "fleet",
  role: "ci-role",
};
const secretArn = sandboxOptions.secretArns?.token ?? "";
const mirror = "mirror.example.com";
const autoscaling = `autoscaling.${region}.amazonaws.com`;

interface Output {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program without blocking what it may talk to. */
async function run(program: string, args: readonly string[], env = process.env): Promise<Output> {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, status] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    new Promise<number | null>((resolve) => child.on("close", resolve)),
  ]);
  return { status, stdout: stdout.join(""), stderr: stderr.join("") };
}

/** The status and the body that curl gets, or the error that it ends with. */
async function curl(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await run("curl", ["-sS", "--write-out", " %{http_code}", ...args]);
  return status === 0 ? stdout.replace(/^(.*) (\d+)$/s, "$2 $1").trim() : stderr.trim();
}

function signed(service: string, { secretAccessKey, sessionToken } = credentials): string[] {
  const user = `${credentials.accessKeyId}:${secretAccessKey}`;
  const token = `x-amz-security-token: ${sessionToken}`;
  return ["--aws-sigv4", `aws:amz:${region}:${service}`, "--user", user, "--header", token];
}

function json(target: string, body: unknown): string[] {
  const type = "content-type: application/x-amz-json-1.1";
  return ["--header", type, "--header", `x-amz-target: ${target}`, "--data", JSON.stringify(body)];
}

function form(parameters: Readonly<Record<string, string>>): string[] {
  return Object.entries(parameters).flatMap(([name, value]) => ["--data-urlencode", `${name}=${value}`]);
}

describe("a signature of curl", () => {
  before(function () {
    unless(this, isInstalled("curl"), "curl is not installed");
  });

  /** A request as curl sends it. */
  async function sent(path: string, ...args: string[]): Promise<Incoming> {
    const server = http.createServer(async (message, response) => {
      request = await read(message);
      response.end();
    });
    let request: Incoming | undefined;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await curl(...args, `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    server.close();
    server.closeAllConnections();
    return request as Incoming;
  }

  const expected = (service: string, change: Partial<Expected> = {}) => ({
    ...{ credentials, region, service, now: Date.now() },
    ...change,
  });

  it("is valid, with a form", async () => {
    const request = await sent("/", ...signed("autoscaling"), ...form({ Action: "X", Name: "a&b=c é" }));
    assert.equal(request.body.toString(), "Action=X&Name=a%26b%3Dc+%C3%A9");
    assert.equal(await verifySignature(request, expected("autoscaling")), "valid");
  });

  it("is valid, with JSON", async () => {
    const request = await sent("/", ...signed("logs"), ...json("Logs_20140328.PutLogEvents", { é: ["\n"] }));
    assert.match(request.headers.authorization ?? "", /SignedHeaders=content-type;host;.*x-amz-target/);
    assert.equal(await verifySignature(request, expected("logs")), "valid");
  });

  it("is valid, with a path and a query", async () => {
    const request = await sent("/a/b?Action=X&Name=a%20b&Version=1", ...signed("autoscaling"));
    assert.equal(await verifySignature(request, expected("autoscaling")), "valid");
  });

  it("is refused, with the reason, once anything is not as it was signed", async () => {
    const good = await sent("/", ...signed("autoscaling"), ...form({ Action: "X" }));
    const authorization = `${good.headers.authorization}`;
    const now = Date.now();
    const headers = (change: Record<string, string>) => ({ ...good, headers: { ...good.headers, ...change } });
    const mine = (change: Partial<typeof credentials>) => ({ credentials: { ...credentials, ...change } });
    const { "x-amz-security-token": _token, ...noToken } = good.headers;
    const { authorization: _authorization, ...notSigned } = good.headers;
    const cases: readonly (readonly [Incoming, Partial<Expected>, string])[] = [
      [good, {}, "valid"],
      [{ ...good, body: Buffer.from("Action=Y") }, {}, "signature mismatch"],
      [{ ...good, path: "/x" }, {}, "signature mismatch"],
      [{ ...good, query: "a=b" }, {}, "signature mismatch"],
      [{ ...good, method: "PUT" }, {}, "signature mismatch"],
      [headers({ host: "elsewhere" }), {}, "signature mismatch"],
      [good, mine({ secretAccessKey: "another" }), "signature mismatch"],
      [{ ...good, headers: notSigned }, {}, "header authorization is missing"],
      [headers({ authorization: "Basic eDp5" }), {}, "header authorization is not of AWS4-HMAC-SHA256"],
      [good, mine({ accessKeyId: "AKIDOTHER" }), "unknown access key AKIDEXAMPLE"],
      [good, { service: "logs" }, "is for the service autoscaling, not logs"],
      [good, { region: "eu-west-1" }, "is for the region eu-central-1, not eu-west-1"],
      [good, { now: now + 290_000 }, "valid"],
      [good, { now: now + 310_000 }, `x-amz-date ${good.headers["x-amz-date"]} is more than 5 minutes off`],
      [good, { now: now - 310_000 }, `x-amz-date ${good.headers["x-amz-date"]} is more than 5 minutes off`],
      [headers({ "x-amz-date": "today" }), {}, "x-amz-date today is more than 5 minutes off"],
      [{ ...good, headers: noToken }, {}, "header x-amz-security-token is missing"],
      [
        headers({ authorization: authorization.replace(";x-amz-security-token", "") }),
        {},
        "header x-amz-security-token is not signed",
      ],
      [headers({ authorization: authorization.replace("host;", "") }), {}, "header host is not signed"],
      [headers({ "x-amz-target": "a.B" }), {}, "header x-amz-target is not signed"],
      [good, mine({ sessionToken: "another" }), "unknown session token"],
    ];
    for (const [request, change, reason] of cases) {
      assert.equal(await verifySignature(request, expected("autoscaling", change)), reason);
    }
  });

  it("is refused if the checksum that it signs is not the body's", async () => {
    const sum = createHash("sha256").update("Action=X").digest("hex");
    const header = ["--header", `x-amz-content-sha256: ${sum}`];
    const good = await sent("/", ...signed("autoscaling"), ...header, ...form({ Action: "X" }));
    assert.equal(await verifySignature(good, expected("autoscaling")), "valid");
    const bad = { ...good, body: Buffer.from("Action=Y") };
    const reason = "x-amz-content-sha256 is not the body's checksum";
    assert.equal(await verifySignature(bad, expected("autoscaling")), reason);
  });
});

describe("instance metadata", () => {
  it("lists a directory, with a slash after those in it", () => {
    const tree = { b: "1", a: { "aws:x": "2" }, empty: {} };
    const found = (path: string) => textAt(tree, path);
    assert.deepEqual(["", "a", "a/", "a/aws:x", "b"].map(found), ["a/\nb\nempty/", "aws:x", "aws:x", "2", "1"]);
    assert.deepEqual(["c", "b/", "b/c", "a/aws:x/", "toString", "a/toString"].map(found), Array(6).fill(undefined));
  });

  it("changes where a patch says so", () => {
    const tree = { a: { b: "1", c: "2" }, d: "3" };
    assert.deepEqual(patched(tree, { a: { b: null, e: { f: "4" } }, d: { g: "5" }, h: null }), {
      a: { c: "2", e: { f: "4" } },
      d: { g: "5" },
    });
    assert.deepEqual(tree, { a: { b: "1", c: "2" }, d: "3" });
  });

  it("is given until the token expires", () => {
    let now = 0;
    const imds = new Imds({ a: "1" }, null, "{}", () => now);
    const ask = (method: string, path: string, headers: Record<string, string>) =>
      imds.handle({ method, path, headers, host: "", query: "", body: Buffer.alloc(0) }).answer;
    const token = String(ask("PUT", "/latest/api/token", { "x-aws-ec2-metadata-token-ttl-seconds": "60" }).body);
    const status = () => ask("GET", "/latest/meta-data/a", { "x-aws-ec2-metadata-token": token }).status;
    now = 59_999;
    assert.equal(status(), 200);
    now = 60_000;
    assert.equal(status(), 401);
  });
});

describe("a fake cloud", () => {
  const directory = mkdtempSync(join(tmpdir(), "fake-cloud-"));
  const at = (...names: string[]) => join(directory, ...names);
  let cloud: FakeCloud;
  let options: FakeCloudOptions;
  let host: HostSandbox;

  before(async function () {
    const tools = ["curl", "openssl", "bash"].filter((tool) => !isInstalled(tool));
    unless(this, tools.length === 0, `not installed: ${tools.join(", ")}`);
    const names = [`*.${region}.amazonaws.com`, mirror, "registry.test"].map((name) => `DNS:${name}`).join();
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", at("key.pem")];
    const certificate = ["-subj", "/CN=fake", "-addext", `subjectAltName=${names}`, "-out", at("cert.pem")];
    assert.equal(spawnSync("openssl", ["req", "-x509", ...key, ...certificate]).status, 0);
    mkdirSync(at("files/pool"), { recursive: true });
    mkdirSync(at("layout/blobs/sha256"), { recursive: true });
    options = {
      ...{ region, credentials, instance },
      ...{ imdsAddress: "127.0.0.1", imdsPort: 0, serviceAddress: "127.0.0.1", httpPort: 0, httpsPort: 0 },
      tls: { key: readFileSync(at("key.pem"), "utf8"), cert: readFileSync(at("cert.pem"), "utf8") },
      secrets: { [secretArn]: 's3cr"et' },
      logGroups: ["hosts"],
      static: { [mirror]: at("files") },
      registry: { host: "registry.test", layout: at("layout") },
    };
    cloud = await FakeCloud.start(options);
    host = new HostSandbox({ ...sandboxOptions, awsEndpointUrl: `http://127.0.0.1:${cloud.ports.http}` });
    host.write(`/var/lib/ci-host/${instance.instanceId}/started`, "");
  });
  after(async () => {
    await cloud?.stop();
    host?.remove();
    rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await cloud.set({ hooks: ["launch"], faults: [] });
    cloud.requests.length = 0;
  });

  /** With all that was answered told. */
  async function answered(): Promise<readonly CloudRequest[]> {
    await cloud.set({});
    return cloud.requests;
  }

  /** What the cloud answers to a request that is sent as it is: its status, its body, and its headers. */
  async function ask(scheme: "http" | "https", host: string, path: string, method = "GET") {
    const to = { host: "127.0.0.1", port: cloud.ports[scheme], path, method, headers: { host } };
    const sent =
      scheme === "http" ? http.request(to) : https.request({ ...to, servername: host, ca: options.tls?.cert });
    sent.end();
    const [response] = await once(sent, "response");
    const { statusCode, headers } = response;
    return { answer: `${statusCode} ${(await response.toArray()).join("")}`.trim(), headers };
  }

  /** To the cloud, whatever the URL's host is. */
  function request(url: string, ...args: string[]): Promise<string> {
    return curl("--cacert", at("cert.pem"), "--connect-to", `::127.0.0.1:${cloud.ports.https}`, ...args, url);
  }

  function call(service: string, ...args: string[]): Promise<string> {
    return request(`https://${service}.${region}.amazonaws.com/`, ...signed(service), ...args);
  }

  /** One of the host's own scripts, with this cloud around it. */
  function script(name: string, ...args: string[]): Promise<Output> {
    return run(join(__dirname, "../../components/host/scripts", name), args, {
      CI_HOST_ROOT: host.root,
      PATH: "/usr/bin:/bin",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${cloud.ports.imds}`,
    });
  }

  describe("has a metadata service that", () => {
    const url = (path: string) => `http://127.0.0.1:${cloud.ports.imds}${path}`;
    const ttl = (seconds: string) => ({ "x-aws-ec2-metadata-token-ttl-seconds": seconds });

    async function send(method: string, path: string, headers: Record<string, string>): Promise<string> {
      const response = await fetch(url(path), { method, headers });
      return `${response.status} ${await response.text()}`.trim();
    }

    async function get(path: string): Promise<string> {
      const token = (await send("PUT", "/latest/api/token", ttl("60"))).replace("200 ", "");
      return send("GET", path, { "x-aws-ec2-metadata-token": token });
    }

    it("wants a token, and gives one to whoever asks for it as IMDSv2 does", async () => {
      assert.equal(await send("GET", "/latest/meta-data/instance-id", {}), "401");
      const forged = { "x-aws-ec2-metadata-token": "forged" };
      assert.equal(await send("GET", "/latest/meta-data/instance-id", forged), "401");
      const put = (headers: Record<string, string>) => send("PUT", "/latest/api/token", headers);
      assert.deepEqual([await put({}), await put(ttl("0")), await put(ttl("21601"))], ["400", "400", "400"]);
      assert.equal(await put({ ...ttl("60"), "x-forwarded-for": "10.0.0.1" }), "403");
      assert.match(await put(ttl("21600")), /^200 \S{50,}$/);
      assert.equal(await get("/latest/meta-data/instance-id"), `200 ${instance.instanceId}`);
      assert.equal((await answered()).at(-1)?.kind, "imds");
    });

    it("has the same under each version, and nothing under others", async () => {
      for (const version of ["2009-04-04", "2016-09-02", "2021-03-23"]) {
        assert.equal(await get(`/${version}/meta-data/placement/`), "200 availability-zone\nregion");
      }
      assert.equal(await get("/earliest/meta-data/placement/"), "404");
      assert.equal(await get("/latest/meta-data/public-keys/"), "404");
    });

    it("has what the host's own script asks for", async () => {
      const values = ["placement/region", "iam/security-credentials/", "tags/instance/aws:autoscaling:groupName"];
      const outputs = await Promise.all(values.map((path) => script("imds.sh", path)));
      assert.deepEqual(
        outputs.map(({ stdout }) => stdout),
        [`${region}\n`, "ci-role\n", "fleet\n"],
      );
      assert.equal((await script("imds.sh", "spot/instance-action")).status, 22);
    });

    it("says what the test says", async () => {
      const state = "/latest/meta-data/autoscaling/target-lifecycle-state";
      const spot = "/latest/meta-data/spot/instance-action";
      assert.deepEqual([await get(state), await get(spot)], ["200 InService", "404"]);
      const action = '{"action":"terminate","time":"2030-01-01T00:00:00Z"}';
      const terminated = { "target-lifecycle-state": "Terminated" };
      await cloud.set({ metadata: { autoscaling: terminated, spot: { "instance-action": action } } });
      assert.deepEqual([await get(state), await get(spot)], ["200 Terminated", `200 ${action}`]);
      await cloud.set({ metadata: { autoscaling: { "target-lifecycle-state": "InService" }, spot: null } });
      assert.deepEqual([await get(state), await get(spot)], ["200 InService", "404"]);
    });

    it("hands the user data on byte by byte", async () => {
      assert.equal(await get("/latest/user-data"), "404");
      const userData = Buffer.from([0x1f, 0x8b, 0, 0xff, 0x0a]);
      await cloud.set({ userData });
      const token = (await send("PUT", "/latest/api/token", ttl("60"))).replace("200 ", "");
      const response = await fetch(url("/latest/user-data"), { headers: { "x-aws-ec2-metadata-token": token } });
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), userData);
      await cloud.set({ userData: null });
      assert.equal(await get("/latest/user-data"), "404");
    });

    it("is one that cloud-init takes for EC2's", async function () {
      unless(this, isInstalled("cloud-init"), "cloud-init is not installed");
      await cloud.set({ userData: gzipSync("#cloud-config\n{}\n") });
      const program = [
        "import json, sys",
        "from cloudinit import helpers, settings, util",
        "from cloudinit.sources import DataSourceEc2 as ec2",
        "ec2.identify_platform = lambda: 'aws'",
        "config = {'datasource': {'Ec2': {'metadata_urls': [sys.argv[1]]}}}",
        "source = ec2.DataSourceEc2(config, None, helpers.Paths({}))",
        "assert source._get_data()",
        "network = ec2.convert_ec2_metadata_network_config(",
        "    source.metadata['network'], macs_to_nics={sys.argv[2]: 'ens5'}, fallback_nic='ens5')",
        "print(json.dumps({'version': source._crawled_metadata['_metadata_api_version'], 'id': source.get_instance_id(),",
        "    'zone': source.availability_zone, 'region': source.region, 'hostname': source.metadata['local-hostname'],",
        "    'keys': source.get_public_ssh_keys(), 'classic': source.is_classic_instance(),",
        "    'tag': source.metadata['tags']['instance']['aws:autoscaling:groupName'],",
        "    'userData': util.decomp_gzip(source.userdata_raw), 'network': network}))",
      ].join("\n");
      const output = await run("/usr/bin/python3", ["-c", program, url(""), instance.mac]);
      await cloud.set({ userData: null });
      assert.equal(output.status, 0, output.stderr);
      const { network, ...facts } = JSON.parse(output.stdout);
      assert.deepEqual(facts, {
        ...{ version: "2021-03-23", id: instance.instanceId, zone: instance.zone, region, keys: [], classic: false },
        ...{ hostname: "ip-10-64-0-10.eu-central-1.compute.internal", tag: "fleet", userData: "#cloud-config\n{}\n" },
      });
      assert.equal(network.ethernets.ens5.match.macaddress, instance.mac);
    });
  });

  describe("has endpoints of AWS that", () => {
    const version = { Version: "2011-01-01" };
    const action = { AutoScalingGroupName: "fleet", LifecycleHookName: "launch", InstanceId: instance.instanceId };
    const complete = { ...version, ...action, Action: "CompleteLifecycleAction", LifecycleActionResult: "CONTINUE" };
    const heartbeat = { ...version, ...action, Action: "RecordLifecycleActionHeartbeat" };

    it("answer the host's own scripts", async () => {
      const secret = await script(
        "aws.sh",
        "secretsmanager",
        "GetSecretValue",
        JSON.stringify({ SecretId: secretArn }),
      );
      assert.equal(JSON.parse(secret.stdout).SecretString, 's3cr"et');
      assert.equal((await script("lifecycle.sh", "CONTINUE")).status, 0);
      const calls = (await answered()).filter(({ kind }) => kind === "aws");
      assert.deepEqual(
        calls.map(({ service, action, status, signature }) => [service, action, status, signature]),
        [
          ["secretsmanager", "GetSecretValue", 200, "valid"],
          ["autoscaling", "CompleteLifecycleAction", 200, "valid"],
        ],
      );
      assert.deepEqual(calls[0]?.parameters, { SecretId: secretArn });
      assert.deepEqual(calls[1]?.parameters, complete);
      const [{ source, host: name, scheme, method, path } = {}] = calls;
      assert.deepEqual([source, name, scheme, method, path], ["127.0.0.1", "127.0.0.1", "http", "POST", "/"]);
    });

    it("let a hook be completed once", async () => {
      const none = `No active Lifecycle Action found with instance ID ${instance.instanceId}`;
      assert.match(await call("autoscaling", ...form(heartbeat)), /^200 .*<RecordLifecycleActionHeartbeatResult\/>/);
      const others = [{ LifecycleHookName: "another" }, { AutoScalingGroupName: "another" }];
      for (const other of others) {
        assert.match(await call("autoscaling", ...form({ ...complete, ...other })), new RegExp(`^400 .*${none}`));
      }
      const result = { LifecycleActionResult: "GIVE UP" };
      assert.match(await call("autoscaling", ...form({ ...complete, ...result })), /^400 .*CONTINUE, ABANDON/);
      assert.match(await call("autoscaling", ...form(complete)), /^200 .*<CompleteLifecycleActionResult\/>/);
      for (const late of [complete, heartbeat]) {
        const answer = await call("autoscaling", ...form(late));
        assert.match(answer, new RegExp(`^400 .*<Code>ValidationError</Code><Message>${none}<`));
      }
      await cloud.set({ hooks: ["launch"] });
      assert.match(await call("autoscaling", ...form(complete)), /^200 /);
    });

    it("know the one instance alone", async () => {
      const health = { ...version, Action: "SetInstanceHealth", HealthStatus: "Unhealthy" };
      const answers = ["i-0000000000000000f", instance.instanceId].map((InstanceId) =>
        call("autoscaling", ...form({ ...health, InstanceId })),
      );
      const [other, own] = await Promise.all(answers);
      assert.match(other ?? "", /^400 .*No managed instance found for i-0000000000000000f/);
      assert.match(own ?? "", /^200 <SetInstanceHealthResponse /);
    });

    it("keep logs in streams that were created", async () => {
      const names = { logGroupName: "hosts", logStreamName: "boot" };
      const event = (timestamp: number) => ({ timestamp, message: "hello" });
      const put = (...logEvents: unknown[]) =>
        call("logs", ...json("Logs_20140328.PutLogEvents", { ...names, logEvents }));
      const create = (change = {}) => call("logs", ...json("Logs_20140328.CreateLogStream", { ...names, ...change }));
      assert.match(await put(event(1)), /^400 .*ResourceNotFoundException/);
      assert.match(await create({ logGroupName: "another" }), /^400 .*ResourceNotFoundException/);
      assert.equal(await create(), "200 {}");
      assert.match(await create(), /^400 .*ResourceAlreadyExistsException/);
      assert.match(await put(event(1), event(1), event(2)), /^200 /);
      assert.match(await put(event(2), event(1)), /^400 .*chronological order/);
      assert.match(await put(), /^400 .*InvalidParameterException/);
      const { parameters } =
        (await answered()).find(({ status, action }) => status === 200 && action === "PutLogEvents") ?? {};
      assert.deepEqual(parameters, { ...names, logEvents: [event(1), event(1), event(2)] });
    });

    it("take metrics", async () => {
      const metric = { "MetricData.member.1.MetricName": "Boots", "MetricData.member.1.Value": "1" };
      const put = { Action: "PutMetricData", Version: "2010-08-01", Namespace: "CI" };
      assert.match(await call("monitoring", ...form({ ...put, ...metric })), /^200 <PutMetricDataResponse /);
      assert.match(await call("monitoring", ...form(put)), /^400 .*<Code>MissingParameter</);
    });

    it("refuse what they do not know", async () => {
      const secret = { SecretId: `${secretArn}x` };
      const unknownSecret = await call("secretsmanager", ...json("secretsmanager.GetSecretValue", secret));
      assert.match(unknownSecret, /^400 .*ResourceNotFoundException/);
      const unknownAction = await call("secretsmanager", ...json("secretsmanager.DeleteSecret", {}));
      assert.match(unknownAction, /^400 .*UnknownOperationException/);
      const oldVersion = await call("autoscaling", ...form({ ...complete, Version: "2009-05-15" }));
      assert.match(oldVersion, /^400 .*InvalidAction/);
      assert.equal(await call("s3", "--data", "x"), "404");
      assert.equal((await ask("http", "ec2.eu-west-1.amazonaws.com", "/")).answer, "404");
      assert.deepEqual(
        (await answered()).slice(-2).map(({ kind, host: name }) => [kind, name]),
        [
          ["aws", "s3.eu-central-1.amazonaws.com"],
          ["unknown", "ec2.eu-west-1.amazonaws.com"],
        ],
      );
    });

    it("refuse what is not signed as it should be, and note it", async () => {
      const url = `https://${autoscaling}/`;
      const wrong = signed("autoscaling", { ...credentials, secretAccessKey: "another" });
      const answers = [
        await request(url, ...wrong, ...form(complete)),
        await request(url, ...signed("logs"), ...form(complete)),
        await request(url, ...form(complete)),
      ];
      for (const answer of answers) {
        assert.match(answer, /^403 .*<Code>SignatureDoesNotMatch</);
      }
      assert.deepEqual(
        (await answered()).map(({ service, action, status, signature }) => [service, action, status, signature]),
        [
          ["autoscaling", "CompleteLifecycleAction", 403, "signature mismatch"],
          ["autoscaling", "CompleteLifecycleAction", 403, "is for the service logs, not autoscaling"],
          ["autoscaling", "CompleteLifecycleAction", 403, "header authorization is missing"],
        ],
      );
      assert.match(await call("autoscaling", ...form(complete)), /^200 /);
    });

    it("fail as often as the test says, and do nothing then", async () => {
      const fault = { service: "autoscaling", action: complete.Action, status: 503, body: "later", times: 2 };
      await cloud.set({ faults: [fault, { service: "logs", status: 500 }] });
      assert.match(await call("autoscaling", ...form(heartbeat)), /^200 /);
      assert.equal(await call("autoscaling", ...form(complete)), "503 later");
      assert.equal((await script("aws.sh", "autoscaling", complete.Action)).status, 75);
      assert.match(await call("autoscaling", ...form(complete)), /^200 /);
      assert.equal(await call("logs", ...json("Logs_20140328.CreateLogStream", {})), "500");
    });
  });

  it("serves the files of a directory, and none beside it", async () => {
    writeFileSync(at("files/pool/a+b~1.deb"), "the package");
    writeFileSync(at("secret"), "secret");
    symlinkSync(at("secret"), at("files/link"));
    assert.equal((await ask("http", mirror, "/pool/a%2bb~1.deb")).answer, "200 the package");
    const head = await ask("https", mirror, "/pool/a+b~1.deb", "HEAD");
    assert.equal(head.answer, "200");
    assert.equal(head.headers["content-type"], "application/vnd.debian.binary-package");
    assert.equal(head.headers["content-length"], "11");
    assert.equal((await ask("http", mirror, "/pool/a+b~1.deb", "POST")).answer, "405");
    const outside = ["/../secret", "/%2e%2e/secret", "/pool/..%2f..%2fsecret", "/link"];
    const paths = ["/gone", "/pool", "/", "/%zz", ...outside];
    for (const path of paths) {
      assert.equal((await ask("http", mirror, path)).answer, "404", path);
    }
    assert.deepEqual(
      (await answered()).slice(0, 2).map(({ kind, scheme, host: name, path }) => [kind, scheme, name, path]),
      [
        ["static", "http", mirror, "/pool/a%2bb~1.deb"],
        ["static", "https", mirror, "/pool/a+b~1.deb"],
      ],
    );
  });

  it("serves the images of an OCI layout as a registry", async () => {
    const blob = (content: string) => {
      const sum = createHash("sha256").update(content).digest("hex");
      writeFileSync(at("layout/blobs/sha256", sum), content);
      return `sha256:${sum}`;
    };
    const layer = blob("a layer");
    const imageText = JSON.stringify({ schemaVersion: 2, layers: [{ digest: layer }] });
    const image = blob(imageText);
    const index = blob(JSON.stringify({ schemaVersion: 2, manifests: [{ digest: image }] }));
    const entry = (digest: string, name: string) => ({
      digest,
      annotations: { "org.opencontainers.image.ref.name": name },
    });
    const manifests = [entry(image, "1"), entry(index, "tools/runner:2")];
    writeFileSync(at("layout/index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
    const get = (path: string, method?: string) => ask("https", "registry.test", `/v2/${path}`, method);
    const manifest = async (path: string, method: string) => {
      const { answer, headers } = await get(path, method);
      return [answer, headers["content-type"], headers["docker-content-digest"], Number(headers["content-length"]) > 0];
    };
    const imageType = "application/vnd.oci.image.manifest.v1+json";
    const indexType = "application/vnd.oci.image.index.v1+json";

    assert.equal((await get("")).answer, "200 {}");
    assert.deepEqual(await manifest("tools/runner/manifests/1", "HEAD"), ["200", imageType, image, true]);
    assert.deepEqual(await manifest("tools/runner/manifests/2", "HEAD"), ["200", indexType, index, true]);
    const byDigest = await manifest(`tools/runner/manifests/${image}`, "GET");
    assert.deepEqual(byDigest, [`200 ${imageText}`, imageType, image, true]);
    assert.equal((await get(`tools/runner/blobs/${layer}`)).answer, "200 a layer");
    const refused: readonly (readonly [path: string, method: string, answer: RegExp])[] = [
      ["other/manifests/2", "GET", /^404 .*MANIFEST_UNKNOWN/],
      [`other/manifests/sha256:${"0".repeat(64)}`, "GET", /^404 .*MANIFEST_UNKNOWN/],
      [`other/blobs/sha256:${"0".repeat(64)}`, "GET", /^404 .*BLOB_UNKNOWN/],
      ["other/blobs/sha256:..%2f..%2findex.json", "GET", /^404 .*BLOB_UNKNOWN/],
      ["other/blobs/uploads", "POST", /^405 .*UNSUPPORTED/],
    ];
    for (const [path, method, answer] of refused) {
      assert.match((await get(path, method)).answer, answer);
    }
    assert.ok((await answered()).every(({ kind }) => kind === "registry"));
  });

  it("lets a test wait for a request, past or to come", async () => {
    const isFile = ({ path }: CloudRequest) => path === "/awaited";
    const awaited = cloud.waitFor(isFile, 10_000, "file");
    await ask("http", mirror, "/awaited");
    assert.equal((await awaited).status, 404);
    assert.equal(await cloud.waitFor(isFile, 10_000, "file"), await awaited);
    const message = new RegExp(
      `no such call within 1 ms; the last requests:\n {2}static GET http://${mirror}/awaited 404$`,
    );
    await assert.rejects(
      cloud.waitFor(() => false, 1, "such call"),
      { message },
    );
  });

  it("says why it does not start, and is gone once it has stopped", async () => {
    const [other] = await Promise.all([
      FakeCloud.start(options),
      assert.rejects(FakeCloud.start({ ...options, httpPort: cloud.ports.http }), /has ended \(1\): .*EADDRINUSE/s),
    ]);
    const url = `http://127.0.0.1:${other.ports.http}/`;
    assert.equal(await curl(url), "404");
    const waiting = assert.rejects(
      other.waitFor(() => false, 60_000, "end"),
      /the fake cloud has ended/,
    );
    await other.stop();
    await waiting;
    assert.match(await curl(url), /Failed to connect/);
    await assert.rejects(other.set({}), /the fake cloud has ended/);
  });
});
