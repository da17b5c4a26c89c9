import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { output } from "../machine/command";

/** The image of a container with a shell and Docker's client, as a tar archive, of this machine's own programs. */
export async function clientImage(archive: string): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "ci-host-image-"));
  try {
    const [busybox, docker] = (await output(["which", "busybox", "docker"])).trim().split("\n");
    await copy(root, busybox, "/bin/busybox");
    symlinkSync("busybox", join(root, "bin/sh"));
    await copy(root, docker, "/usr/bin/docker");
    await output(["tar", "--create", "--file", archive, "--directory", root, "."]);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** A program, and the libraries that it is linked with. */
async function copy(root: string, from: string | undefined, to: string): Promise<void> {
  if (from === undefined) {
    throw new Error(`there is nothing to copy to ${to}`);
  }
  const linked = await output(["ldd", from]).catch(() => ""); // It says so by its status that a program is static.
  const libraries = linked.match(/\/\S+(?= \(0x)/g) ?? [];
  for (const [source, target] of [[from, to] as const, ...libraries.map((library) => [library, library] as const)]) {
    mkdirSync(dirname(join(root, target)), { recursive: true });
    copyFileSync(source, join(root, target));
  }
}
