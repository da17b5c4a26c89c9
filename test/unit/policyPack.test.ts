import * as assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { credentials } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Resource } from "../../policy/rule";
import { rules } from "../../policy/violations";
import { previewStacks } from "../../preview/stacks";
import { fixtures } from "../policy";
import { instanceType, resource } from "../policy/fixture";

const root = join(__dirname, "../..");

/** How Pulumi says that a text is not known yet. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const askSecretMarks = ["private-keys-secret", "judged-in-the-open"];

describe("the policy pack, served as Pulumi does it", function () {
  this.timeout(120_000);
  let server: ChildProcess;
  let client: AnalyzerClient;

  before(async () => {
    const program = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    const directory = join(root, "policy");
    server = spawn(process.execPath, [program, "127.0.0.1:1", directory], {
      cwd: directory,
      stdio: ["ignore", "pipe", "inherit"],
    });
    assert.ok(server.stdout);
    const [port] = await Promise.race([
      once(server.stdout.setEncoding("utf8"), "data"),
      once(server, "exit").then(() => assert.fail("the pack did not start")),
    ]);
    client = new AnalyzerClient(`127.0.0.1:${String(port).trim()}`, credentials.createInsecure());
  });

  after(() => {
    client?.close();
    server?.kill();
  });

  /** What it says about a stack, `rule on resource`: each resource by itself, then all of them. */
  async function said(resources: readonly Resource[]): Promise<string[]> {
    const analyze = promisify<messages.AnalyzeRequest, messages.AnalyzeResponse>(client.analyze.bind(client));
    const analyzeStack = promisify<messages.AnalyzeStackRequest, messages.AnalyzeResponse>(
      client.analyzeStack.bind(client),
    );
    const each = await Promise.all(resources.map((one) => analyze(filled(new messages.AnalyzeRequest(), one))));
    const all = await analyzeStack(new messages.AnalyzeStackRequest().setResourcesList(resources.map(inStack)));
    const nameOf = (urn: string) => resources.find((one) => one.urn === urn)?.name;
    return [
      ...each.flatMap((answer, index) =>
        answer.getDiagnosticsList().map((one) => `${one.getPolicyname()} on ${resources[index]?.name}`),
      ),
      ...all.getDiagnosticsList().map((one) => `${one.getPolicyname()} on ${nameOf(one.getUrn())}`),
    ];
  }

  it("has every rule but those that ask for secret marks, and lets the severe ones stop a deployment", async () => {
    const info = await promisify<Empty, messages.AnalyzerInfo>(client.getAnalyzerInfo.bind(client))(new Empty());
    const { MANDATORY, ADVISORY } = messages.EnforcementLevel;
    assert.deepEqual(
      info.getPoliciesList().map((policy) => [policy.getName(), policy.getEnforcementlevel()]),
      rules
        .filter(({ id }) => !askSecretMarks.includes(id))
        .map(({ id, severity }) => [id, severity === "critical" || severity === "high" ? MANDATORY : ADVISORY]),
    );
  });

  it("has nothing to say about a committed stack", async () => {
    const [staging] = await previewStacks(root, ["staging"]);
    assert.ok(staging && staging.resources.length > 40);
    assert.deepEqual(await said(staging.resources), []);
  });

  for (const { id } of rules.filter(({ id }) => !askSecretMarks.includes(id))) {
    it(`names ${id} where it is broken`, async () => {
      const [broken] = fixtures[id]?.breaks ?? [];
      assert.ok(broken);
      const [, at, ...resources] = broken;
      const expected = `${id} on ${at.slice(0, at.indexOf(":"))}`;
      assert.ok((await said(resources)).includes(expected), expected);
    });
  }

  it("judges what is known of a resource, and nothing that is not", async () => {
    const host = resource(instanceType, "host", {
      userData: unknown,
      rootBlockDevice: unknown,
      metadataOptions: { httpTokens: "optional", httpPutResponseHopLimit: unknown },
    });
    assert.deepEqual(await said([host]), ["imds-v2-only on host"]);
  });
});

function filled<T extends messages.AnalyzeRequest | messages.AnalyzerResource>(message: T, one: Resource): T {
  message.setUrn(one.urn);
  message.setType(one.type);
  message.setName(one.name);
  message.setProperties(Struct.fromJavaScript(one.inputs as Record<string, JavaScriptValue>));
  message.setOptions(new messages.AnalyzerResourceOptions());
  return message;
}

function inStack(one: Resource): messages.AnalyzerResource {
  const message = filled(new messages.AnalyzerResource(), one);
  for (const [input, urns] of Object.entries(one.propertyDependencies)) {
    const links = new messages.AnalyzerPropertyDependencies().setUrnsList([...urns]);
    message.getPropertydependenciesMap().set(input, links);
  }
  return message;
}
