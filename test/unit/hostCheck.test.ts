import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ResourceContentionFault, ScalingActivityInProgressFault } from "@aws-sdk/client-auto-scaling";
import { SSMClient } from "@aws-sdk/client-ssm";
import * as pulumi from "@pulumi/pulumi";
import { shellCommand } from "../../components/checkCommand";
import { readAnswer } from "../../components/checks/answer";
import type { Ending } from "../../components/checks/ending";
import { clientSettings } from "../../components/checks/endpoint";
import { faultOf } from "../../components/checks/fault";
import { plain, withoutPrivateKeys } from "../../components/checks/plain";
import { reportCommands, runCommand } from "../../components/checks/runCommand";
import { dockerVersionIn, HostCheck, type HostCheckArgs, kernelVersionIn } from "../../components/hostCheck";
import { checkHost } from "../../components/hostCheck/check";
import { ExitCode } from "../../components/hostCheck/ending";
import { readOptions } from "../../components/hostCheck/options";
import { variables } from "../../components/hostCheck/variables";
import { record } from "../../preview/inProcess";
import type { Reply } from "../fakeAws";
import { FakeSsm, invocation, type Script } from "../fakeSsm";
import { Refusal } from "../host/cloud/awsProtocols";
import { inputsOf, only, ownership } from "../resources";
import { runCheck } from "../runCheck";
import { isInstalled, unless } from "../unless";

const root = resolve(__dirname, "../..");
const instanceId = "i-0123456789abcdef0";
const fake = new FakeSsm();
before(() => fake.start());
after(() => fake.stop());

const bootedAt = Date.parse("2026-11-02T10:00:00Z") / 1000;
const boot = {
  schema: 3,
  result: "succeeded",
  instance: instanceId,
  stage: null as string | null,
  failure: null as unknown,
  startedAt: "2026-11-02T10:00:20+00:00",
  writtenAt: "2026-11-02T10:01:54+00:00",
  stages: [{ name: "docker", seconds: 30, attempts: 2 }],
  probe: ["tls-client", "plain-tcp"],
  versions: { kernel: "6.1.1", docker: "25.0.18", containerd: "2.3.7", sysbox: null } as unknown,
};
const running = { ...boot, result: "running", versions: null };
const failed = {
  ...running,
  result: "failed",
  stage: "packages",
  failure: { command: "dnf install docker", exitStatus: 1, lastLines: ["Errors during downloading", "no mirror left"] },
};

/** The answer of a host, as report.py prints it. */
function prints(report: unknown, tls: { served?: string; refused?: string } = {}): Reply {
  const { served = null, refused = null } = tls;
  return invocation("Success", `${JSON.stringify({ boot: report, bootedAt, served, refused })}\n`);
}

const expiredToken = new Refusal("ExpiredTokenException", "The security token included in the request is expired");
const unmanaged = new Refusal("InvalidInstanceId", "Instances not in a valid state for account");
const throttle = new Refusal("ThrottlingException", "Rate exceeded");
const denied = (action: string) =>
  new Refusal(
    "AccessDeniedException",
    `User: arn:aws:iam::111122223333:user/ci is not authorized to perform: ${action}`,
  );
const times = (count: number, reply: Reply): Reply[] => Array.from({ length: count }, () => reply);

interface Played extends Ending {
  readonly progress: string[];
  readonly calls: number;
  /** What the check took, by its own clock. */
  readonly seconds: number;
}

interface Setting {
  readonly serverSecretVersionId?: string;
  readonly timeoutSeconds?: number;
  readonly secretAccessKey?: string;
  readonly url?: string;
}

/** Plays a script against the check, whose clock goes on only when it sleeps. */
async function play(script: Script, setting: Setting = {}): Promise<Played> {
  const { serverSecretVersionId, timeoutSeconds = 900, secretAccessKey, url = fake.url } = setting;
  fake.playScript(script);
  const client = new SSMClient(clientSettings({ region: fake.region, awsEndpointUrl: url }));
  client.config.credentials = async () => ({
    ...fake.credentials,
    ...(secretAccessKey === undefined ? {} : { secretAccessKey }),
  });
  const progress: string[] = [];
  let now = 0;
  const clock = {
    now: () => now,
    async sleep(milliseconds: number) {
      assert.ok(milliseconds > 0, "a sleep that takes no time is a busy loop");
      now += milliseconds;
    },
  };
  const options = { instanceId, timeoutSeconds, serverSecretVersionId };
  try {
    const ending = await checkHost(options, runCommand(client), clock, (line) => progress.push(line));
    return { ...ending, progress, calls: fake.calls.length, seconds: now / 1000 };
  } finally {
    client.destroy();
  }
}

describe("waiting for a host", () => {
  it("ends with its report once it is in service", async () => {
    const { exitCode, message, report, calls, progress } = await play({ invocation: [prints(boot)] });
    assert.equal(
      message,
      `${instanceId}: in service, 94 s after its boot began (kernel 6.1.1, docker 25.0.18, containerd 2.3.7, 2 checks of its probe passed)`,
    );
    assert.deepEqual(JSON.parse(report ?? ""), {
      instance: instanceId,
      startedAt: boot.startedAt,
      writtenAt: boot.writtenAt,
      versions: boot.versions,
      probe: boot.probe,
      stages: boot.stages,
    });
    assert.deepEqual({ exitCode, calls, progress: progress.length }, { exitCode: 0, calls: 2, progress: 1 });
  });

  it("asks by Run Command for the report of this instance alone, and puts nothing into the script", async () => {
    await play({ invocation: [prints(boot)] });
    const [sent, asked] = fake.calls;
    assert.equal(sent?.action, "SendCommand");
    assert.deepEqual(sent?.parameters.InstanceIds, [instanceId]);
    assert.equal(sent?.parameters.DocumentName, "AWS-RunShellScript");
    assert.deepEqual(sent?.parameters.Parameters, { commands: reportCommands(), executionTimeout: ["60"] });
    assert.equal(asked?.action, "GetCommandInvocation");
    // Systems Manager takes what stands in double braces for a parameter of its own.
    assert.doesNotMatch(reportCommands().join("\n"), /\{\{|\}\}/);
  });

  it("tells each stage when it comes, and every 30 s that it still waits", async () => {
    const stages = ["packages", "packages", "packages", "packages", "docker"].map((stage) =>
      prints({ ...running, stage }),
    );
    const { exitCode, progress } = await play({ invocation: [...stages, prints(boot)] });
    assert.equal(exitCode, 0);
    assert.deepEqual(progress, [
      `[0:00] ${instanceId}: waits for the host's agent (asked once)`,
      `[0:01] ${instanceId}: boots, stage packages (asked once)`,
      `[0:33] ${instanceId}: boots, stage packages (asked 4 times)`,
      `[0:45] ${instanceId}: boots, stage docker (asked 5 times)`,
    ]);
  });

  it("ends at once, with stage, command, status and last words, when the boot failed", async () => {
    const { exitCode, message, calls, report } = await play({
      invocation: [prints({ ...running, stage: "packages" }), prints(failed)],
    });
    assert.equal(
      message,
      [
        `${instanceId}: the boot failed in stage packages (exit status 1), ${boot.writtenAt}`,
        "  command: dnf install docker",
        "  | Errors during downloading",
        "  | no mirror left",
      ].join("\n"),
    );
    assert.deepEqual({ exitCode, calls, report }, { exitCode: ExitCode.BootFailed, calls: 4, report: undefined });
  });

  it("says so when a boot failed because time ran out, without a command", async () => {
    const failure = { command: null, exitStatus: 124, lastLines: [] };
    const { message } = await play({ invocation: [prints({ ...failed, failure })] });
    assert.match(message, /^i-\w+: the boot failed in stage packages \(exit status 124, out of time\), [^\n]*$/);
  });

  it("takes a failed boot before the last start for failed: a host that gave up stays so", async () => {
    const { exitCode } = await play({ invocation: [prints({ ...failed, writtenAt: "2026-11-01T10:00:00+00:00" })] });
    assert.equal(exitCode, ExitCode.BootFailed);
  });

  it("waits while Systems Manager does not know the instance", async () => {
    const { exitCode, progress, seconds } = await play({
      send: [...times(8, unmanaged), { Command: { CommandId: "b6d3a5a0-0000-4000-8000-000000000000" } }],
      invocation: [prints(boot)],
    });
    assert.equal(exitCode, 0);
    assert.equal(seconds, 81);
    assert.equal(progress[0], `[0:00] ${instanceId}: not known to Systems Manager yet (asked once)`);
  });

  it("says what may be missing when it never gets to know the instance", async () => {
    const { exitCode, message, calls, seconds } = await play({ send: [unmanaged] });
    assert.equal(exitCode, ExitCode.NotManaged);
    assert.match(message, /did not get to know the instance\n.*agent.*\n.*endpoints.*\n.*role.*\n {2}Waited 15:00$/);
    assert.equal(seconds, 900);
    assert.ok(calls <= 91, `${calls} calls`);
  });

  it("ends two minutes after an instance is gone that had answered, and says how it was last", async () => {
    for (const lost of [
      { send: [{ Command: { CommandId: "1" } }, unmanaged], invocation: [prints({ ...running, stage: "storage" })] },
      { invocation: [prints({ ...running, stage: "storage" }), invocation("Undeliverable")] },
      { invocation: [prints({ ...running, stage: "storage" }), invocation("Terminated")] },
    ]) {
      const { exitCode, message, seconds, calls } = await play(lost);
      assert.equal(exitCode, ExitCode.Gone);
      assert.match(
        message,
        /stopped or was terminated; it was last seen so: boots, stage storage\n.*powers itself off/,
      );
      assert.ok(seconds > 120 && seconds < 160, `${seconds} s`);
      assert.ok(calls <= 30, `${calls} calls`);
    }
  });

  it("takes a reboot for what it is", async () => {
    const { exitCode } = await play({
      invocation: [prints({ ...running, stage: "storage" }), ...times(4, invocation("Undeliverable")), prints(boot)],
    });
    assert.equal(exitCode, 0);
  });

  for (const action of ["SendCommand", "GetCommandInvocation"]) {
    it(`ends at once when ${action} is denied, and names it`, async () => {
      const reply = [denied(`ssm:${action}`)];
      const { exitCode, message, calls } = await play(
        action === "SendCommand" ? { send: reply } : { invocation: reply },
      );
      assert.equal(exitCode, ExitCode.AccessDenied);
      assert.match(message, new RegExp(`^${instanceId}: whoever deploys may not call ssm:${action}\n  User: arn:`));
      assert.equal(calls, action === "SendCommand" ? 1 : 2);
    });
  }

  it("ends at once when the credentials expire, also while it waits", async () => {
    const { exitCode, message, calls } = await play({
      invocation: [prints({ ...running, stage: "docker" }), expiredToken],
    });
    assert.equal(exitCode, ExitCode.CredentialsExpired);
    assert.match(message, /credentials have expired\n/);
    assert.equal(calls, 4);
  });

  it("ends at once when AWS does not take the signature, without the words of AWS, which may hold the token", async () => {
    const { exitCode, message, calls } = await play({}, { secretAccessKey: "another" });
    assert.equal(exitCode, ExitCode.NoCredentials);
    assert.match(message, /no AWS credentials that ssm:SendCommand takes \(InvalidSignatureException\)/);
    assert.doesNotMatch(message, /mismatch|token/);
    assert.equal(calls, 1);
  });

  it("asks less often while it is throttled, and goes on after that", async () => {
    const { exitCode, progress, seconds } = await play({
      send: [...times(5, throttle), { Command: { CommandId: "1" } }],
      invocation: [throttle, prints(boot)],
    });
    assert.equal(exitCode, 0);
    assert.equal(seconds, 2 + 4 + 8 + 16 + 30 + 1 + 2);
    assert.match(progress[0] ?? "", /AWS throttles the calls/);
  });

  it("says that it was throttled to the end", async () => {
    const { exitCode, message, calls } = await play({ send: [throttle] });
    assert.equal(exitCode, ExitCode.Throttled);
    assert.match(message, /throttled the calls until the time was up/);
    assert.ok(calls <= 35, `${calls} calls`);
  });

  it("sends a command again that timed out, and says so if none gets through", async () => {
    const back = await play({ invocation: [invocation("Delivery Timed Out"), prints(boot)] });
    assert.equal(back.exitCode, 0);
    const { exitCode, message, calls } = await play({ invocation: [invocation("Execution Timed Out")] });
    assert.equal(exitCode, ExitCode.CommandTimedOut);
    assert.match(message, /agent did not run the command that prints its report \(ExecutionTimedOut\)/);
    assert.ok(calls <= 170, `${calls} calls`);
  });

  it("waits for an agent that takes its time, and gives a command up that never ends", async () => {
    const slow = ["Pending", "Delayed", "In Progress"].map((status) => invocation(status));
    const { exitCode, calls } = await play({ invocation: [...slow, prints(boot)] });
    assert.deepEqual({ exitCode, calls }, { exitCode: 0, calls: 5 });
    const never = await play({ invocation: [invocation("In Progress")] });
    assert.equal(never.exitCode, ExitCode.CommandTimedOut);
    assert.ok(never.calls <= 200, `${never.calls} calls`);
    const sent = fake.calls.filter(({ action }) => action === "SendCommand").length;
    assert.equal(sent, 5);
  });

  it("bears with Systems Manager not knowing its own command at first", async () => {
    const unknown = new Refusal("InvocationDoesNotExist", "");
    const { exitCode, calls } = await play({ invocation: [unknown, unknown, prints(boot)] });
    assert.deepEqual({ exitCode, calls }, { exitCode: 0, calls: 4 });
  });

  it("ends after a minute with a report that cannot be read", async () => {
    const unreadable: Record<string, Reply> = {
      "it is not JSON": invocation("Success", '{"boot": {"schema": 3, "result": "succ'),
      "it is longer than 30000 characters": invocation("Success", " ".repeat(30_001)),
      "boot.result is not as it should be": prints({ ...boot, result: "fine" }),
      "boot is not as it should be": prints("not JSON"),
      "the script that prints it ended with 127": invocation("Failed", "", 127),
    };
    for (const [why, reply] of Object.entries(unreadable)) {
      const { exitCode, message, seconds } = await play({ invocation: [reply] });
      assert.equal(exitCode, ExitCode.ReportUnreadable, why);
      assert.ok(message.startsWith(`${instanceId}: the host's report cannot be read: ${why}\n`), message);
      assert.ok(seconds < 90, `${seconds} s`);
    }
  });

  it("ends at once with a report of another schema", async () => {
    const { exitCode, message, calls } = await play({ invocation: [prints({ schema: 2, state: "fine" })] });
    assert.equal(exitCode, ExitCode.OtherSchema);
    assert.match(message, /report is of schema 2, this library reads another\n/);
    assert.equal(calls, 2);
  });

  it("waits out a report of another instance, and of the boot before", async () => {
    const others = [{ instance: "i-0fedcba9876543210" }, { writtenAt: "2026-11-02T09:59:00+00:00" }];
    for (const change of others) {
      const old = prints({ ...boot, ...change });
      assert.equal((await play({ invocation: [old, old, prints(boot)] })).exitCode, 0);
      const { exitCode, message } = await play({ invocation: [old] }, { timeoutSeconds: 120 });
      assert.equal(exitCode, ExitCode.StaleReport);
      assert.match(message, /wrote no report of its own boot; the one it has is (that of i-0f|of 2026-11-02T09:59)/);
    }
  });

  it("waits for a boot to begin", async () => {
    assert.equal((await play({ invocation: [prints(null), prints(boot)] })).exitCode, 0);
    const { exitCode, message } = await play({ invocation: [prints(null)] }, { timeoutSeconds: 60 });
    assert.equal(exitCode, ExitCode.StillBooting);
    assert.match(message, /boot did not begin in time\n/);
  });

  it("says in which stage the boot is when time is up", async () => {
    const { exitCode, message, calls, seconds } = await play({ invocation: [prints({ ...running, stage: "docker" })] });
    assert.equal(exitCode, ExitCode.StillBooting);
    assert.match(message, /not in service in time, still in stage docker of the boot of .*\n.*\n {2}Waited 15:00$/);
    assert.equal(seconds, 900);
    assert.ok(calls <= 170, `${calls} calls`);
  });

  it("waits until the host serves the version of the certificate that it should", async () => {
    const { exitCode, report, progress } = await play(
      { invocation: [prints(boot, { served: "v1", refused: "v0" }), prints(boot, { served: "v2" })] },
      { serverSecretVersionId: "v2" },
    );
    assert.equal(exitCode, 0);
    assert.equal(JSON.parse(report ?? "").serverSecretVersionId, "v2");
    assert.match(progress[1] ?? "", /in service with the certificate of version v1; waits for version v2/);
  });

  it("ends at once when the host has refused the version that it should serve", async () => {
    const { exitCode, message, seconds } = await play(
      { invocation: [prints(boot, { served: "v1" }), prints(boot, { served: "v1", refused: "v2" })] },
      { serverSecretVersionId: "v2" },
    );
    assert.equal(exitCode, ExitCode.VersionNotServed);
    assert.match(message, /serves the certificate of version v1, not v2\n {2}It has refused .*log group says why$/);
    assert.ok(seconds < 30, `${seconds} s`);
  });

  it("says what may be the reason when the version does not come", async () => {
    const cases = [
      {
        served: "v1",
        why: /serves the certificate of version v1, not v2\n.*has not taken over the new one.*\n.*journalctl/,
      },
      { served: "v1", refused: "v0", why: /serves the certificate of version v1, not v2\n.*has not taken over/ },
      { why: /serves no certificate, not v2\n/ },
    ];
    for (const { why, ...tls } of cases) {
      const { exitCode, message } = await play({ invocation: [prints(boot, tls)] }, { serverSecretVersionId: "v2" });
      assert.equal(exitCode, ExitCode.VersionNotServed);
      assert.match(message, why);
    }
  });

  it("goes on when AWS answers with errors of its own, or nonsense, and names them if that is all it does", async () => {
    const broken: Reply[] = [
      { raw: { status: 500, body: "" } },
      { raw: { status: 503, body: "<html>" } },
      { raw: { status: 200, body: "<html>hotel wifi</html>" } },
    ];
    const { exitCode } = await play({ send: [...broken, { Command: { CommandId: "1" } }], invocation: [prints(boot)] });
    assert.equal(exitCode, 0);
    const ended = await play({ send: broken.slice(0, 1) }, { timeoutSeconds: 60 });
    assert.equal(ended.exitCode, ExitCode.Unreachable);
    assert.match(ended.message, /could not be reached \(it answers 500\)/);
  });

  it("says that Systems Manager cannot be reached", async () => {
    const { exitCode, message } = await play({}, { url: "http://127.0.0.1:1", timeoutSeconds: 60 });
    assert.equal(exitCode, ExitCode.Unreachable);
    assert.match(message, /could not be reached \(ECONNREFUSED\)/);
  });

  it("ends at once, with the name alone, when Systems Manager refuses for another reason", async () => {
    const { exitCode, message, calls } = await play({ send: [new Refusal("InvalidDocument", "secret words")] });
    assert.equal(exitCode, ExitCode.Refused);
    assert.equal(message, `${instanceId}: Systems Manager refuses ssm:SendCommand (InvalidDocument, status 400)`);
    assert.equal(calls, 1);
  });

  it("lets nothing of a host reach the terminal that could command it, or is a key, or has no end", async () => {
    const lastLines = [
      "\u001b]0;owned\u0007\u001b[2Jgone\r\nsecond \u202eline\u0000",
      "-----BEGIN EC PRIVATE KEY-----",
      "MHcCAQEEIBx",
      "-----END EC PRIVATE KEY-----",
      "x".repeat(100_000).slice(0, 5_000),
    ];
    const failure = { command: "evil\u009b31m\u2028command", exitStatus: 1, lastLines };
    const { message } = await play({
      invocation: [prints({ ...failed, stage: "pack\u001b[31mages", failure })],
    });
    const [head, ...rest] = message.split("\n");
    assert.match(head ?? "", /in stage pack \[31mages \(/);
    assert.deepEqual(rest.slice(0, 3), [
      "  command: evil 31m command",
      "  | ]0;owned [2Jgone second  line",
      "  | [a private key, withheld]",
    ]);
    assert.equal(rest.length, 4);
    assert.ok(message.length < 1_000);
  });

  it("withholds a private key also where it begins before the last lines", async () => {
    const lastLines = ["-----BEGIN PRIVATE KEY-----", ...Array(12).fill("MHcCAQEEIBx")];
    const failure = { command: "cat key", exitStatus: 1, lastLines };
    const { message } = await play({ invocation: [prints({ ...failed, failure })] });
    assert.match(message, /\n {2}\| \[a private key, withheld\]$/m);
    assert.doesNotMatch(message, /MHcC/);
  });
});

describe("a fault of AWS", () => {
  const sorted = (name: string, message = "token", httpStatusCode = 400) =>
    faultOf("a:B", Object.assign(new Error(message), { name, $metadata: { httpStatusCode } }));

  it("is passing where Auto Scaling is busy with the group, by the names that the SDK has for it", () => {
    for (const error of [
      new ScalingActivityInProgressFault({ message: "", $metadata: { httpStatusCode: 400 } }),
      new ResourceContentionFault({ message: "", $metadata: { httpStatusCode: 500 } }),
    ]) {
      assert.deepEqual(faultOf("a:B", error), { kind: "throttled", action: "a:B" });
    }
    assert.equal(sorted("RequestThrottled").kind, "throttled");
  });

  it("is the machine's clock where that is why AWS takes no signature", () => {
    const kind = { kind: "no-credentials", action: "a:B" };
    const early = "Signature not yet current: 20260101T000000Z is still later than ...";
    assert.deepEqual(sorted("SignatureDoesNotMatch", early), { ...kind, reason: "this machine's clock is wrong" });
    assert.deepEqual(sorted("SignatureDoesNotMatch"), { ...kind, reason: "SignatureDoesNotMatch" });
  });
});

describe("a program that checks", () => {
  it("does not succeed where it ends before its check does", () => {
    const program = join(__dirname, "../../components/checks/program.ts");
    const ends = `require("ts-node/register/transpile-only"); require(${JSON.stringify(program)}).runProgram(() => new Promise(() => {}))`;
    assert.equal(spawnSync(process.execPath, ["-e", ends]).status, ExitCode.Unexpected);
  });
});

describe("text of a host", () => {
  it("keeps its letters, of any script, and loses what is not seen", () => {
    assert.equal(plain("añ漢🙂 b", 80), "añ漢🙂 b");
    assert.equal(plain("a\u0007\u200b\u2066b\ufeff\u007fc\ud800d", 80), "a b c d");
    assert.equal(plain("abcdef", 4), "abc…");
  });

  it("loses a private key of which only the beginning or the end is there", () => {
    assert.deepEqual(withoutPrivateKeys(["MHcC", "-----END PRIVATE KEY-----", "after"]), [
      "[a private key, withheld]",
      "after",
    ]);
    assert.deepEqual(withoutPrivateKeys(["before", 'x "-----BEGIN PRIVATE KEY-----\\nMHcC', "MHcC"]), [
      "before",
      "[a private key, withheld]",
    ]);
    const inOneLine = "-----BEGIN RSA PRIVATE KEY-----\\nMHcC\\n-----END RSA PRIVATE KEY-----";
    assert.deepEqual(withoutPrivateKeys([inOneLine, "after"]), ["[a private key, withheld]", "after"]);
    assert.deepEqual(withoutPrivateKeys(["-----BEGIN CERTIFICATE-----"]), ["-----BEGIN CERTIFICATE-----"]);
  });
});

describe("the script that a host runs", () => {
  let host: string;
  before(function () {
    unless(this, isInstalled("python3"), "python3 is not installed");
  });
  beforeEach(() => {
    host = mkdtempSync(join(tmpdir(), "host-"));
    file("proc/stat", `cpu 1 2\nbtime ${bootedAt}\n`);
  });
  afterEach(() => rmSync(host, { recursive: true }));

  function file(path: string, text: string) {
    mkdirSync(dirname(join(host, path)), { recursive: true });
    writeFileSync(join(host, path), text);
  }

  function answer() {
    const { status, stdout, stderr } = spawnSync("sh", ["-c", reportCommands().join("\n")], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, CI_HOST_ROOT: host, LC_ALL: "C" },
    });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.match(stdout, /^[ -~]*\n$/);
    return { ...readAnswer(stdout), size: stdout.length };
  }

  it("prints nothing of a boot that has not begun", () => {
    assert.equal(answer().kind, "none");
  });

  it("prints the report on the disk, and rather the one in memory, which is of this boot", () => {
    file("var/lib/ci-host/boot.json", JSON.stringify({ ...boot, images: [] }));
    const onDisk = answer();
    assert.ok(onDisk.kind === "report");
    assert.equal(onDisk.boot.result, "succeeded");
    assert.equal(onDisk.bootedAt, bootedAt);
    file("run/ci-host/boot.json", JSON.stringify({ ...running, images: null }));
    const inMemory = answer();
    assert.ok(inMemory.kind === "report");
    assert.equal(inMemory.boot.result, "running");
  });

  it("prints which version of the certificate is served, not which one is being tried", () => {
    file("var/lib/ci-host/boot.json", JSON.stringify(boot));
    file("run/ci-host/certificates", "v1\n");
    file("etc/docker/tls/v2/ca.pem", "");
    symlinkSync("v2", join(host, "etc/docker/tls/current"));
    const printed = answer();
    assert.ok(printed.kind === "report");
    assert.deepEqual([printed.served, printed.refused], ["v1", null]);
  });

  it("prints which version of the certificate was refused, by this host and not by that of its image", () => {
    file("var/lib/ci-host/boot.json", JSON.stringify(boot));
    file("var/lib/cloud/data/instance-id", `${instanceId}\n`);
    file("var/lib/ci-host/i-0fedcba9876543210/refused-certificates", "v1\n");
    file(`var/lib/ci-host/${instanceId}/refused-certificates`, "v2\n");
    const printed = answer();
    assert.ok(printed.kind === "report");
    assert.deepEqual([printed.served, printed.refused], [null, "v2"]);
  });

  it("says that a report is unreadable", () => {
    file("var/lib/ci-host/boot.json", "{");
    assert.equal(answer().kind, "unreadable");
  });

  it("stays within what Systems Manager hands on, however much the host says", () => {
    const images = Array.from({ length: 500 }, (_, index) => ({ name: `image-${index}`, digests: ["d".repeat(80)] }));
    const failure = { command: "漢".repeat(400), exitStatus: 1, lastLines: Array(20).fill("漢".repeat(400)) };
    const report = { ...failed, failure, images };
    file("var/lib/ci-host/boot.json", JSON.stringify(report));
    const { kind, size } = answer();
    assert.equal(kind, "report");
    assert.ok(size < 24_000, `${size} characters`);
  });
});

const args: HostCheckArgs = { instanceId, region: "eu-central-1" };
const recorded = (changes: Partial<HostCheckArgs> = {}, preview = false) =>
  record(() => new HostCheck("ci", { ...args, ...changes }), { preview });

describe("HostCheck", () => {
  it("owns all that it creates", async () => {
    assert.deepEqual(ownership(await recorded()), [
      "ci-report: command:local:Command in ci-hosts:index:HostCheck",
      "ci: ci-hosts:index:HostCheck in the stack",
    ]);
  });

  it("runs one and the same command, whatever its arguments, and nothing when it is destroyed", async () => {
    const one = inputsOf(await recorded(), "ci-report");
    const other = inputsOf(
      await recorded({ region: "us-east-1", timeoutSeconds: 60, serverSecretVersionId: "v2", triggers: ["x"] }),
      "ci-report",
    );
    const run = "exec node 'components/hostCheck/main.js'";
    for (const inputs of [one, other]) {
      const { create, update, logging, addPreviousOutputInEnv } = inputs;
      assert.deepEqual(
        { create, update, destroy: inputs.delete, logging, addPreviousOutputInEnv },
        { create: run, update: run, destroy: undefined, logging: "stderr", addPreviousOutputInEnv: false },
      );
    }
  });

  it("tells its program what to wait for in the environment, and no secret", async () => {
    const manifest = await recorded({ serverSecretVersionId: "v2", awsEndpointUrl: "http://127.0.0.1:4566" });
    const { inputs, secretInputs } = only(manifest, "ci-report");
    assert.deepEqual(inputs.environment, {
      [variables.awsEndpointUrl]: "http://127.0.0.1:4566",
      [variables.instanceId]: instanceId,
      [variables.region]: "eu-central-1",
      [variables.serverSecretVersionId]: "v2",
      [variables.timeoutSeconds]: "900",
    });
    assert.deepEqual(secretInputs, []);
  });

  it("is proven anew when instance, certificate or a trigger changes, and for nothing else", async () => {
    const triggers = async (changes: Partial<HostCheckArgs>) =>
      JSON.stringify(inputsOf(await recorded(changes), "ci-report").triggers);
    const before = await triggers({});
    for (const changes of [
      { instanceId: "i-0fedcba9876543210" },
      { serverSecretVersionId: "v2" },
      { serverSecretVersionId: pulumi.output("v2") },
      { triggers: ["v2"] },
      { triggers: pulumi.output(["v2"]) },
    ]) {
      assert.notEqual(await triggers(changes), before, Object.keys(changes).join());
    }
    for (const changes of [
      {},
      { timeoutSeconds: 1800 },
      { triggers: [] },
      { serverSecretVersionId: pulumi.output(undefined) },
    ]) {
      assert.equal(await triggers(changes), before, Object.keys(changes).join());
    }
    const { options } = only(await recorded(), "ci-report");
    assert.deepEqual(options.replaceOnChanges, ["triggers[*]"]);
  });

  it("tells the versions that the host reported, a symbol in this repository's preview", async () => {
    const report = JSON.stringify({ versions: { kernel: "6.1.1", docker: null } });
    assert.deepEqual([kernelVersionIn(report), dockerVersionIn(report)], ["6.1.1", "unknown"]);
    const { outputs } = only(await recorded(), "ci");
    assert.deepEqual(outputs, {
      dockerVersion: "‹ci-report.stdout›",
      kernelVersion: "‹ci-report.stdout›",
      report: "‹ci-report.stdout›",
    });
  });

  it("registers the same in a preview of the real CLI, where the report is unknown", async () => {
    const { inputs } = only(await recorded({}, true), "ci-report");
    assert.deepEqual(inputs, inputsOf(await recorded(), "ci-report"));
  });

  it("refuses all mistakes at once", async () => {
    await assert.rejects(
      recorded({ instanceId: "web-1", region: "Frankfurt", timeoutSeconds: 59, awsEndpointUrl: "127.0.0.1" }),
      (error: Error) => {
        const paths = [...error.message.matchAll(/^ {2}(\w+):/gm)].map(([, path]) => path);
        assert.deepEqual(paths, ["instanceId", "region", "timeoutSeconds", "awsEndpointUrl"]);
        return /^4 mistakes in HostCheck ci:/.test(error.message);
      },
    );
    for (const timeoutSeconds of [0, 59, 60.5, 7201, Number.NaN, Number.POSITIVE_INFINITY]) {
      await assert.rejects(recorded({ timeoutSeconds }), /must be a whole number from 60 to 7200/);
    }
    for (const timeoutSeconds of [60, 7200]) {
      await recorded({ timeoutSeconds });
    }
  });
});

describe("the command of a HostCheck", () => {
  const run = (command: string, environment: Record<string, string>, cwd = root) =>
    runCheck(command, environment, { credentials: fake.credentials, cwd });

  async function registered(): Promise<{ create: string; environment: Record<string, string> }> {
    const { create, environment } = inputsOf(await recorded({ awsEndpointUrl: fake.url }), "ci-report");
    return { create: create as string, environment: environment as Record<string, string> };
  }

  it("prints the report alone to stdout, and the progress to stderr", async () => {
    const { create, environment } = await registered();
    fake.playScript({ invocation: [prints(boot)] });
    const { status, stdout, stderr } = await run(create, environment);
    assert.deepEqual(JSON.parse(stdout).versions, boot.versions);
    assert.equal(stdout.split("\n").length, 2);
    const [waits, done, ...more] = stderr.split("\n");
    assert.match(waits ?? "", /^\[0:00\] i-0123456789abcdef0: waits for the host's agent \(asked once\)$/);
    assert.match(done ?? "", /^i-0123456789abcdef0: in service, 94 s after its boot began/);
    assert.deepEqual({ status, more }, { status: 0, more: [""] });
    assert.equal(fake.calls.length, 2);
  });

  it("fails with the stage and the reason, and no secret, where the boot failed", async () => {
    const { create, environment } = await registered();
    fake.playScript({ invocation: [prints(failed)] });
    const { status, stdout, stderr } = await run(create, environment);
    assert.deepEqual({ status, stdout }, { status: ExitCode.BootFailed, stdout: "" });
    assert.match(stderr, /the boot failed in stage packages \(exit status 1\).*\n {2}command: dnf install docker\n/);
    for (const secret of [fake.credentials.secretAccessKey, fake.credentials.sessionToken]) {
      assert.ok(!stderr.includes(secret));
    }
  });

  it("says that there are no credentials", async () => {
    const { create, environment } = await registered();
    fake.playScript({});
    const none = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_SESSION_TOKEN: "" };
    const { status, stderr } = await run(create, { ...environment, ...none });
    assert.equal(status, ExitCode.NoCredentials);
    assert.match(stderr, /takes them from the environment, as in AWS_PROFILE/);
    assert.equal(fake.calls.length, 0);
  });

  it("works from a path with spaces and quotes", async () => {
    const parent = mkdtempSync(join(tmpdir(), "it's a "));
    try {
      symlinkSync(join(root, "components"), join(parent, 'my "$HOME" `components`'));
      const command = shellCommand('my "$HOME" `components`/hostCheck/main.js');
      const { status, stderr } = await run(command, { [variables.instanceId]: instanceId }, parent);
      assert.equal(status, ExitCode.NoRegion);
      assert.equal(stderr, "HOST_CHECK_REGION is not a region: give the HostCheck the host's\n");
      assert.equal(shellCommand("it's"), "exec node 'it'\\''s'");
    } finally {
      rmSync(parent, { recursive: true });
    }
  });

  it("says what is wrong with what it was told", () => {
    const told = { [variables.instanceId]: instanceId, [variables.region]: "eu-central-1" };
    const codeOf = (env: NodeJS.ProcessEnv) => (readOptions(env) as Ending).exitCode;
    assert.equal(codeOf({}), ExitCode.BadOptions);
    assert.equal(codeOf({ ...told, [variables.instanceId]: "i-1; rm" }), ExitCode.BadOptions);
    assert.equal(codeOf({ ...told, [variables.region]: "" }), ExitCode.NoRegion);
    assert.equal(codeOf({ ...told, [variables.region]: "evil.example.com/" }), ExitCode.NoRegion);
    assert.equal(codeOf(told), ExitCode.BadOptions);
    assert.deepEqual(readOptions({ ...told, [variables.timeoutSeconds]: "60", [variables.awsEndpointUrl]: "" }), {
      instanceId,
      region: "eu-central-1",
      timeoutSeconds: 60,
      serverSecretVersionId: undefined,
      awsEndpointUrl: undefined,
    });
  });
});
