import * as assert from "node:assert/strict";
import { unless } from "../unless";
import { type ClientName, clients, isAnswered, outdatedClients, plainClients } from "./daemon/clients";
import { daemonObstacle } from "./daemon/obstacle";
import { bundle, hostname, listening, port, Scene } from "./daemon/scene";
import {
  type ClientSituation,
  clientIdentities,
  clientSituations,
  type ServerSituation,
  serverIdentities,
  serverSituations,
} from "./daemon/situations";
import { answered, refusals, refused, said, turnedAway } from "./daemon/verdicts";
import type { Place } from "./daemon/vpc";

describe("the dedicated host's Docker, over mutual TLS", function () {
  this.timeout(120_000);
  let scene: Scene;
  before(async function () {
    const reason = daemonObstacle();
    unless(this, reason === undefined, reason ?? "");
    scene = await Scene.open();
  });
  after(() => scene?.close());

  it("runs with the daemon.json that is rendered", async () => {
    const onHost = (...args: string[]) => scene.host.output(scene.daemon.client(...args));
    const info = JSON.parse(await onHost("info", "--format", "{{json .}}"));
    assert.deepEqual([info.LiveRestoreEnabled, info.LoggingDriver], [true, "local"]);
    assert.deepEqual(info.DefaultAddressPools, [{ Base: "198.19.0.0/16", Size: 24 }]);
    const bridge = JSON.parse(await onHost("network", "inspect", "--format", "{{json .Options}}", "bridge"));
    assert.equal(bridge["com.docker.network.bridge.enable_icc"], "false");
  });

  it("listens on its own port and on no other", async () => {
    const sockets = await scene.host.output(["cat", ..."tcp tcp6 udp udp6".split(" ").map((of) => `/proc/net/${of}`)]);
    // 0A is a TCP socket that listens, 07 any of UDP.
    const ports = [...sockets.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ (?:0A|07) /gm)].map(([, hex]) => hex);
    assert.deepEqual(ports, [port.toString(16).toUpperCase().padStart(4, "0")]);
  });

  it("answers the host itself under the names that it has there", async () => {
    const { ca, clientCert, clientKey } = scene.good.server;
    const directory = scene.clientDirectory("host", ca, { cert: clientCert, key: clientKey });
    for (const name of ["localhost", "127.0.0.1"]) {
      answered(await clients["docker CLI"](scene.host, { hostname: name, port, directory }));
      answered(await clients.curl(scene.host, { hostname: name, port, directory }));
    }
  });

  describe("judges a client by what it brings", () => {
    const directories = new Map<string, string>();
    const directoryOf = (situation: keyof typeof clientSituations) => String(directories.get(situation));

    before(async () => {
      for (const [situation, identity] of Object.entries(await clientIdentities(scene.good))) {
        directories.set(situation, scene.clientDirectory(situation, scene.good.server.ca, identity));
      }
    });

    for (const name of Object.keys(clients) as ClientName[]) {
      for (const [situation, { verdict, but }] of Object.entries<ClientSituation>(clientSituations)) {
        it(`${verdict === "answered" ? "answers" : "turns away"} ${name} with ${situation}`, async () => {
          const attempt = await scene.attempt(clients[name], String(directories.get(situation)));
          if (verdict === "answered") {
            answered(attempt.outcome);
          } else {
            await turnedAway(scene, attempt, but?.[name] ?? verdict);
          }
        });
      }
    }

    for (const [name, { client, refusal }] of Object.entries(outdatedClients)) {
      it(`turns away ${name}, whatever the certificate`, async () => {
        const attempt = await scene.attempt(client, directoryOf("its own certificate"));
        await turnedAway(scene, attempt, refusals[refusal]);
      });
    }

    for (const [name, client] of Object.entries(plainClients)) {
      it(`turns away ${name} without TLS`, async () => {
        const { outcome } = await scene.attempt(client, directoryOf("no certificate"));
        assert.ok(!isAnswered(outcome), said(outcome));
        assert.match(said(outcome), /Client sent an HTTP request to an HTTPS server/);
      });
    }
  });

  describe("has clients that judge a server in its place by what it shows", () => {
    /** A CI host that was told the impostor's address. */
    let misled: Place;
    let directory: string;
    let asked = "";
    const portOf = (situation: string) => 20_000 + Object.keys(serverSituations).indexOf(situation);

    before(async () => {
      const { ca, ...identity } = bundle(scene.good, "runner-a");
      directory = scene.clientDirectory("misled", ca, identity);
      const impostor = await scene.vpc.place("impostor", ["10.40.0.66"]);
      misled = await scene.vpc.place("misled", ["10.40.0.11"], { [hostname]: impostor.address });
      const shown = Object.entries(await serverIdentities(scene.good));
      const servers = shown.map(([situation, { cert, key }]) => ({ port: portOf(situation), cert, key }));
      const { stdout } = await listening(impostor, "impostor.js", [], JSON.stringify({ ca, servers }));
      stdout?.on("data", (chunk: Buffer) => {
        asked += chunk;
      });
    });

    for (const name of Object.keys(clients) as ClientName[]) {
      for (const [situation, { go, openssl, but }] of Object.entries<ServerSituation>(serverSituations)) {
        const verdict = but?.[name] ?? (name === "docker CLI" ? go : openssl);
        it(`${name} ${verdict === "answered" ? "takes" : "refuses"} ${situation}`, async () => {
          asked = "";
          const outcome = await clients[name](misled, { hostname, port: portOf(situation), directory });
          if (verdict === "answered") {
            answered(outcome);
            assert.match(asked, new RegExp(`asked at ${portOf(situation)}`));
          } else {
            refused(outcome, verdict);
            assert.equal(asked, "", "it asked all the same");
          }
        });
      }
    }
  });
});
