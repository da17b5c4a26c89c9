import type { Problem } from "../problems";
import type { CloudConfig } from "./cloudConfig";
import { unitFile } from "./systemdUnit";

/** Where a host keeps what grows: Docker's images, sysbox's containers, what the workload keeps. */
export const DataVolume = {
  /** The one disk that is empty. None, or more than one, and the boot fails. */
  Auto: "auto",
  /** The root volume, on purpose. */
  Root: "root",
} as const;

/** Docker's own data, containerd's among it: since Docker 29 its image store holds the images. */
export const dockerDirectories = ["/var/lib/containerd", "/var/lib/docker"] as const;

/** Services that must not run without the volume: they would fill the root volume instead, and nobody would see it. */
const dependents = [
  { service: "containerd", directory: "/var/lib/containerd" },
  { service: "docker", directory: "/var/lib/docker" },
  { service: "sysbox-mgr", directory: "/var/lib/sysbox" },
];

/**
 * The mounts of these directories on the data volume, and who needs them. Which disk it is, and its file system, the
 * stage `storage` sees to.
 */
export function dataVolume(directories: readonly string[]): CloudConfig {
  return {
    write_files: [
      unitFile("mnt-data.mount", {
        Unit: { Description: "Data volume" },
        Mount: { What: "/dev/disk/by-label/ci-data", Where: "/mnt/data", Type: "ext4", Options: "noatime" },
      }),
      ...directories.map((directory) =>
        unitFile(`${directory.slice(1).replaceAll("/", "-")}.mount`, {
          Unit: { Description: `${directory} on the data volume`, RequiresMountsFor: "/mnt/data" },
          // Or each mount of a container's would be made below /mnt/data once more, and systemd told of both.
          Mount: { What: `/mnt/data${directory}`, Where: directory, Type: "none", Options: "bind,private" },
        }),
      ),
      ...dependents
        .filter(({ directory }) => directories.includes(directory))
        .map(({ service, directory }) =>
          unitFile(`${service}.service.d/20-data-volume.conf`, { Unit: { RequiresMountsFor: directory } }),
        ),
    ],
  };
}

/** What is wrong with the choice of a volume; the path is `dataVolume`. */
export function dataVolumeProblems(dataVolume: string): Problem[] {
  if (dataVolume === DataVolume.Auto || dataVolume === DataVolume.Root || /^\/dev\/[\w./-]+$/.test(dataVolume)) {
    return [];
  }
  const rule = 'must be "auto", "root" or the path of a device';
  return [{ path: "dataVolume", value: dataVolume, rule, fix: '"auto" takes the one disk that is empty' }];
}
