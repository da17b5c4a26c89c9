import * as assert from "node:assert/strict";
import { join } from "node:path";
import { TlsDockerHost } from "../../components";
import { record } from "../../preview/inProcess";
import { inputsOf } from "../resources";
import { unless } from "../unless";
import { clients, isAnswered } from "./daemon/clients";
import { Daemon } from "./daemon/daemon";
import { clientImage } from "./daemon/image";
import { daemonObstacle } from "./daemon/obstacle";
import { bundle, hostname, listening, port, Scene, vpcCidr } from "./daemon/scene";
import { nftRuleset, type SecurityGroupInputs } from "./daemon/securityGroup";
import { answered, refused, said } from "./daemon/verdicts";
import { card, type Place } from "./daemon/vpc";

const prefixLists = { "pl-5a1c0de": ["198.51.100.0/24"] };

/** What listens on the host beside its Docker, so that its silence is the security group's. */
const furtherPorts = [
  "tcp/22",
  "tcp/80",
  "tcp/443",
  "tcp/2375",
  "tcp/2377",
  "tcp/5000",
  "tcp/9323",
  "tcp/65535",
  "udp/2376",
];

const clientEnvironment = {
  DOCKER_HOST: `tcp://${hostname}:${port}`,
  DOCKER_TLS_VERIFY: "1",
  DOCKER_CERT_PATH: "/run/docker-client",
};

/** The security group of the Docker host, as the component registers it. */
async function securityGroup(): Promise<SecurityGroupInputs> {
  const manifest = await record(
    () =>
      new TlsDockerHost("docker", {
        vpcId: "vpc-1",
        vpcCidr,
        subnetId: "subnet-1",
        zone: "eu-central-1a",
        clientCidrs: ["10.40.0.0/24", "10.40.1.0/24"],
        s3PrefixListId: "pl-5a1c0de",
        instanceType: "m7i.large",
        clients: ["runner-a"],
      }),
  );
  return inputsOf(manifest, "docker-daemon") as unknown as SecurityGroupInputs;
}

/** What comes of a call from here at each of these, `tcp/10.0.0.1/22`. */
async function reach(from: Place, ...called: string[]): Promise<Record<string, string>> {
  return JSON.parse(await from.output([process.execPath, join(__dirname, "daemon/reach.js"), ...called]));
}

function all(called: readonly string[], outcome: string): Record<string, string> {
  return Object.fromEntries(called.map((one) => [one, outcome]));
}

describe("the dedicated Docker host behind its security group", function () {
  this.timeout(120_000);
  let scene: Scene;
  let image: string;
  let certificate: string;
  const places = {} as Record<"otherZone" | "elsewhere" | "s3" | "internet", Place>;
  const daemons: Daemon[] = [];

  /** Docker on another machine, for its containers. */
  async function dockerOf(place: Place): Promise<Daemon> {
    const daemon = await Daemon.start(place, (socket) => ({
      "/etc/docker/daemon.json": JSON.stringify({ hosts: [`unix://${socket}`], bip: "198.18.0.1/16" }),
    }));
    daemons.push(daemon);
    await place.output(daemon.client("import", image, "client"));
    return daemon;
  }

  /** Asks for the version of the host's Docker, from inside of a container on this machine. */
  async function askFromContainer(place: Place) {
    const daemon = await dockerOf(place);
    const options = [
      ...["--rm", "--add-host", `${hostname}:${scene.host.address}`],
      ...Object.entries(clientEnvironment).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      ...["--mount", `type=bind,source=${certificate},target=/run/docker-client,readonly`],
    ];
    // The client would wait for as long as TCP does. The shell tells by its status how the client ended.
    const ask = "busybox timeout 10 docker version --format '{{json .Server}}'; exit $?";
    return place.run(daemon.client("run", ...options, "client", "/bin/sh", "-c", ask));
  }

  before(async function () {
    const reason = daemonObstacle();
    unless(this, reason === undefined, reason ?? "");
    scene = await Scene.open();
    const { ca, ...identity } = bundle(scene.good, "runner-a");
    certificate = scene.clientDirectory("runner-a", ca, identity);
    image = join(scene.vpc.directory, "client.tar");
    await clientImage(image);
    places.otherZone = await scene.place("zone-b", "10.40.1.10");
    places.elsewhere = await scene.place("elsewhere", "10.40.64.10");
    places.s3 = await scene.place("s3", "198.51.100.10");
    places.internet = await scene.place("internet", "203.0.113.10");
    await listening(scene.host, "listen.js", furtherPorts);
    for (const place of [scene.ci, ...Object.values(places)]) {
      await listening(place, "listen.js", ["tcp/22", "tcp/80", "tcp/443", "tcp/2376"]);
    }
  });
  after(async () => {
    try {
      await Promise.all(daemons.map((daemon) => daemon.stop()));
    } finally {
      await scene?.close();
    }
  });

  const atHost = (ports: readonly string[]) => ports.map((one) => one.replace("/", `/${scene.host.address}/`));

  // So that what is silent later is silent because of the rules.
  it("would be reached by everyone and on all ports without it", async () => {
    answered((await scene.attempt(clients.curl, certificate, places.elsewhere)).outcome);
    answered((await scene.attempt(clients.curl, certificate, places.internet)).outcome);
    const further = atHost(furtherPorts);
    assert.deepEqual(await reach(scene.ci, ...further), {
      ...all(further, "connected"),
      ...all(atHost(["udp/2376"]), "answered"),
    });
    const out = [`tcp/${places.internet.address}/443`, `tcp/${scene.ci.address}/22`];
    assert.deepEqual(await reach(scene.host, ...out), all(out, "connected"));
  });

  describe("with its rules", () => {
    before(async () => {
      const input = nftRuleset(await securityGroup(), { card, prefixLists });
      await scene.host.output(["nft", "-f", "-"], { input });
    });

    it("answers a client in a subnet for CI, of each zone", async () => {
      answered((await scene.attempt(clients["docker CLI"], certificate)).outcome);
      answered((await scene.attempt(clients["docker CLI"], certificate, places.otherZone)).outcome);
    });

    it("answers a container in a subnet for CI, with the environment and the mount that it gets there", async () => {
      answered(await askFromContainer(scene.ci));
    });

    it("does not answer a client with the same certificate elsewhere in the VPC, or outside", async () => {
      const others = [places.elsewhere, places.internet, places.s3];
      const attempts = others.map((from) => scene.attempt(clients.curl, certificate, from));
      for (const { outcome } of await Promise.all(attempts)) {
        refused(outcome, /timed out|Timeout was reached/);
      }
    });

    it("does not answer a container with the same certificate elsewhere in the VPC", async () => {
      const outcome = await askFromContainer(places.elsewhere);
      // What the time limit ends it with: until then there was no answer of any kind.
      assert.deepEqual([outcome.status, isAnswered(outcome)], [143, false], said(outcome));
    });

    it("shows a CI host nothing but its Docker", async () => {
      const further = atHost(furtherPorts);
      assert.deepEqual(await reach(scene.ci, ...further, ...atHost(["tcp/2376"])), {
        ...all(further, "nothing"),
        ...all(atHost(["tcp/2376"]), "connected"),
      });
    });

    it("calls endpoints in the VPC and S3 by HTTPS, and nothing else", async () => {
      const endpoints = [`tcp/${places.elsewhere.address}/443`, `tcp/${places.s3.address}/443`];
      const others = [
        `tcp/${places.internet.address}/443`,
        ...["80", "22"].flatMap((other) =>
          [places.elsewhere, places.s3].map(({ address }) => `tcp/${address}/${other}`),
        ),
        ...["22", "2376"].map((other) => `tcp/${scene.ci.address}/${other}`),
      ];
      assert.deepEqual(await reach(scene.host, ...endpoints, ...others), {
        ...all(endpoints, "connected"),
        ...all(others, "nothing"),
      });
    });

    it("lets its containers no further than itself", async () => {
      const docker = (...args: string[]) =>
        scene.ci.run(["docker", ...args], { env: { ...clientEnvironment, DOCKER_CERT_PATH: certificate } });
      const imported = await docker("import", image, "client");
      assert.equal(imported.status, 0, said(imported));
      const calls = [places.s3, places.internet, scene.ci].map(
        ({ address }) => `echo ${address} $(nc -w 3 ${address} ${address === scene.ci.address ? 2376 : 443})`,
      );
      // The host's default is more than who runs this test may have.
      const limit = ["--ulimit", "nofile=1024:1024"];
      const called = await docker("run", "--rm", ...limit, "client", "/bin/sh", "-c", calls.join("; "));
      assert.equal(called.status, 0, said(called));
      assert.deepEqual(called.stdout.trim().split("\n"), [
        `${places.s3.address} hello`,
        places.internet.address,
        scene.ci.address,
      ]);
    });
  });
});
