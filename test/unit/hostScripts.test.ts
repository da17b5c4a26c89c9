import * as assert from "node:assert/strict";
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { readdirSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { HostSandbox, sandboxOptions } from "../hostSandbox";
import { isInstalled, unless } from "../unless";

const scripts = join(__dirname, "../../components/host/scripts");

describe("the host's scripts", () => {
  it("pass every check of shellcheck but those named in .shellcheckrc", function () {
    unless(this, isInstalled("shellcheck"), "shellcheck is not installed");
    const inScripts = readdirSync(scripts, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".sh"),
    );
    const standIns = join(__dirname, "../hostCommands");
    const files = [
      ...inScripts.map((file) => join(scripts, file)),
      ...readdirSync(standIns).map((file) => join(standIns, file)),
    ];
    assert.ok(files.length > 20);
    assert.equal(run("shellcheck", "--external-sources", "--enable=all", ...files).stdout, "");
  });
});

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

describe("a host's call to AWS", () => {
  const role = { AccessKeyId: "AKIDEXAMPLE", SecretAccessKey: "wJalr/XUtnF+EMI=", Token: "session/token+==" };
  let server: Server;
  let url: string;
  let calls: Call[];
  let host: HostSandbox;

  before(function () {
    unless(this, process.platform === "linux" && isInstalled("curl"), "the host's scripts are for Linux with curl");
  });
  beforeEach(async () => {
    calls = [];
    server = createServer(async (request, response) => {
      const { method = "", url: path = "", headers } = request;
      const body = (await request.toArray()).join("");
      calls.push({ method, path, headers, body });
      response.end(answer(path));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    host = new HostSandbox({ ...sandboxOptions, awsEndpointUrl: url });
  });
  afterEach(() => {
    server?.close();
    host?.remove();
  });

  const answer = (path: string) => {
    const metadata: Record<string, string> = {
      "/latest/api/token": "imds-token",
      "/latest/meta-data/placement/region": "eu-central-1",
      "/latest/meta-data/iam/security-credentials/": "ci-role",
      "/latest/meta-data/iam/security-credentials/ci-role": JSON.stringify(role),
    };
    return metadata[path] ?? "answered";
  };

  /** With the machine's own curl, and without blocking the server that it talks to. */
  async function call(...args: string[]): Promise<{ status: number | null; stdout: string }> {
    const env = {
      CI_HOST_ROOT: host.root,
      PATH: process.env.PATH,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
    };
    const child = spawn(join(scripts, "aws.sh"), args, { env });
    const output = child.stdout.toArray();
    const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { status, stdout: (await output).join("") };
  }

  it("bears the signature that AWS computes, with a form", async () => {
    const { status, stdout } = await call("autoscaling", "CompleteLifecycleAction", "Name=a&b=c", "Other=é");
    assert.deepEqual([status, stdout], [0, "answered\n"]);
    const { method, path, headers, body } = calls.at(-1) as Call;
    assert.deepEqual([method, path], ["POST", "/"]);
    assert.equal(body, "Action=CompleteLifecycleAction&Version=2011-01-01&Name=a%26b%3Dc&Other=%C3%A9");
    assert.equal(headers.authorization, signature(calls.at(-1) as Call, "autoscaling", role.SecretAccessKey));
    assert.equal(headers["x-amz-security-token"], role.Token);
    assert.match(headers.authorization ?? "", /SignedHeaders=[^,]*x-amz-security-token/);
  });

  it("bears the signature that AWS computes, with JSON", async () => {
    await call("secretsmanager", "GetSecretValue", '{"SecretId":"arn:aws:x"}');
    const { headers, body } = calls.at(-1) as Call;
    assert.equal(headers["x-amz-target"], "secretsmanager.GetSecretValue");
    assert.equal(headers["content-type"], "application/x-amz-json-1.1");
    assert.equal(body, '{"SecretId":"arn:aws:x"}');
    assert.equal(headers.authorization, signature(calls.at(-1) as Call, "secretsmanager", role.SecretAccessKey));
  });

  it("asks for metadata with a token alone, IMDSv2", async () => {
    await call("autoscaling", "CompleteLifecycleAction");
    const metadata = calls.filter(({ path }) => path.startsWith("/latest/meta-data"));
    assert.equal(metadata.length, 3);
    assert.ok(metadata.every(({ headers }) => headers["x-aws-ec2-metadata-token"] === "imds-token"));
    const [token] = calls;
    assert.deepEqual([token?.method, token?.headers["x-aws-ec2-metadata-token-ttl-seconds"]], ["PUT", "60"]);
  });

  it("may be tried again when nobody answers", async () => {
    server.close();
    server.closeAllConnections();
    assert.equal((await call("autoscaling", "CompleteLifecycleAction")).status, 75);
  });
});

describe("the wall before the instance metadata service", () => {
  it("stands in a real packet filter, once, however often it is built", function () {
    const isolated = ["--net", "--mount", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"])];
    unless(
      this,
      run("unshare", ...isolated, "iptables", "-L").status === 0,
      "needs iptables and a network namespace of its own",
    );
    const firewall = join(scripts, "imds-firewall.sh");
    const lists = ["iptables", "ip6tables"].flatMap((tables) => [`${tables} -S`, `${tables} -t security -S`]);
    const program = [`"${firewall}"`, `"${firewall}"`, ...lists].join(" && ");
    const { stdout, stderr } = run("unshare", ...isolated, "bash", "-c", program);
    assert.equal(stderr, "");
    const policies = ["-P INPUT ACCEPT", "-P FORWARD ACCEPT", "-P OUTPUT ACCEPT"];
    const chains = (address: string) => [
      ...policies,
      "-N DOCKER-USER",
      "-A FORWARD -j DOCKER-USER",
      `-A DOCKER-USER -d ${address} -j REJECT`,
      ...policies,
      `-A FORWARD -d ${address} -j DROP`,
    ];
    assert.deepEqual(
      stdout
        .trim()
        .split("\n")
        .map((rule) => rule.replace(/ --reject-with .*/, "")),
      [...chains("169.254.169.254/32"), ...chains("fd00:ec2::254/128")],
    );
  });
});

function run(command: string, ...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(command, args, { encoding: "utf8" });
}

/** The Authorization header of a call, as "Create a signed AWS API request" in the IAM user guide computes it. */
function signature({ method, path, headers, body }: Call, service: string, secret: string): string {
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const time = String(headers["x-amz-date"]);
  const scope = [time.slice(0, 8), "eu-central-1", service, "aws4_request"];
  const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? "")?.[1] ?? "";
  const lines = signed.split(";").map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const request = [method, path, "", lines.join(""), signed, sha256(body)].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(request)].join("\n");
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const value = hmac(key, text).toString("hex");
  return `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope.join("/")}, SignedHeaders=${signed}, Signature=${value}`;
}
