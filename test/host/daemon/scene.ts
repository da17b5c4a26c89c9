import * as assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tlsDaemonConfig, tlsDirectory } from "../../../components/host/tlsDaemonConfig";
import { type ClientBundle, type Identity, type Issued, issued, type ServerBundle } from "../../issued";
import type { Client } from "./clients";
import { Daemon, type Files } from "./daemon";
import { type Outcome, type Place, Vpc } from "./vpc";

export const hostname = "docker.ci.internal";
export const port = 2376;
export const vpcCidr = "10.40.0.0/16";
export const certificates = { hostname, clients: ["runner-a", "runner-b"] };

/** What happened when a client asked: what it said, and the point in the daemon's words at which it began. */
export interface Attempt {
  readonly outcome: Outcome;
  readonly spoken: number;
}

/** A daemon in its subnet, one place from which CI hosts come, and certificates. */
export class Scene {
  readonly good: Issued;
  readonly vpc: Vpc;
  /** Where the daemon runs. */
  readonly host: Place;
  /** A CI host, which finds the daemon by its name. */
  readonly ci: Place;
  private running: Daemon;

  private constructor(good: Issued, vpc: Vpc, host: Place, ci: Place, daemon: Daemon) {
    this.good = good;
    this.vpc = vpc;
    this.host = host;
    this.ci = ci;
    this.running = daemon;
  }

  static async open(): Promise<Scene> {
    const good = await issued(certificates);
    const vpc = await Vpc.open();
    try {
      const host = await vpc.place("host", ["10.40.128.10"]);
      const ci = await vpc.place("ci", ["10.40.0.10"], { [hostname]: host.address });
      return new Scene(good, vpc, host, ci, await Daemon.start(host, daemonFiles(good.server, vpcCidr)));
    } catch (error) {
      await vpc.close();
      throw error;
    }
  }

  get daemon(): Daemon {
    return this.running;
  }

  /** One more place that finds the daemon by its name. */
  place(role: string, address: string): Promise<Place> {
    return this.vpc.place(role, [address], { [hostname]: this.host.address });
  }

  /** The daemon with other certificates; it reads them when it starts. */
  async restart(server: ServerBundle): Promise<void> {
    await this.running.stop();
    this.running = await Daemon.start(this.host, daemonFiles(server, vpcCidr));
  }

  async attempt(client: Client, directory: string, from = this.ci): Promise<Attempt> {
    const { spoken } = this.daemon;
    return { outcome: await client(from, { hostname, port, directory }), spoken };
  }

  /** A client's directory, in Docker's layout. */
  clientDirectory(name: string, ca: string, identity?: Identity): string {
    const directory = join(this.vpc.directory, "clients", name.replaceAll(/\W+/g, "-"));
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "ca.pem"), ca);
    if (identity !== undefined) {
      writeFileSync(join(directory, "cert.pem"), identity.cert);
      writeFileSync(join(directory, "key.pem"), identity.key, { mode: 0o400 });
    }
    return directory;
  }

  async close(): Promise<void> {
    try {
      await this.daemon.stop();
    } finally {
      await this.vpc.close();
    }
  }
}

/** What the client has in its secret. */
export function bundle({ clients }: Issued, name: string): ClientBundle {
  const found = clients[name];
  assert.ok(found !== undefined, `there is no client ${name}`);
  return found;
}

/** Starts a script beside this one, in a place; resolves once it says that it listens. */
export async function listening(
  place: Place,
  script: string,
  args: readonly string[],
  input = "",
): Promise<ChildProcess> {
  const child = place.spawn([process.execPath, join(__dirname, script), ...args]);
  child.stdin?.end(input);
  let words = "";
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      words += chunk;
      if (words.includes("listening")) {
        resolve();
      }
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.on("close", (status) => reject(new Error(`${script} ended with ${status}:\n${words}`)));
  });
  return child;
}

/**
 * The host's files as the component renders them, but for one socket: systemd, which would hand it over, is not here.
 */
export function daemonFiles(
  { ca, cert, key }: ServerBundle,
  cidr: string,
  without: readonly string[] = [],
): (socket: string) => Files {
  const whole: Record<string, unknown> & { hosts: string[] } = JSON.parse(tlsDaemonConfig({ vpcCidr: cidr }));
  const kept = Object.entries(whole).filter(([name]) => !without.includes(name));
  const rendered = { ...Object.fromEntries(kept), hosts: whole.hosts };
  assert.ok(rendered.hosts.includes("fd://"));
  return (socket) => {
    const hosts = rendered.hosts.map((host) => (host === "fd://" ? `unix://${socket}` : host));
    return {
      "/etc/docker/daemon.json": JSON.stringify({ ...rendered, hosts }),
      [`${tlsDirectory}/ca.pem`]: ca,
      [`${tlsDirectory}/cert.pem`]: cert,
      [`${tlsDirectory}/key.pem`]: key,
    };
  };
}
