import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory, cached } from "./cache";
import { output } from "./command";
import type { Image } from "./image";

const script = join(__dirname, "buildMirror.sh");

/**
 * A mirror of Debian's archive and of its security archive, for a web server to serve: a directory with dists and pool,
 * signed by a key that the image trusts. It holds the packages, in the versions of the day, what they depend on and the
 * image lacks, and the extra files. From the cache if it is there in the same versions.
 */
export async function debianMirror(
  image: Image,
  packages: readonly string[],
  extraDebs: readonly string[] = [],
): Promise<string> {
  const apt = join(cacheDirectory(), "apt");
  mkdirSync(apt, { recursive: true });
  const resolved = await output([script, "resolve", image.directory, apt, ...packages]);
  const inputs = [readFileSync(script), image.directory, resolved, ...extraDebs.map((deb) => readFileSync(deb))];
  return cached("mirror", inputs, (directory) =>
    output([script, "build", image.directory, apt, directory, ...extraDebs], resolved),
  );
}
