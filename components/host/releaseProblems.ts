import type { Problem } from "../problems";
import {
  type DockerChoice,
  DockerSource,
  defaultDockerVersion,
  defaultSysboxVersion,
  dockerCompanions,
  type SysboxChoice,
  sysboxChecksums,
} from "./releases";
import { urlProblems } from "./urlProblems";

/** What is wrong with the choice of Docker and sysbox, each taken alone; paths start with `docker.` and `sysbox.`. */
export function releaseProblems(docker: DockerChoice, sysbox: SysboxChoice): Problem[] {
  return [
    ...(docker.source === DockerSource.Distribution ? distributionProblems(docker) : repositoryProblems(docker)),
    ...sysboxProblems(sysbox),
  ];
}

function distributionProblems({ source: _, ...versionsAndMirror }: DockerChoice): Problem[] {
  return Object.entries(versionsAndMirror)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({
      path: `docker.${key}`,
      value,
      rule: "is for Docker's own repository, and Docker comes from the distribution",
      fix: `leave it out, or set docker.source to "${DockerSource.Docker}"; packageMirror mirrors the distribution`,
    }));
}

function repositoryProblems(docker: DockerChoice): Problem[] {
  const { version = defaultDockerVersion, mirror, containerdVersion, buildxVersion, composeVersion } = docker;
  const companions = { containerdVersion, buildxVersion, composeVersion };
  const given = Object.entries(companions).filter(([, value]) => value !== undefined);
  const problems = [["version", version] as const, ...given].flatMap(([key, value]) =>
    versionProblems(`docker.${key}`, value),
  );
  if (mirror !== undefined) {
    problems.push(...urlProblems("docker.mirror", mirror));
  }
  if (problems.length === 0 && dockerCompanions[version] === undefined && given.length < 3) {
    const missing = Object.keys(companions).filter((key) => companions[key as keyof typeof companions] === undefined);
    problems.push({
      path: "docker.version",
      value: version,
      rule: `is not in the catalogue (${Object.keys(dockerCompanions).join(", ")}), which pins what goes with it`,
      fix: `take one of those, or pin ${missing.map((key) => `docker.${key}`).join(", ")} too`,
    });
  }
  return problems;
}

function sysboxProblems({ version = defaultSysboxVersion, url, sha256 }: SysboxChoice): Problem[] {
  const problems = versionProblems("sysbox.version", version);
  if (url !== undefined) {
    problems.push(...urlProblems("sysbox.url", url));
  }
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    const fix = "give what `sha256sum` prints for the package";
    problems.push({ path: "sysbox.sha256", value: sha256, rule: "must be 64 small hexadecimal digits", fix });
  }
  if ((url === undefined) !== (sha256 === undefined)) {
    const [missing, given] = url === undefined ? ["url", "sha256"] : ["sha256", "url"];
    const rule = `goes with sysbox.${given}: nothing is installed that was not checked`;
    problems.push({ path: `sysbox.${missing}`, value: undefined, rule, fix: "give both, or neither" });
  } else if (url === undefined && problems.length === 0 && sysboxChecksums[version] === undefined) {
    const rule = `is not in the catalogue: ${Object.keys(sysboxChecksums).join(", ")}`;
    problems.push({
      path: "sysbox.version",
      value: version,
      rule,
      fix: "take one of those, or give sysbox.url and sysbox.sha256 as well",
    });
  }
  return problems;
}

function versionProblems(path: string, version: string | undefined): Problem[] {
  if (version !== undefined && /^\d+\.\d+\.\d+$/.test(version)) {
    return [];
  }
  return [
    { path, value: version, rule: "must be an exact version, three numbers", fix: 'write it out, as in "29.7.2"' },
  ];
}
