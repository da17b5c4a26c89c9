import type { Problem } from "../problems";
import { isPinned } from "./compose/images";
import type { OperatingSystem } from "./operatingSystems";
import { type DockerChoice, dockerVersionOf } from "./releases";

/** What a host proves itself with before it takes jobs. */
export interface ProbeOptions {
  /**
   * Image of a CI container with Docker inside. Defaults to the official docker image with a daemon, of the major
   * version of the host's Docker: docker:29-dind.
   */
  readonly probeImage?: string | undefined;
  /** Whether the image must be pinned by its digest. Defaults to false. */
  readonly requireImageDigests?: boolean | undefined;
}

/** The image that a host proves itself with. */
export function probeImageOf(
  { probeImage }: ProbeOptions,
  docker: DockerChoice,
  operatingSystem: OperatingSystem,
): string {
  const [major] = dockerVersionOf(docker, operatingSystem).split(".");
  return probeImage ?? `docker:${major}-dind`;
}

/** What is wrong with the options; the path is `probeImage`. */
export function probeProblems({ probeImage, requireImageDigests = false }: ProbeOptions): Problem[] {
  const path = "probeImage";
  if (probeImage !== undefined && !/^[a-z0-9][\w./:@-]*$/.test(probeImage)) {
    const rule = "must be the name of an image, as docker pull takes it";
    return [{ path, value: probeImage, rule, fix: "docker:29-dind is one, best with its digest" }];
  }
  if (requireImageDigests && !isPinned(probeImage ?? "")) {
    const rule = "must be pinned by its digest, as requireImageDigests demands";
    const fix = "append the digest that `docker buildx imagetools inspect docker:29-dind` shows: @sha256:…";
    return [{ path, value: probeImage, rule, fix }];
  }
  return [];
}
