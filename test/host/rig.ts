import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { FakeCloud } from "./cloud/fakeCloud";
import type { CloudRequest } from "./cloud/messages";
import { cacheDirectory } from "./machine/cache";
import { output } from "./machine/command";
import { debianImage, type Image } from "./machine/image";
import { Machine } from "./machine/machine";
import { debianMirror } from "./machine/mirror";
import { gatewayAddress, guestAddress, macAddress, Network } from "./machine/network";
import { type ServerCertificate, serverCertificate } from "./machine/serverCertificate";
import { amiId, logGroup, type Served } from "./stackHosts";

/** The package of sysbox to test with; without it a stand-in is built, which is not sysbox. */
export const givenSysbox = process.env.CI_HOSTS_SYSBOX_DEB;

/** What Debian 12 installs of a host, beside what the image has. */
const packages = [
  ...["apparmor", "auditd", "ca-certificates", "curl", "gpg", "iptables", "openssl"],
  ...["containerd", "docker-compose", "docker.io", "runc"],
  ...["fuse", "fuse3", "jq", "lsb-release", "rsync"],
];

const instanceId = "i-0c1057c1057c10570";
const zone = "eu-central-1a";

/** What a machine is made from, and what its network serves. */
interface Outside {
  readonly image: Image;
  /** Directories. */
  readonly mirror: string;
  readonly downloads: string;
  readonly registry: string;
  readonly tls: ServerCertificate;
}

export interface LaunchOptions {
  /** As of a machine. */
  readonly durable?: boolean;
  /** ARN to secret string. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** A network that is there already; it goes with the machine. */
  readonly network?: Network;
}

/** All that virtual machines start from. Made once, and read only. */
export class Rig {
  readonly served: Served;
  private readonly outside: Outside;

  private constructor(served: Served, outside: Outside) {
    this.served = served;
    this.outside = outside;
  }

  static async build(): Promise<Rig> {
    const image = await debianImage();
    const mirror = await debianMirror(image, packages);
    const standIn = (script: string) => output([join(__dirname, "standIn", script), cacheDirectory()]);
    const registry = (await standIn("build-ci-image.sh")).trim();
    const deb = givenSysbox ?? (await standIn("build-sysbox.sh")).trim();
    const downloads = mkdtempSync(join(tmpdir(), "ci-host-downloads-"));
    copyFileSync(deb, join(downloads, "sysbox-ce.deb"));
    const { manifests } = JSON.parse(readFileSync(join(registry, "index.json"), "utf8"));
    const served = {
      packageMirror: "http://debian.test",
      sysbox: {
        url: "https://sysbox.test/sysbox-ce.deb",
        sha256: createHash("sha256").update(readFileSync(deb)).digest("hex"),
      },
      ciImage: `registry.test/ci@${manifests[0].digest}`,
    };
    const tls = await serverCertificate(image, [
      "debian.test",
      "sysbox.test",
      "registry.test",
      "*.eu-central-1.amazonaws.com",
    ]);
    return new Rig(served, { image, mirror, downloads, registry, tls });
  }

  /** A new machine in a network of its own, with a cloud around it. */
  async launch(userData: string, { durable, secrets = {}, network: given }: LaunchOptions = {}): Promise<Host> {
    const { image, mirror, downloads, registry, tls } = this.outside;
    const network = given ?? (await Network.open());
    let cloud: FakeCloud | undefined;
    try {
      cloud = await FakeCloud.start({
        namespace: network.namespace,
        region: "eu-central-1",
        credentials: { accessKeyId: "ASIATEST", secretAccessKey: "role-secret/+", sessionToken: "session+token==" },
        instance: {
          instanceId,
          imageId: amiId,
          instanceType: "m7i.large",
          accountId: "111122223333",
          zone,
          privateIp: guestAddress,
          mac: macAddress,
          subnetCidr: "10.80.0.0/24",
          vpcCidr: "10.80.0.0/16",
          groupName: "fleet-group",
          role: "fleet-role",
        },
        userData: gzipSync(userData),
        hooks: ["ci-host-launching"],
        secrets,
        logGroups: [logGroup],
        static: { "debian.test": mirror, "sysbox.test": downloads },
        registry: { host: "registry.test", layout: registry },
        serviceAddress: gatewayAddress,
        tls: { key: tls.key, cert: tls.certificate },
      });
      const machine = await Machine.start({ image, network, durable });
      return new Host(network, cloud, machine);
    } catch (error) {
      await cloud?.stop();
      await network.close();
      throw error;
    }
  }

  close(): void {
    rmSync(this.outside.downloads, { recursive: true });
  }
}

/** A machine that is on, and the cloud around it. */
export class Host {
  readonly network: Network;
  readonly cloud: FakeCloud;
  readonly machine: Machine;

  constructor(network: Network, cloud: FakeCloud, machine: Machine) {
    this.network = network;
    this.cloud = cloud;
    this.machine = machine;
  }

  /** What Auto Scaling was told, with the hook that it is an answer to. */
  get told(): string[] {
    return this.accepted("autoscaling").map(message);
  }

  /** The events in the log group, oldest first. */
  get events(): Record<string, unknown>[] {
    return this.accepted("logs")
      .filter(({ action }) => action === "PutLogEvents")
      .flatMap(({ parameters }) =>
        ((parameters?.logEvents ?? []) as { message: string }[]).map(({ message }) => JSON.parse(message)),
      );
  }

  /** Counts in CloudWatch: `Boots AutoScalingGroupName=… Result=…` */
  get counts(): string[] {
    return this.accepted("monitoring").map(({ parameters = {} }) => {
      const datum = (name: string) => String(parameters[`MetricData.member.1.${name}`] ?? "");
      const dimensions = [1, 2]
        .map((number) => `${datum(`Dimensions.member.${number}.Name`)}=${datum(`Dimensions.member.${number}.Value`)}`)
        .filter((dimension) => dimension !== "=");
      return [datum("MetricName"), ...dimensions].join(" ");
    });
  }

  /** Waits until Auto Scaling has been told so. */
  async untilTold(what: string, milliseconds: number): Promise<CloudRequest> {
    const fits = (request: CloudRequest) => isAccepted(request, "autoscaling") && message(request) === what;
    return this.cloud.waitFor(fits, milliseconds, what);
  }

  /** A command's output; the test fails if the command does. */
  async output(...command: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.machine.run(command);
    if (status !== 0) {
      throw new Error(`${command.join(" ")}: ${status}\n${stdout}${stderr}`);
    }
    return stdout;
  }

  async file(path: string): Promise<string> {
    return this.output("cat", path);
  }

  /** What somebody reads who looks at the machine: console, journal, user data, arguments of processes. */
  async traces(): Promise<string[]> {
    return [
      this.machine.console(),
      await this.output("journalctl", "--boot", "--output", "cat"),
      await this.output("sh", "-c", "cat /var/lib/cloud/instance/user-data.txt* | cat"),
      await this.output("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"),
    ];
  }

  /** What systemd has to say against units of ours, by name; fails if it does not take them at all. */
  async complaintsAbout(...units: string[]): Promise<string[]> {
    const paths = units.map((unit) => `/etc/systemd/system/${unit}.service`);
    const { status, stderr } = await this.machine.run(["systemd-analyze", "verify", ...paths]);
    assert.equal(status, 0, stderr);
    return stderr.split("\n").filter((line) => /ci-/.test(line));
  }

  async close(): Promise<void> {
    await this.machine.close();
    await this.cloud.stop();
    await this.network.close();
  }

  private accepted(service: string): CloudRequest[] {
    return this.cloud.requests.filter((request) => isAccepted(request, service));
  }
}

/** Called in a suite: prints the end of the host's console when the first of its tests fails. */
export function showConsoleOfFailure(hostOf: () => Host | undefined): void {
  let isShown = false;
  afterEach(function () {
    const host = hostOf();
    if (this.currentTest?.state === "failed" && !isShown && host !== undefined) {
      console.log(host.machine.console().split("\n").slice(-40).join("\n"));
      isShown = true;
    }
  });
}

function isAccepted(request: CloudRequest, service: string): boolean {
  return request.service === service && request.status === 200;
}

/** `ci-host-launching: CONTINUE`, `SetInstanceHealth: Unhealthy` */
function message({ action, parameters = {} }: CloudRequest): string {
  return action === "CompleteLifecycleAction"
    ? `${parameters.LifecycleHookName}: ${parameters.LifecycleActionResult}`
    : `${action}: ${parameters.HealthStatus ?? ""}`;
}
