import { type CloudConfig, merge, render } from "../components/host/cloudConfig";
import { operatingSystems } from "../components/host/operatingSystems";
import { packageMirrors } from "../components/host/packages";
import { type Host, Rig } from "../test/host/rig";
import { stagingHost } from "../test/host/stackHosts";

/**
 * Time from power-on to in service, against a host that only installs Docker, as a ratio within this run; beside it
 * without the probe, a job's work in a Docker inside of a container, to see what that takes.
 */

const timeoutMs = 20 * 60_000;

interface Stage {
  readonly name: string;
  readonly seconds: number;
}

async function main(): Promise<void> {
  const rig = await Rig.build();
  try {
    const bare = await boot(rig, bareHost(rig), async (host, seconds) => {
      await host.machine.waitForConsole(/Docker answers/, timeoutMs);
      return seconds();
    });
    report("bare: Docker answers", bare, "");
    const { host: staging } = await stagingHost(rig.served);
    const { ours, probe } = await boot(rig, staging, async (host, seconds) => {
      await host.untilTold("ci-host-launching: CONTINUE", timeoutMs);
      const ours = seconds();
      const { stages } = JSON.parse(await host.file("/var/lib/ci-host/boot.json")) as { stages: Stage[] };
      return { ours, probe: stages.find(({ name }) => name === "probe")?.seconds ?? Number.NaN };
    });
    const ratio = (time: number) => `${(time / bare).toFixed(2)} x`;
    report("staging: in service", ours, `${ratio(ours)}, at most 1.5`);
    report("staging: without its probe", ours - probe, ratio(ours - probe));
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

/** What is found of a machine that boots from a cloud-config; `seconds` are those since its power is on. */
async function boot<T>(
  rig: Rig,
  config: CloudConfig,
  find: (host: Host, seconds: () => number) => Promise<T>,
): Promise<T> {
  const start = performance.now();
  const host = await rig.launch(render(config));
  try {
    return await find(host, () => (performance.now() - start) / 1000);
  } finally {
    await host.close();
  }
}

function report(what: string, time: number, ratio: string): void {
  process.stdout.write(`${what.padEnd(40)}${time.toFixed(0).padStart(7)} s  ${ratio}\n`);
}

main();
