import * as assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { type RecordOptions, record } from "../../preview/inProcess";
import { type ManifestResource, manifestJson, type Value } from "../../preview/manifest";

class Group extends pulumi.ComponentResource {
  constructor(type: string, name: string, opts?: pulumi.ComponentResourceOptions) {
    super(`shop:index:${type}`, name, {}, opts);
  }
}

/** The one resource of this name; fails if there is another. */
async function only(name: string, program: () => unknown, options?: RecordOptions): Promise<ManifestResource> {
  const found = (await record(program, options)).resources.filter((resource) => resource.name === name);
  assert.equal(found.length, 1, `resources of the name ${name}`);
  return found[0] as ManifestResource;
}

const symbols = { preview: false };
const unknowns = { preview: true };

describe("the engine", () => {
  describe("URNs", () => {
    it("chains the types of all parents and leaves the stack's out", async () => {
      const { resources } = await record(
        () => {
          const outer = new Group("Outer", "o");
          const inner = new Group("Inner", "i", { parent: outer });
          new aws.ec2.Vpc("net", {}, { parent: inner });
        },
        { project: "shop", stack: "dev" },
      );
      assert.deepEqual(
        resources.map(({ urn, parent }) => [urn, parent]),
        [
          [
            "urn:pulumi:dev::shop::shop:index:Outer$shop:index:Inner$aws:ec2/vpc:Vpc::net",
            "urn:pulumi:dev::shop::shop:index:Outer$shop:index:Inner::i",
          ],
          ["urn:pulumi:dev::shop::shop:index:Outer$shop:index:Inner::i", "urn:pulumi:dev::shop::shop:index:Outer::o"],
          ["urn:pulumi:dev::shop::shop:index:Outer::o", ""],
        ],
      );
    });

    it("refuses a second resource of the same URN, naming both lines", async () => {
      function twice() {
        new aws.ec2.Vpc("net");
        new aws.ec2.Vpc("net");
      }
      await assert.rejects(record(twice), (error: Error) => {
        const [, first, second] = /net .* at .*engine\.test\.ts:(\d+) and again at .*engine\.test\.ts:(\d+);/.exec(
          error.message,
        ) as RegExpExecArray;
        assert.equal(Number(second), Number(first) + 1, error.message);
        return true;
      });
    });
  });

  describe("computed outputs", () => {
    it("are symbols that say where they come from, also inside longer text", async () => {
      const { inputs } = await only("text", () => {
        const net = new aws.ec2.Vpc("net", { cidrBlock: "10.0.0.0/16" });
        const value = pulumi.interpolate`${net.id} ${net.arn} ${net.cidrBlock} ${net.mainRouteTableId}`;
        new aws.ec2.KeyPair("text", { publicKey: value });
      });
      assert.equal(inputs.publicKey, "‹net.id› ‹net.arn› 10.0.0.0/16 ‹net.mainRouteTableId›");
    });

    it("leave out what a deployment would leave out", async () => {
      const { outputs } = await record(() => {
        const net = new aws.ec2.Vpc("net", {});
        return { tenancy: net.instanceTenancy.apply(String) };
      });
      assert.deepEqual(outputs, { tenancy: "undefined" });
    });

    it("are lists where the class declares lists, and tags where it merges tags", async () => {
      const { outputs } = await record(() => {
        const host = new aws.ec2.Instance("host", { tags: { Owner: "ci" } });
        return { addresses: host.ipv6Addresses, tags: host.tagsAll };
      });
      assert.deepEqual(outputs, { addresses: ["‹host.ipv6Addresses›"], tags: { Owner: "ci" } });
    });

    it("exist for every property that the AWS, TLS and Command classes promise", async () => {
      const { outputs } = await record(() => ({
        aws: new aws.ec2.LaunchTemplate("t", {}).latestVersion,
        tls: new tls.PrivateKey("k", { algorithm: "ED25519" }).publicKeyOpenssh,
        command: new command.local.Command("c", {}).stdout,
      }));
      assert.deepEqual(outputs, { aws: "‹t.latestVersion›", tls: "‹k.publicKeyOpenssh›", command: "‹c.stdout›" });
    });

    it("name type and parents too where two resources share a name", async () => {
      const { outputs } = await record(() => {
        const net = new aws.ec2.Vpc("ci");
        const subnet = new aws.ec2.Subnet("ci", { vpcId: net.id }, { parent: new Group("Group", "g") });
        return { net: net.arn, subnet: subnet.arn, other: new aws.ec2.Vpc("other").arn };
      });
      assert.deepEqual(outputs, {
        net: "‹aws:ec2/vpc:Vpc::ci.arn›",
        subnet: "‹shop:index:Group$aws:ec2/subnet:Subnet::ci.arn›",
        other: "‹other.arn›",
      });
    });

    it("are unknown in preview mode, and functions of them don't run", async () => {
      let ran = false;
      const { outputs } = await record(() => {
        const net = new aws.ec2.Vpc("net", { cidrBlock: "10.0.0.0/16" });
        const computed = net.arn.apply((arn) => {
          ran = true;
          return arn;
        });
        return { id: net.id, computed, given: net.cidrBlock, dry: pulumi.runtime.isDryRun() };
      }, unknowns);
      assert.deepEqual(outputs, { id: "‹unknown›", computed: "‹unknown›", given: "10.0.0.0/16", dry: true });
      assert.equal(ran, false);
    });
  });

  describe("secrets", () => {
    it("never stand in the manifest, alone or inside other text", async () => {
      const manifest = await record(() => {
        const password = pulumi.secret("hunter2");
        const tags = { port: pulumi.secret(4711), nested: pulumi.secret({ inner: ["hunter2"] }) };
        new aws.ec2.KeyPair("p", {
          publicKey: pulumi.interpolate`user:${password}`,
          tags: tags as unknown as Record<string, pulumi.Input<string>>,
        });
        return { password, list: [password] };
      });
      const text = manifestJson(manifest);
      assert.doesNotMatch(text, /hunter2|4711/);
      assert.deepEqual(manifest.resources[0]?.inputs, {
        publicKey: "‹secret›",
        tags: { nested: { inner: ["‹secret›"] }, port: "‹secret›" },
      });
      assert.deepEqual(manifest.resources[0]?.secretInputs, ["publicKey", "tags.nested", "tags.port"]);
      assert.deepEqual(manifest.outputs, { list: ["‹secret›"], password: "‹secret›" });
    });

    it("do not stand in the symbol of a function's answer, nor pass for a symbol themselves", async () => {
      const { outputs } = await record(() => ({
        literal: pulumi.secret("‹hunter2›"),
        parameter: aws.ssm.getParameterOutput({ name: pulumi.secret("hunter2") }).value,
        image: aws.ec2.getAmiOutput({ owners: [pulumi.secret("hunter2")] }).id,
      }));
      assert.deepEqual(outputs, { image: "‹secret›", literal: "‹secret›", parameter: "‹secret›" });
    });

    it("stay secret on their way from an output to another resource's input", async () => {
      const { inputs, secretInputs } = await only("p", () => {
        const key = new tls.PrivateKey("key", { algorithm: "ED25519" });
        new aws.ec2.KeyPair("p", { publicKey: key.privateKeyPem, keyName: key.publicKeyPem });
      });
      assert.deepEqual(inputs, { keyName: "‹key.publicKeyPem›", publicKey: "‹key.privateKeyPem›" });
      assert.deepEqual(secretInputs, ["publicKey"]);
    });

    it("stay secret if the program itself adds them to the secret outputs", async () => {
      const { secretInputs } = await only("p", () => {
        const net = new aws.ec2.Vpc("net", {}, { additionalSecretOutputs: ["arn"] });
        new aws.ec2.KeyPair("p", { publicKey: net.arn, keyName: net.mainRouteTableId });
      });
      assert.deepEqual(secretInputs, ["publicKey"]);
    });

    it("cover the connection of a remote command as a whole", async () => {
      const { inputs, secretInputs } = await only("run", () => {
        const key = new tls.PrivateKey("key", { algorithm: "ED25519" });
        const connection = { host: "10.0.0.1", user: "ci", privateKey: key.privateKeyOpenssh };
        new command.remote.Command("run", { connection, create: "true" });
      });
      assert.deepEqual(secretInputs, ["connection"]);
      const { host, privateKey } = inputs.connection as Record<string, string>;
      assert.deepEqual({ host, privateKey }, { host: "‹secret›", privateKey: "‹key.privateKeyOpenssh›" });
    });
  });

  describe("outputs that a test supplies", () => {
    const outputsOf = async (type: string, name: string, inputs: Readonly<Record<string, Value>>) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return type === "tls:index/privateKey:PrivateKey"
        ? { privateKeyPem: `hunter2 of ${name}`, publicKeyPem: `${inputs.algorithm} of ${name}` }
        : undefined;
    };

    it("reach the program instead of symbols, and stay as secret as those", async () => {
      const seen: string[] = [];
      const manifest = await record(
        () => {
          const key = new tls.PrivateKey("key", { algorithm: "ED25519" });
          key.privateKeyPem.apply((pem) => seen.push(pem));
          new aws.ec2.KeyPair("p", { publicKey: key.privateKeyPem, keyName: key.publicKeyPem });
          return { pem: key.privateKeyPem, other: key.publicKeyOpenssh };
        },
        { outputsOf },
      );
      assert.deepEqual(seen, ["hunter2 of key"]);
      const { inputs, secretInputs } = manifest.resources.find(({ name }) => name === "p") as ManifestResource;
      assert.deepEqual(inputs, { keyName: "ED25519 of key", publicKey: "‹secret›" });
      assert.deepEqual(secretInputs, ["publicKey"]);
      assert.deepEqual(manifest.outputs, { other: "‹key.publicKeyOpenssh›", pem: "‹secret›" });
      assert.doesNotMatch(manifestJson(manifest), /hunter2/);
    });

    it("are made from the inputs with nothing hidden", async () => {
      const given: unknown[] = [];
      await record(
        () => {
          const key = new tls.PrivateKey("key", { algorithm: "ED25519" });
          new aws.ec2.KeyPair("p", { publicKey: key.privateKeyPem, tags: { list: pulumi.secret("a") } });
        },
        {
          outputsOf: async (type, name, inputs) => {
            given.push([name, inputs]);
            return outputsOf(type, name, inputs);
          },
        },
      );
      assert.deepEqual(given, [
        ["key", { algorithm: "ED25519" }],
        ["p", { publicKey: "hunter2 of key", tags: { list: "a" } }],
      ]);
    });

    it("fail the program with what the test throws", () =>
      assert.rejects(
        record(() => new tls.PrivateKey("key", { algorithm: "ED25519" }), {
          outputsOf: async () => {
            throw new Error("no such algorithm");
          },
        }),
        /no such algorithm/,
      ));
  });

  describe("what it records", () => {
    it("dependencies, as a whole and for each input", async () => {
      const { dependencies, propertyDependencies } = await only("p", () => {
        const net = new aws.ec2.Vpc("net");
        const key = new tls.PrivateKey("key", { algorithm: "ED25519" });
        new aws.ec2.KeyPair("p", { publicKey: net.arn }, { dependsOn: key });
      });
      const net = "urn:pulumi:stack::project::aws:ec2/vpc:Vpc::net";
      assert.deepEqual(dependencies, [net, "urn:pulumi:stack::project::tls:index/privateKey:PrivateKey::key"]);
      assert.deepEqual(propertyDependencies, { publicKey: [net] });
    });

    it("the options that were given, and none that were not", async () => {
      const plain = await only("net", () => new aws.ec2.Vpc("net"));
      assert.deepEqual(plain.options, {});
      const { options } = await only("net", () => {
        const other = new aws.ec2.Vpc("other");
        new aws.ec2.Vpc(
          "net",
          {},
          {
            protect: false,
            retainOnDelete: true,
            deleteBeforeReplace: true,
            ignoreChanges: ["tags"],
            replaceOnChanges: ["cidrBlock"],
            aliases: [
              { name: "old" },
              { parent: pulumi.rootStackResource, name: "older" },
              "urn:pulumi:a::b::c:d:E::f",
            ],
            import: "vpc-1",
            customTimeouts: { create: "5m" },
            deletedWith: other,
            replaceWith: [other],
            replacementTrigger: 2,
          },
        );
      });
      assert.deepEqual(options, {
        protect: false,
        retainOnDelete: true,
        deleteBeforeReplace: true,
        ignoreChanges: ["tags"],
        replaceOnChanges: ["cidrBlock"],
        aliases: ["name=old", "name=older parent=none", "urn:pulumi:a::b::c:d:E::f"],
        importId: "vpc-1",
        customTimeouts: { create: "5m" },
        deletedWith: "urn:pulumi:stack::project::aws:ec2/vpc:Vpc::other",
        replaceWith: ["urn:pulumi:stack::project::aws:ec2/vpc:Vpc::other"],
        replacementTrigger: 2,
      });
    });

    it("providers, on the resource and on the component that hands them down", async () => {
      const { resources } = await record(() => {
        const provider = new aws.Provider("eu", { region: "eu-central-1" });
        const group = new Group("Group", "g", { providers: [provider] });
        new aws.ec2.Vpc("net", {}, { parent: group });
      });
      const reference = "urn:pulumi:stack::project::pulumi:providers:aws::eu::‹eu.id›";
      const [net, , component] = resources;
      assert.equal(net?.name, "eu");
      assert.equal(resources.find(({ name }) => name === "net")?.options.provider, reference);
      assert.deepEqual(component?.options.providers ?? resources[1]?.options.providers, { aws: reference });
    });

    it("protection that a parent hands down to its children", async () => {
      const { options } = await only("net", () => {
        new aws.ec2.Vpc("net", {}, { parent: new Group("Group", "g", { protect: true, retainOnDelete: true }) });
      });
      assert.deepEqual(options, { protect: true, retainOnDelete: true });
    });

    it("what a component registers as its outputs", async () => {
      const { outputs, custom } = await only("c", () => {
        class Component extends pulumi.ComponentResource {
          constructor() {
            super("shop:index:Component", "c");
            this.registerOutputs({ arn: new aws.ec2.Vpc("net", {}, { parent: this }).arn, key: pulumi.secret("k") });
          }
        }
        new Component();
      });
      assert.deepEqual({ outputs, custom }, { outputs: { arn: "‹net.arn›", key: "‹secret›" }, custom: false });
    });

    it("resources that are only looked up, with the id", async () => {
      const { options, inputs } = await only("net", () => aws.ec2.Vpc.get("net", "vpc-1"));
      assert.deepEqual({ options, inputs }, { options: { readId: "vpc-1" }, inputs: {} });
    });
  });

  describe("functions of a provider", () => {
    it("answer with symbols that repeat what was asked for", async () => {
      const { outputs } = await record(
        () => ({
          ami: aws.ssm.getParameterOutput({ name: "/aws/ami" }).value,
          account: aws.getCallerIdentityOutput().accountId,
          region: aws.getRegionOutput().region,
          partition: aws.getPartitionOutput().partition,
          zones: aws.getAvailabilityZonesOutput().names,
        }),
        { config: { "aws:region": "cn-north-1" } },
      );
      assert.deepEqual(outputs, {
        ami: "‹ssm /aws/ami›",
        account: "‹account›",
        region: "cn-north-1",
        partition: "aws-cn",
        zones: ["cn-north-1a", "cn-north-1b", "cn-north-1c"],
      });
    });

    it("that the table lacks are refused by name, with the file to add them to", async () => {
      await assert.rejects(
        record(() => ({ id: aws.ec2.getVpcOutput({ default: true }).id })),
        /calls aws:ec2\/getVpc:getVpc, which the preview has no answer to: add one to preview\/invokes\.ts/,
      );
    });
  });

  it("refuses transforms instead of ignoring them", async () => {
    const transforms = [() => undefined];
    await assert.rejects(
      record(() => new aws.ec2.Vpc("net", {}, { transforms })),
      /registers a transform .* which the preview does not run/,
    );
  });

  it("reads the outputs of another stack from what it is given, and refuses a stack that isn't", async () => {
    const reading = () => ({ vpc: new pulumi.StackReference("org/network/dev").requireOutput("vpcId") });
    const { outputs } = await record(reading, { stackOutputs: { "org/network/dev": { vpcId: "vpc-1" } } });
    assert.deepEqual(outputs, { vpc: "vpc-1" });
    await assert.rejects(record(reading), /reads the outputs of the stack org\/network\/dev, which are not known/);
  });

  for (const mode of [symbols, unknowns]) {
    describe(`in process, ${mode.preview ? "with unknowns" : "with symbols"}`, () => {
      it("rejects with what the program throws", async () => {
        const boom = new Error("boom");
        await assert.rejects(
          record(() => {
            throw boom;
          }, mode),
          boom,
        );
      });

      it("rejects with what an asynchronous program throws", async () => {
        await assert.rejects(
          record(async () => {
            await Promise.resolve();
            throw new Error("boom");
          }, mode),
          /^Error: boom$/,
        );
      });

      it("rejects with what fails while a resource is registered", async () => {
        const failing = () => {
          const cidrBlock = pulumi.output("10.0.0.0/16").apply((): string => {
            throw new Error("boom");
          });
          new aws.ec2.Vpc("net", { cidrBlock });
        };
        await assert.rejects(record(failing, mode), /boom/);
      });

      it("rejects with the message of a ResourceError", async () => {
        const failing = () => {
          const group = new Group("Group", "g");
          throw new pulumi.ResourceError("zones must not be empty", group, true);
        };
        await assert.rejects(record(failing, mode), { message: "zones must not be empty" });
      });

      it("starts clean after a failure", async () => {
        await assert.rejects(
          record(() => {
            new aws.ec2.Vpc("net");
            throw new Error("boom");
          }, mode),
        );
        const { resources } = await record(() => new aws.ec2.Vpc("net"), mode);
        assert.deepEqual(
          resources.map(({ name }) => name),
          ["net"],
        );
      });

      it("leaves other listeners for rejections as they were", async () => {
        const before = process.rawListeners("unhandledRejection");
        await record(() => new aws.ec2.Vpc("net"), mode);
        assert.deepEqual(process.rawListeners("unhandledRejection"), before);
      });
    });
  }
});
