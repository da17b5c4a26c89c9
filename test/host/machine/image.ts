import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cached } from "./cache";
import { output } from "./command";

/** A machine's disk as it is before its first boot, what boots it, and the keys that it trusts. Not to be written to. */
export interface Image {
  readonly directory: string;
  /** qcow2, of 10 GiB. */
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
  /** The partition with the root file system, as the kernel is told. */
  readonly root: string;
  /** A certificate authority in the machine's trust store, PEM. */
  readonly caCertificate: string;
  readonly caKey: string;
}

const script = join(__dirname, "buildImage.sh");

/** The image of a Debian 12 machine as on EC2, from the cache or built in some minutes. */
export async function debianImage(): Promise<Image> {
  const directory = await cached("image", [readFileSync(script)], (unfinished) => output([script, unfinished]));
  const file = (name: string) => join(directory, name);
  return {
    directory,
    disk: file("disk.qcow2"),
    kernel: file("vmlinuz"),
    initrd: file("initrd.img"),
    root: readFileSync(file("root-device"), "utf8").trim(),
    caCertificate: file("ca.pem"),
    caKey: file("ca-key.pem"),
  };
}
