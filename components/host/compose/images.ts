import type { Problem } from "../../problems";
import { isMapping, type Mapping } from "./file";

/** The images that services run, each once, sorted. */
export function imagesOf(services: Mapping): string[] {
  return [...new Set(imagesByService(services).map(([, image]) => image))].sort();
}

/** Whether an image is named by what it holds: `ghcr.io/team/runner:4@sha256:…`. */
export function isPinned(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}

/** A problem for every image that a registry may exchange under its name. */
export function unpinnedProblems(services: Mapping): Problem[] {
  return imagesByService(services)
    .filter(([, image]) => !isPinned(image))
    .map(([service, image]) => ({
      path: `services.${service}.image`,
      value: image,
      rule: "is not pinned: what stands behind the name can change without a review",
      fix: "append the digest that `docker buildx imagetools inspect` shows: @sha256:…",
    }));
}

function imagesByService(services: Mapping): [service: string, image: string][] {
  return Object.entries(services).flatMap(([name, service]): [string, string][] =>
    isMapping(service) && typeof service.image === "string" ? [[name, service.image]] : [],
  );
}
