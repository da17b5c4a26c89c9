import { hostSettings } from "./hostSettings";
import type { Resource } from "./rule";
import { hostContents } from "./userData";

/** Packages of Docker, and what they are called. */
const names: Readonly<Record<string, string>> = {
  "docker-ce": "Docker",
  "containerd.io": "containerd",
  "docker-buildx-plugin": "buildx",
  "docker-compose-plugin": "Compose",
};

/** Versions that hosts are pinned to, by name; of several, the oldest. What the distribution decides is not among them. */
export function hostReleases(resources: readonly Resource[]): Readonly<Record<string, string>> {
  const oldest = new Map<string, string>();
  for (const [name, version] of resources.flatMap(hostContents).flatMap((host) => releasesOf(hostSettings(host)))) {
    const known = oldest.get(name);
    if (known === undefined || isOlder(version, known)) {
      oldest.set(name, version);
    }
  }
  return Object.fromEntries(oldest);
}

function releasesOf(settings: ReadonlyMap<string, string>): (readonly [name: string, version: string])[] {
  const packages = (settings.get("DOCKER_PACKAGES") ?? "").split(" ").flatMap((text) => {
    // docker-ce=5:29.7.2-1~ubuntu.24.04~noble
    const [, id = "", version] = /^([^=]+)=(?:\d+:)?(\d[^-~]*)/.exec(text) ?? [];
    const name = names[id];
    return name === undefined || version === undefined ? [] : [[name, version] as const];
  });
  const sysbox = /sysbox[^/]*[_-]v?(\d+(?:\.\d+)+)[^/]*$/.exec(settings.get("SYSBOX_URL") ?? "")?.[1];
  return sysbox === undefined ? packages : [...packages, ["sysbox", sysbox]];
}

/** By numbers, part by part: 29.10.0 is newer than 29.7.2. */
export function isOlder(version: string, than: string): boolean {
  const numbers = than.split(".").map(Number);
  const parts = version.split(".").map(Number);
  const place = numbers.findIndex((number, index) => number !== (parts[index] ?? 0));
  return place >= 0 && (parts[place] ?? 0) < (numbers[place] ?? 0);
}
