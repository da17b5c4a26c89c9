import { type CloudConfig, merge, render } from "../components/host/cloudConfig";
import { operatingSystems } from "../components/host/operatingSystems";
import { packageMirrors } from "../components/host/packages";
import { type Host, Rig } from "../test/host/rig";
import { stagingHost } from "../test/host/stackHosts";

/** Time from power-on to in service, against a host that only installs Docker, as a ratio within this run. */

const timeoutMs = 20 * 60_000;

async function main(): Promise<void> {
  const rig = await Rig.build();
  try {
    const bare = await seconds(rig, bareHost(rig), (host) => host.machine.waitForConsole(/Docker answers/, timeoutMs));
    report("bare: Docker answers", bare, "");
    const { host: staging } = await stagingHost(rig.served);
    const ours = await seconds(rig, staging, (host) => host.untilTold("ci-host-launching: CONTINUE", timeoutMs));
    report("staging: in service", ours, `${(ours / bare).toFixed(2)} x, at most 1.5`);
  } finally {
    rig.close();
  }
}

/** The same packages of Docker, from the same mirror, and nothing else. */
function bareHost(rig: Rig): CloudConfig {
  const { packages } = operatingSystems["debian-12"].docker;
  const wait = "until docker version; do sleep 1; done; echo 'Docker answers' >/dev/console";
  return merge(packageMirrors(rig.served), { packages, runcmd: [["sh", "-c", wait]] });
}

async function seconds(rig: Rig, config: CloudConfig, inService: (host: Host) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  const host = await rig.launch(render(config));
  try {
    await inService(host);
    return (performance.now() - start) / 1000;
  } finally {
    await host.close();
  }
}

function report(what: string, time: number, ratio: string): void {
  process.stdout.write(`${what.padEnd(40)}${time.toFixed(0).padStart(7)} s  ${ratio}\n`);
}

main();
