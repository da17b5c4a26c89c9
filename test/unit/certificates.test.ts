import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";
import { certificateProblems, DockerCertificates, type DockerCertificatesArgs } from "../../components";
import { daysToExpiry, renewsAt } from "../../components/certificateDates";
import { withCertificateDefaults } from "../../components/certificateDefaults";
import { readableOnlyBy, readSecret } from "../../components/policies";
import { violations } from "../../policy/violations";
import { record } from "../../preview/inProcess";
import { type ManifestResource, manifestJson } from "../../preview/manifest";
import { deviatingClients, deviatingServers, type Identity, type Issued, issued, leaf } from "../issued";
import { resource } from "../policy/fixture";
import { inputsOf, only, ownership } from "../resources";
import { TlsProvider } from "../tlsProvider";
import { isInstalled, unless } from "../unless";
import * as x509 from "../x509";

const args: DockerCertificatesArgs = {
  hostname: "docker.ci.internal",
  ipAddresses: ["10.64.9.10"],
  clients: ["runner-a", "runner-b"],
  tags: { CostCenter: "ci" },
};
const hour = 60 * 60 * 1000;
const day = 24 * hour;

const recorded = (changes: Partial<DockerCertificatesArgs> = {}) =>
  record(() => new DockerCertificates("docker", { ...args, ...changes }));
const componentOf = ({ manifest }: Issued) => only(manifest, "docker");

describe("DockerCertificates", () => {
  it("owns all that it creates", async () => {
    const leafOf = (name: string) => [
      `${name}-key-1: tls:index/privateKey:PrivateKey in ci-hosts:index:DockerCertificates`,
      `${name}-request: tls:index/certRequest:CertRequest in ci-hosts:index:DockerCertificates`,
      `${name}: tls:index/locallySignedCert:LocallySignedCert in ci-hosts:index:DockerCertificates`,
    ];
    const bundleOf = (name: string) => [
      `${name}-bundle-version: aws:secretsmanager/secretVersion:SecretVersion in ci-hosts:index:DockerCertificates`,
      `${name}-bundle: aws:secretsmanager/secret:Secret in ci-hosts:index:DockerCertificates`,
    ];
    assert.deepEqual(
      ownership(await recorded({ authorities: ["1", "2"] })),
      [
        ...["docker-ca-1", "docker-ca-2"].flatMap((name) => [
          `${name}-key: tls:index/privateKey:PrivateKey in ci-hosts:index:DockerCertificates`,
          `${name}: tls:index/selfSignedCert:SelfSignedCert in ci-hosts:index:DockerCertificates`,
        ]),
        ...["docker-server", "docker-host", "docker-client-runner-a", "docker-client-runner-b"].flatMap(leafOf),
        ...["docker-server", "docker-client-runner-a", "docker-client-runner-b"].flatMap(bundleOf),
        "docker: ci-hosts:index:DockerCertificates in the stack",
      ].sort(),
    );
  });

  it("makes the same resources when nothing is known yet", async () => {
    const program = () => void new DockerCertificates("docker", args);
    assert.deepEqual(ownership(await record(program, { preview: true })), ownership(await record(program)));
  });

  it("says in a preview where each output will come from", async () => {
    assert.deepEqual(only(await recorded(), "docker").outputs, {
      administratorArns: ["‹issuer of caller arn›"],
      authorityRenewsAt: "‹docker-ca-1.validityEndTime›",
      clientSecretArns: {
        "runner-a": "‹docker-client-runner-a-bundle.arn›",
        "runner-b": "‹docker-client-runner-b-bundle.arn›",
      },
      daysToExpiry: "‹docker-server.validityEndTime›",
      hostname: "docker.ci.internal",
      mitigations: ["tls-certificates", "tls-client-certificates"],
      renewsAt: "‹docker-server.validityEndTime›",
      serverSecretArn: "‹docker-server-bundle.arn›",
      serverSecretVersionId: "‹docker-server-bundle-version.versionId›",
    });
  });

  it("keeps each bundle in a secret that is deleted late, encrypted with the given key, and tagged", async () => {
    const kmsKeyArn = "arn:aws:kms:eu-central-1:111122223333:key/a";
    const manifest = await recorded({ kmsKeyArn });
    for (const name of ["docker-server-bundle", "docker-client-runner-a-bundle", "docker-client-runner-b-bundle"]) {
      const { policy, ...inputs } = inputsOf(manifest, name);
      assert.deepEqual(JSON.parse(String(policy)), readableOnlyBy([], ["‹issuer of caller arn›"]));
      assert.deepEqual(only(manifest, name).options.ignoreChanges, ["policy"], "or a refresh would undo its reader's");
      assert.deepEqual(inputs, {
        kmsKeyId: kmsKeyArn,
        recoveryWindowInDays: 7,
        tags: { CostCenter: "ci", Name: name },
      });
      assert.deepEqual(inputsOf(manifest, `${name}-version`), { secretId: `‹${name}.id›`, secretString: "‹secret›" });
    }
  });

  it("lets the given administrators read, instead of who deploys", async () => {
    const administratorArns = ["arn:aws:iam::111122223333:role/deploy"];
    const { outputs } = only(await recorded({ administratorArns }), "docker");
    assert.deepEqual(outputs.administratorArns, administratorArns);
  });

  it("keeps the rules, at the default and at every bound of its arguments", async () => {
    for (const changes of [
      {},
      { validityHours: 24, earlyRenewalHours: 1, authorityEarlyRenewalHours: 24, authorityValidityHours: 48 },
      { validityHours: 398 * 24, earlyRenewalHours: 398 * 24 - 1, authorityValidityHours: 10 * 366 * 24 },
    ]) {
      assert.deepEqual(violations(await recorded(changes)), []);
      const { manifest } = await issued({ ...args, ...changes });
      assert.deepEqual(violations(manifest), []);
    }
  });

  const refusals: [Partial<DockerCertificatesArgs>, RegExp][] = [
    [{ hostname: "10.64.9.10" }, /hostname: "10\.64\.9\.10"\n {4}must be the name that clients reach the daemon by/],
    [{ hostname: "*.ci.internal" }, /hostname: /],
    [{ hostname: "Docker.ci.internal" }, /hostname: /],
    [{ hostname: "localhost" }, /hostname: /],
    [{ hostname: "" }, /hostname: ""/],
    [{ ipAddresses: ["10.64.9.10", "10.64.9.256"] }, /ipAddresses\[1\]: "10\.64\.9\.256"\n {4}must be an IPv4/],
    [{ clients: [] }, /clients: \[\]\n {4}must name at least one/],
    [{ clients: ["runner-a", "Runner"] }, /clients\[1\]: "Runner"\n {4}must match/],
    [{ clients: ["a".repeat(32)] }, /clients\[0\]: /],
    [{ clients: ["a\n"] }, /clients\[0\]: /],
    [{ clients: ["runner-a", "runner-a"] }, /clients\[1\]: "runner-a"\n {4}stands at clients\[0\] already/],
    [{ authorities: [] }, /authorities: \[\]\n {4}must name at least one/],
    [{ authorities: ["1", "1"] }, /authorities\[1\]: "1"\n {4}stands at authorities\[0\] already/],
    [{ keyCurve: "P521" as "P384" }, /keyCurve: "P521"\n {4}must be one of P256, P384/],
    [
      { validityHours: 23 },
      /validityHours: 23\n {4}must be a whole number from 24 to 9552: .*\n {4}→ the nearest is 24/,
    ],
    [{ validityHours: 398 * 24 + 1 }, /validityHours: 9553\n/],
    [{ validityHours: Number.NaN }, /validityHours: /],
    [{ earlyRenewalHours: 0 }, /earlyRenewalHours: 0\n {4}must be a whole number from 1 /],
    [{ earlyRenewalHours: 2160 }, /earlyRenewalHours: 2160\n {4}must be below validityHours, 2160: .*\n.* 720/],
    [{ authorityValidityHours: 10 * 366 * 24 + 1 }, /authorityValidityHours: 87841\n/],
    [
      { authorityValidityHours: 8760 },
      /authorityEarlyRenewalHours: 8760\n {4}must be below authorityValidityHours, 8760.*\n.* lower it to 2160/,
    ],
    [
      { authorityValidityHours: 2000 },
      /1 mistake .*\n {2}authorityValidityHours: 2000\n {4}must be above validityHours, 2160: .*\n.* take 4320/,
    ],
    [
      { authorityEarlyRenewalHours: 2159 },
      /authorityEarlyRenewalHours: 2159\n.*: else a certificate can outlive its CA/,
    ],
    [{ administratorArns: [] }, /administratorArns: \[\]\n {4}must name who deploys/],
    [
      { administratorArns: ["arn:aws:sts::111122223333:assumed-role/deploy/session"] },
      /administratorArns\[0\]: .*\n {4}must be the ARN of one IAM role or user, not of a session/,
    ],
    [{ administratorArns: ["arn:aws:iam::111122223333:role/*"] }, /administratorArns\[0\]: /],
  ];
  for (const [changes, message] of refusals) {
    it(`refuses ${JSON.stringify(changes)}`, () => assert.rejects(recorded(changes), message));
  }

  it("refuses an administrator that turns out to be everybody", () =>
    assert.rejects(
      recorded({ administratorArns: [pulumi.output("*")] }),
      /a reader: "\*"\n {4}must be the ARN of one IAM role or user/,
    ));

  it("names all mistakes at once, before it registers anything", async () => {
    const registered: string[] = [];
    const program = () =>
      new DockerCertificates("docker", { hostname: "", clients: [], validityHours: 1, earlyRenewalHours: 0 });
    const outputsOf = async (_: string, name: string) => void registered.push(name);
    await assert.rejects(
      record(program, { outputsOf }),
      /^RefusedError: 4 mistakes in DockerCertificates docker:|4 mistakes in/,
    );
    assert.deepEqual(registered, []);
  });

  it("refuses a name that leaves certificates none", () =>
    assert.rejects(
      record(() => new DockerCertificates("d".repeat(50), args)),
      /name: "d{50}-client-runner-a"\n {4}is a common name of 66 characters, and X\.509 has room for 64/,
    ));

  it("takes what is not known yet for addresses and administrators", async () => {
    const later = pulumi.output("10.64.9.11");
    const { server } = await issued(
      () =>
        new DockerCertificates("docker", { ...args, ipAddresses: [later, "127.0.0.1"], administratorArns: [later] }),
    );
    assert.equal(
      new X509Certificate(server.cert).subjectAltName,
      "DNS:docker.ci.internal, DNS:localhost, IP Address:127.0.0.1, IP Address:10.64.9.11",
    );
  });
});

describe("the certificates", () => {
  for (const [keyCurve, nodeCurve, signature] of [
    [undefined, "prime256v1", "SHA-256"],
    ["P384", "secp384r1", "SHA-384"],
  ] as const) {
    describe(`on ${keyCurve ?? "the default curve"}`, () => {
      let made: Issued;
      let leaves: Record<string, Identity>;
      const authority = () => made.authorities[0] as Identity;
      before(async () => {
        made = await issued({ ...args, ...(keyCurve === undefined ? {} : { keyCurve }) });
        const { server, clients } = made;
        leaves = { server, host: { cert: server.clientCert, key: server.clientKey }, ...clients };
      });

      it("have the curve, and keys that belong to them, in PKCS #8", () => {
        for (const { cert, key } of [authority(), ...Object.values(leaves)]) {
          assert.match(key, /^-----BEGIN PRIVATE KEY-----\n/);
          const privateKey = createPrivateKey(key);
          assert.equal(privateKey.asymmetricKeyDetails?.namedCurve, nodeCurve);
          assert.ok(new X509Certificate(cert).checkPrivateKey(privateKey));
          assert.deepEqual(new x509.X509Certificate(cert).signatureAlgorithm.hash, { name: signature });
        }
      });

      it("have no key and no serial number in common", () => {
        const all = [authority(), ...Object.values(leaves)];
        assert.equal(new Set(all.map(({ key }) => key)).size, all.length);
        assert.equal(new Set(all.map(({ cert }) => new X509Certificate(cert).serialNumber)).size, all.length);
      });

      it("are for one use each, and say nothing else", () => {
        const uses = { server: ["1.3.6.1.5.5.7.3.1"], client: ["1.3.6.1.5.5.7.3.2"] };
        for (const [name, { cert }] of Object.entries(leaves)) {
          const extensions = extensionsOf(cert);
          assert.deepEqual(
            Object.entries(extensions).map(([type, { critical }]) => `${type}${critical ? "!" : ""}`),
            [
              "KeyUsages!",
              "ExtendedKeyUsage",
              "BasicConstraints!",
              "SubjectKeyIdentifier",
              "AuthorityKeyIdentifier",
              ...(name === "server" ? ["SubjectAlternativeName"] : []),
            ],
          );
          assert.equal(extensions.KeyUsages?.usages, x509.KeyUsageFlags.digitalSignature);
          assert.deepEqual(
            Array.from(extensions.ExtendedKeyUsage?.usages as string[]),
            name === "server" ? uses.server : uses.client,
          );
          assert.deepEqual(new X509Certificate(cert).keyUsage, name === "server" ? uses.server : uses.client);
          assert.equal(extensions.BasicConstraints?.ca, false);
          assert.equal(new X509Certificate(cert).ca, false);
        }
      });

      it("come from a CA that signs leaves alone", () => {
        const extensions = extensionsOf(authority().cert);
        assert.deepEqual(
          Object.entries(extensions).map(([type, { critical }]) => `${type}${critical ? "!" : ""}`),
          ["KeyUsages!", "BasicConstraints!", "SubjectKeyIdentifier", "AuthorityKeyIdentifier"],
        );
        const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
        assert.equal(extensions.KeyUsages?.usages, keyCertSign | cRLSign);
        assert.deepEqual([extensions.BasicConstraints?.ca, extensions.BasicConstraints?.pathLength], [true, 0]);
      });

      it("point to the CA by its key identifier", async () => {
        const ca = new x509.X509Certificate(authority().cert);
        const identifier = hex(await ca.publicKey.getKeyIdentifier());
        for (const { cert } of [authority(), ...Object.values(leaves)]) {
          const { SubjectKeyIdentifier, AuthorityKeyIdentifier } = extensionsOf(cert);
          assert.equal(AuthorityKeyIdentifier?.keyId, identifier);
          const own = await new x509.X509Certificate(cert).publicKey.getKeyIdentifier();
          assert.equal(SubjectKeyIdentifier?.keyId, hex(own));
        }
      });

      it("bear the names that the daemon is reached by, on the server alone", () => {
        for (const [name, { cert }] of Object.entries(leaves)) {
          assert.equal(
            new X509Certificate(cert).subjectAltName,
            name === "server"
              ? "DNS:docker.ci.internal, DNS:localhost, IP Address:127.0.0.1, IP Address:10.64.9.10"
              : undefined,
          );
        }
        const server = new X509Certificate(made.server.cert);
        assert.ok(server.checkHost("docker.ci.internal", { subject: "never" }));
        assert.ok(!server.checkHost("another.ci.internal"));
        assert.ok(server.checkIP("10.64.9.10"));
        assert.ok(!server.checkIP("10.64.9.11"));
      });

      it("name who it is", () => {
        assert.deepEqual(
          Object.values(leaves).map(({ cert }) => new X509Certificate(cert).subject),
          ["CN=docker-server", "CN=docker-host", "CN=docker-client-runner-a", "CN=docker-client-runner-b"],
        );
        assert.equal(new X509Certificate(authority().cert).subject, "CN=docker-ca-1");
      });

      it("are signed by the CA, in chains that strict verifiers take", async function () {
        const ca = new X509Certificate(made.server.ca);
        for (const { cert } of Object.values(leaves)) {
          const parsed = new X509Certificate(cert);
          assert.ok(parsed.checkIssued(ca) && parsed.verify(ca.publicKey));
          assert.ok(
            await new x509.X509Certificate(cert).verify({ publicKey: new x509.X509Certificate(made.server.ca) }),
          );
        }
        unless(this, isInstalled("openssl"), "openssl is not installed");
        for (const [name, { cert }] of Object.entries(leaves)) {
          const purpose = name === "server" ? "sslserver" : "sslclient";
          assert.equal(opensslVerify(made.server.ca, cert, purpose), "OK");
          assert.notEqual(
            opensslVerify(made.server.ca, cert, purpose === "sslserver" ? "sslclient" : "sslserver"),
            "OK",
          );
        }
      });
    });
  }

  it("are valid for 90 days, the CA for five years, from the deployment on", async () => {
    const now = new Date("2026-03-01T12:00:00Z");
    const made = await issued(args, { provider: new TlsProvider({ now }) });
    const days = (cert: string) => {
      const { notBefore, notAfter } = new x509.X509Certificate(cert);
      assert.deepEqual(notBefore, now);
      return (notAfter.getTime() - notBefore.getTime()) / day;
    };
    assert.deepEqual([made.server.cert, made.server.clientCert].map(days), [90, 90]);
    assert.deepEqual(
      Object.values(made.clients).map(({ cert }) => days(cert)),
      [90, 90],
    );
    assert.equal(days(made.server.ca), 5 * 365);
    const { renewsAt, authorityRenewsAt } = componentOf(made).outputs;
    assert.deepEqual([renewsAt, authorityRenewsAt], ["2026-04-30T12:00:00Z", "2030-02-28T12:00:00Z"]);
  });

  it("say how long the first of them lasts", async () => {
    const provider = new TlsProvider({ now: new Date(Date.now() - 10.5 * day) });
    await issued({ ...args, clients: ["runner-a"] }, { provider });
    provider.now = new Date();
    const { daysToExpiry } = componentOf(await issued(args, { provider })).outputs;
    assert.equal(daysToExpiry, 79);
  });

  it("hold up without a path length, too, which a provider may drop when it is 0", async function () {
    const made = await issued(args, { provider: new TlsProvider({ keepsZeroPathLength: false }) });
    assert.equal(extensionsOf(made.server.ca).BasicConstraints?.pathLength, undefined);
    unless(this, isInstalled("openssl"), "openssl is not installed");
    assert.equal(opensslVerify(made.server.ca, made.server.cert, "sslserver"), "OK");
  });
});

describe("the bundles", () => {
  let made: Issued;
  before(async () => {
    made = await issued({ ...args, authorities: ["2", "1"] });
  });

  it("hold the files that a daemon, its host and a client need", () => {
    assert.deepEqual(Object.keys(made.server), ["ca", "cert", "key", "clientCert", "clientKey"]);
    for (const bundle of Object.values(made.clients)) {
      assert.deepEqual(Object.keys(bundle), ["ca", "cert", "key"]);
    }
  });

  it("hold every trusted CA, the one that issues first", () => {
    const both = made.authorities.map(({ cert }) => cert).join("");
    assert.deepEqual(
      made.authorities.map(({ name }) => name),
      ["2", "1"],
    );
    assert.deepEqual(
      [made.server, ...Object.values(made.clients)].map(({ ca }) => ca),
      [both, both, both],
    );
  });

  it("are secret, and so is every private key, from end to end", () => {
    const { manifest, authorities, server, clients } = made;
    const secretInputs = new Map<string, readonly string[]>([
      ["tls:index/certRequest:CertRequest", ["privateKeyPem"]],
      ["tls:index/locallySignedCert:LocallySignedCert", ["caPrivateKeyPem"]],
      ["tls:index/selfSignedCert:SelfSignedCert", ["privateKeyPem"]],
      ["aws:secretsmanager/secretVersion:SecretVersion", ["secretString"]],
    ]);
    for (const { name, type, ...resource } of manifest.resources) {
      assert.deepEqual(resource.secretInputs, secretInputs.get(type) ?? [], name);
    }
    const text = manifestJson(manifest);
    assert.doesNotMatch(text, /PRIVATE KEY/);
    for (const key of [...authorities, server, ...Object.values(clients)].flatMap(({ key }) => key.split("\n"))) {
      assert.ok(key.startsWith("-----") || key === "" || !text.includes(key), "a line of a private key");
    }
    assert.ok(!text.includes(server.clientKey.split("\n")[1] ?? ""));
  });

  it("let a client and the daemon shake hands", async () => {
    for (const [name, client] of Object.entries(made.clients)) {
      assert.equal(await handshake(made.server, client, made.server.ca), `CN=docker-client-${name}`);
    }
    const host = { cert: made.server.clientCert, key: made.server.clientKey };
    assert.equal(await handshake(made.server, { ...host, ca: made.server.ca }, made.server.ca), "CN=docker-host");
  });

  it("keep out every client that deviates", async () => {
    const { ca } = made.server;
    const deviating = await deviatingClients(made);
    for (const [how, client] of Object.entries(deviating)) {
      await assert.rejects(handshake(made.server, { ...client, ca }, ca), Error, how);
    }
    await assert.rejects(handshake(made.server, { ca }, ca), Error, "none");
  });

  it("keep clients from every server that deviates", async () => {
    const client = made.clients["runner-a"];
    assert.ok(client !== undefined);
    for (const [how, server] of Object.entries(await deviatingServers(made))) {
      await assert.rejects(handshake(server, client, made.server.ca), Error, how);
    }
  });
});

describe("clients", () => {
  const clientOf = (client: string) => (candidate: ManifestResource) =>
    candidate.name.startsWith(`docker-client-${client}`);

  it("come and go without a change to any other's resources", async () => {
    const provider = new TlsProvider();
    const steps = [["b"], ["a", "b", "c"], ["c", "b"], ["b"]];
    const seen: unknown[] = [];
    const ofEach = new Map<string, string>();
    for (const clients of steps) {
      const made = await issued({ ...args, clients }, { provider });
      const others = made.manifest.resources.filter(
        (candidate) => candidate.custom && !["a", "c"].some((client) => clientOf(client)(candidate)),
      );
      seen.push([others.map(({ source: _, ...rest }) => rest), made.server, made.clients.b]);
      for (const [client, { key }] of Object.entries(made.clients)) {
        ofEach.set(client, `${ofEach.get(client) ?? ""}${key}`);
      }
    }
    for (const later of seen) {
      assert.deepEqual(later, seen[0]);
    }
  });

  it("that come back get another key", async () => {
    const provider = new TlsProvider();
    const key = async (clients: string[]) => (await issued({ ...args, clients }, { provider })).clients.a?.key;
    const first = await key(["a", "b"]);
    await key(["b"]);
    assert.notEqual(await key(["a", "b"]), first);
  });
});

describe("renewal", () => {
  it("happens with the first deployment from renewsAt on, with no other change", async () => {
    const start = Date.parse("2026-03-01T12:00:00Z");
    const provider = new TlsProvider({ now: new Date(start) });
    const first = await issued(args, { provider });
    const renewal = Date.parse(String(componentOf(first).outputs.renewsAt));

    provider.now = new Date(renewal - 1000);
    assert.deepEqual((await issued(args, { provider })).server, first.server);

    provider.now = new Date(renewal);
    const renewed = await issued(args, { provider });
    assert.equal(renewed.server.ca, first.server.ca);
    assert.deepEqual([renewed.server.key, renewed.server.clientKey], [first.server.key, first.server.clientKey]);
    for (const before of [
      first.server.cert,
      first.server.clientCert,
      ...Object.values(first.clients).map((c) => c.cert),
    ]) {
      assert.ok(!JSON.stringify([renewed.server, renewed.clients]).includes(JSON.stringify(before).slice(1, -1)));
    }
    assert.equal(componentOf(renewed).outputs.renewsAt, renewsAt([new Date(renewal + 90 * day).toISOString()], 720));
  });

  it("of a CA keeps its key, so that those one step apart still trust each other", async () => {
    const provider = new TlsProvider({ now: new Date("2026-03-01T12:00:00Z") });
    const first = await issued(args, { provider });
    provider.now = new Date(String(componentOf(first).outputs.authorityRenewsAt));
    const renewed = await issued(args, { provider });
    assert.notEqual(renewed.server.ca, first.server.ca);
    assert.equal(renewed.authorities[0]?.key, first.authorities[0]?.key);
    trustEachOther(renewed, renewed);
    assert.deepEqual(issuersIn(first.server.ca, renewed.server.cert), ["CN=docker-ca-1"]);
    assert.deepEqual(issuersIn(renewed.server.ca, first.server.cert), ["CN=docker-ca-1"]);
  });

  it("leaves no certificate that outlives its CA, whenever deployments happen", async () => {
    const validityHours = 398 * 24;
    const provider = new TlsProvider({ now: new Date("2026-03-01T12:00:00Z") });
    const lasting = { ...args, clients: ["runner-a"], validityHours, authorityValidityHours: 2 * validityHours };
    for (let deployment = 0; deployment < 9; deployment += 1) {
      const { server } = await issued(lasting, { provider });
      const end = (pem: string) => Date.parse(new X509Certificate(pem).validTo);
      assert.ok(end(server.cert) <= end(server.ca), `at deployment ${deployment}`);
      provider.now = new Date(provider.now.getTime() + 61 * day);
    }
  }).timeout(120_000);

  it("follows validity and early renewal, wherever they lie", async () => {
    const start = Date.parse("2026-03-01T00:00:00Z");
    const hours = fc.integer({ min: -1, max: 10_000 });
    await fc.assert(
      fc.asyncProperty(hours, hours, fc.nat({ max: 12_000 }), async (validityHours, earlyRenewalHours, passed) => {
        const problems = certificateProblems({ validityHours, earlyRenewalHours });
        const isSound =
          validityHours >= 24 && validityHours <= 9552 && earlyRenewalHours >= 1 && earlyRenewalHours < validityHours;
        assert.equal(problems.length === 0, isSound);
        const given = { validityPeriodHours: validityHours, earlyRenewalHours };
        const broken = violations({
          resources: [resource("tls:index/locallySignedCert:LocallySignedCert", "leaf", given)],
        });
        if (!isSound) {
          return;
        }
        assert.deepEqual(broken, []);

        const provider = new TlsProvider({ now: new Date(start) });
        const key = { algorithm: "ECDSA", ecdsaCurve: "P256" };
        const { privateKeyPem } = (await provider.outputsOf("tls:index/privateKey:PrivateKey", "key", key)) ?? {};
        const inputs = { privateKeyPem: String(privateKeyPem), subject: { commonName: "leaf" }, ...given };
        const deploy = async () => {
          const outputs = await provider.outputsOf("tls:index/selfSignedCert:SelfSignedCert", "leaf", inputs);
          return String(outputs?.validityEndTime);
        };
        const end = await deploy();
        assert.equal(Date.parse(end), start + validityHours * hour);
        const renewal = Date.parse(renewsAt([end], earlyRenewalHours));
        assert.ok(start < renewal && renewal < Date.parse(end));
        const now = start + passed * hour;
        assert.equal(daysToExpiry([end], now), Math.floor((validityHours - passed) / 24));
        provider.now = new Date(now);
        assert.equal((await deploy()) === end, now < renewal);
      }),
      { numRuns: 300 },
    );
  });

  it("has defaults that are sound for every validity", () => {
    fc.assert(
      fc.property(fc.integer({ min: 24, max: 9552 }), (validityHours) => {
        assert.deepEqual(certificateProblems({ validityHours }), []);
        const { earlyRenewalHours } = withCertificateDefaults({ validityHours });
        assert.ok(earlyRenewalHours >= 8 && earlyRenewalHours <= 720);
      }),
    );
  });
});

describe("daysToExpiry and renewsAt", () => {
  const now = Date.parse("2026-03-01T12:00:00Z");

  it("go by the certificate that ends first, in whatever time zone the provider says it", () => {
    const ends = ["2026-03-11T12:00:00Z", "2026-03-04T13:59:59.5+02:00", "2026-03-05T12:00:00Z"];
    assert.equal(daysToExpiry(ends, now), 2);
    assert.equal(renewsAt(ends, 24), "2026-03-03T11:59:59Z");
    assert.equal(daysToExpiry(["2026-03-04T12:00:00Z"], now), 3);
  });

  it("count below 0 once one has ended", () => assert.equal(daysToExpiry(["2026-03-01T11:59:59Z"], now), -1));

  it("leave alone what is no time, even where a lenient reader sees a date in it", () => {
    for (const symbol of [
      "‹ci-1.validityEndTime›",
      "‹docker-server.validityEndTime›",
      "soon 1",
      "2026-13-01T00:00:00Z",
    ]) {
      assert.equal(daysToExpiry(["2026-03-11T12:00:00Z", symbol], now), symbol);
      assert.equal(renewsAt(["2026-03-11T12:00:00Z", symbol], 24), symbol);
    }
  });
});

describe("the rotation of a CA with an overlap", () => {
  it("never parts hosts and clients that are one step apart", async () => {
    const provider = new TlsProvider();
    const steps: Issued[] = [];
    for (const authorities of [["1"], ["1", "2"], ["2", "1"], ["2"]]) {
      steps.push(await issued({ ...args, authorities }, { provider }));
    }
    const [before, both, switched, after] = steps as [Issued, Issued, Issued, Issued];
    for (const [first, second] of [
      [before, both],
      [both, switched],
      [switched, after],
    ] as const) {
      trustEachOther(first, second);
      trustEachOther(second, first);
    }
    assert.equal(both.server.cert, before.server.cert, "a further CA issues nothing yet");
    assert.equal(after.server.cert, switched.server.cert, "to trust one less issues nothing");
    assert.deepEqual(
      steps.map(({ server }) => new X509Certificate(server.cert).issuer),
      ["CN=docker-ca-1", "CN=docker-ca-1", "CN=docker-ca-2", "CN=docker-ca-2"],
    );
    const keys = ({ server, clients }: Issued) => [server, ...Object.values(clients)].map(({ key }) => key);
    const allKeys = (step: Issued) => [...keys(step), step.server.clientKey];
    assert.deepEqual(allKeys(both), allKeys(before));
    assert.deepEqual(allKeys(after), allKeys(switched));
    assert.deepEqual(
      allKeys(switched).filter((key) => allKeys(before).includes(key)),
      [],
      "whoever was root on a host has its keys: none is that of another CA's certificate",
    );
    const ends = ({ authorities }: Issued) => authorities.map(({ name }) => name);
    assert.deepEqual(steps.map(ends), [["1"], ["1", "2"], ["2", "1"], ["2"]]);
  });

  it("is needed: at one stroke both sides turn each other away", async () => {
    const provider = new TlsProvider();
    const before = await issued(args, { provider });
    const after = await issued({ ...args, authorities: ["2"] }, { provider });
    assert.throws(() => trustEachOther(before, after));
    assert.throws(() => trustEachOther(after, before));
  });

  it("ends the trust in what the old CA signed", async () => {
    const provider = new TlsProvider();
    const before = await issued({ ...args, authorities: ["1", "2"] }, { provider });
    const after = await issued({ ...args, authorities: ["2"] }, { provider });
    const [old] = before.authorities;
    assert.ok(old !== undefined);
    const stolen = await leaf({ issuer: old });
    assert.deepEqual(issuersIn(before.server.ca, stolen.cert), ["CN=docker-ca-1"]);
    assert.deepEqual(issuersIn(after.server.ca, stolen.cert), []);
  });
});

describe("who reads a bundle", () => {
  it("is its reader and the administrators, whatever else is allowed", () => {
    const reader = "arn:aws:iam::111122223333:role/reader";
    const deploy = "arn:aws:iam::111122223333:role/deploy";
    assert.deepEqual(readableOnlyBy([reader, deploy], [deploy]), {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "NobodyElseReads",
          Effect: "Deny",
          Principal: "*",
          Action: "secretsmanager:GetSecretValue",
          Resource: "*",
          Condition: { ArnNotEquals: { "aws:PrincipalArn": [deploy, reader] } },
        },
      ],
    });
  });

  it("needs a statement for that one secret", () =>
    assert.deepEqual(readSecret("arn:secret"), [
      { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: ["arn:secret"] },
    ]));
});

/** By the name of their class, in the order of the certificate. */
function extensionsOf(cert: string) {
  type Read = x509.Extension & {
    usages?: unknown;
    ca?: boolean;
    pathLength?: number;
    keyId?: string;
  };
  const entries = new x509.X509Certificate(cert).extensions.map((extension): [string, Read] => [
    extension.constructor.name.replace(/Extension$/, ""),
    extension,
  ]);
  return Object.fromEntries(entries);
}

function hex(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString("hex");
}

/** The CAs of a bundle that signed a certificate, as far as a verifier can tell. */
function issuersIn(ca: string, cert: string): string[] {
  const parsed = new X509Certificate(cert);
  return (ca.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? [])
    .map((pem) => new X509Certificate(pem))
    .filter((authority) => parsed.checkIssued(authority) && parsed.verify(authority.publicKey))
    .map(({ subject }) => subject);
}

/** Clients of one step, a host of the other. */
function trustEachOther(host: Issued, clients: Issued): void {
  for (const client of Object.values(clients.clients)) {
    assert.equal(issuersIn(host.server.ca, client.cert).length, 1, "the host trusts the client");
    assert.equal(issuersIn(client.ca, host.server.cert).length, 1, "the client trusts the host");
  }
}

/** `OK`, or OpenSSL's reasons; in its strict mode, with nothing but this CA. */
function opensslVerify(ca: string, cert: string, purpose: "sslserver" | "sslclient"): string {
  const directory = mkdtempSync(join(tmpdir(), "certificates-"));
  try {
    writeFileSync(join(directory, "ca.pem"), ca);
    writeFileSync(join(directory, "cert.pem"), cert);
    const command = ["verify", "-x509_strict", "-purpose", purpose, "-no-CApath", "-no-CAstore", "-CAfile", "ca.pem"];
    const { stdout, stderr } = spawnSync("openssl", [...command, "cert.pem"], { cwd: directory, encoding: "utf8" });
    return stdout.trim() === "cert.pem: OK" ? "OK" : stdout + stderr;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The name of the client whose request a server answered that takes clients of `clientCa`; rejects if one says no. */
async function handshake(
  server: Identity,
  client: Partial<Identity> & { readonly ca: string },
  clientCa: string,
): Promise<string> {
  const listener = createServer({
    cert: server.cert,
    key: server.key,
    ca: clientCa,
    requestCert: true,
    rejectUnauthorized: true,
  });
  // Under TLS 1.3 a client may send before it learns that it is turned away: what counts is the answer.
  listener.on("secureConnection", (socket: TLSSocket) => {
    socket.on("error", () => {});
    socket.end(new X509Certificate(socket.getPeerCertificate(true).raw).subject);
  });
  listener.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as { port: number };
  try {
    return await new Promise<string>((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", servername: args.hostname, ...client });
      let answer = "";
      socket.setEncoding("utf8");
      socket.on("data", (text) => {
        answer += text;
      });
      socket.on("error", reject);
      socket.on("close", () => (answer === "" ? reject(new Error("no answer")) : resolve(answer)));
    });
  } finally {
    listener.close();
  }
}
