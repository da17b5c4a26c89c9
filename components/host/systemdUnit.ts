import type { WriteFile } from "./cloudConfig";

/** A systemd unit: sections of keys. A key with several values stands once for each. */
export type SystemdUnit = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** A unit, or a drop-in such as `docker.service.d/20-data-volume.conf`, where systemd looks for the machine's own. */
export function unitFile(name: string, unit: SystemdUnit): WriteFile {
  return { path: `/etc/systemd/system/${name}`, permissions: "0644", content: renderUnit(unit) };
}

function renderUnit(unit: SystemdUnit): string {
  return Object.entries(unit)
    .map(([section, keys]) => {
      const lines = Object.entries(keys).flatMap(([key, values]) =>
        [values].flat().map((value) => `${key}=${value}\n`),
      );
      return `[${section}]\n${lines.join("")}`;
    })
    .join("\n");
}
