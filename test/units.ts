import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CloudConfig } from "../components/host/cloudConfig";

/** What systemd says against the units, among stand-ins for those that packages bring. */
export function verifyUnits(config: CloudConfig, packaged: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), "ci-host-"));
  const write = (path: string, text: string, mode: number) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    chmodSync(join(root, path), mode);
  };
  for (const { path, content: text, permissions } of config.write_files ?? []) {
    write(path, text, Number.parseInt(permissions, 8));
  }
  for (const program of ["/bin/true", "/usr/bin/dockerd", "/usr/sbin/augenrules"]) {
    write(program, "", 0o755);
  }
  for (const service of packaged) {
    write(`/usr/lib/systemd/system/${service}.service`, "[Service]\nExecStart=/bin/true\n", 0o644);
  }
  for (const target of ["basic", "shutdown", "sysinit"]) {
    write(`/usr/lib/systemd/system/${target}.target`, "[Unit]\nDefaultDependencies=no\n", 0o644);
  }
  const units = readdirSync(join(root, "etc/systemd/system")).filter((name) => /\.(?:service|mount)$/.test(name));
  const services = packaged.map((name) => `${name}.service`);
  const command = ["verify", "--man=no", `--root=${root}`, ...units, ...services];
  const { stdout, stderr } = spawnSync("systemd-analyze", command, { encoding: "utf8" });
  rmSync(root, { recursive: true });
  return stdout + stderr;
}
