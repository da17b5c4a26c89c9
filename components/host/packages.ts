import type { Problem } from "../problems";
import type { CloudConfig } from "./cloudConfig";
import { type OperatingSystem, operatingSystems } from "./operatingSystems";
import { urlProblems } from "./urlProblems";

/** The distribution's archives, as mirrored. */
export interface PackageMirrors {
  /** Base URL of a mirror of the distribution's archive. Defaults to the archive that the image names. */
  readonly packageMirror?: string | undefined;
  /** Base URL of a mirror of its security archive. Defaults to `packageMirror`. */
  readonly securityMirror?: string | undefined;
}

/** Lets apt take the distribution's packages from the mirrors, where there are any. */
export function packageMirrors({ packageMirror, securityMirror }: PackageMirrors): CloudConfig {
  if (packageMirror === undefined) {
    return {};
  }
  const mirror = (uri: string) => [{ arches: ["default"], uri }];
  return { apt: { primary: mirror(packageMirror), security: mirror(securityMirror ?? packageMirror) } };
}

/** Docker's repository, for the stage `docker` to add once it has verified the key. */
export function dockerRepository(baseUrl: string, operatingSystem: OperatingSystem): CloudConfig {
  const { distribution, codename } = operatingSystems[operatingSystem];
  const source = {
    Types: "deb",
    URIs: `${baseUrl}/linux/${distribution}`,
    Suites: codename,
    Components: "stable",
    "Signed-By": "/etc/apt/keyrings/docker.asc",
  };
  const content = Object.entries(source).map(([field, value]) => `${field}: ${value}\n`);
  return { write_files: [{ path: "/etc/ci-host/docker.sources", permissions: "0644", content: content.join("") }] };
}

/** Keeps unattended-upgrades from packages that are held: sysbox works with the versions that it was chosen for. */
export function withoutUpgrades(packages: readonly string[]): CloudConfig {
  // Each entry is a regular expression that is matched from the start of a package's name.
  const entries = packages.map((name) => `  "${name.replaceAll(".", "\\.")}$";\n`);
  const content = `Unattended-Upgrade::Package-Blacklist {\n${entries.join("")}};\n`;
  return { write_files: [{ path: "/etc/apt/apt.conf.d/60ci-host", permissions: "0644", content }] };
}

/** What is wrong with the mirrors; paths are the options' names. */
export function mirrorProblems({ packageMirror, securityMirror }: PackageMirrors): Problem[] {
  const malformed = Object.entries({ packageMirror, securityMirror }).flatMap(([path, url]) =>
    url === undefined ? [] : urlProblems(path, url),
  );
  if (securityMirror === undefined || packageMirror !== undefined) {
    return malformed;
  }
  const rule = "goes with packageMirror: apt would take the rest from the public archive";
  return [...malformed, { path: "securityMirror", value: securityMirror, rule, fix: "give packageMirror too" }];
}
