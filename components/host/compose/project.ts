import { z } from "zod";
import { dockerName, hostSource } from "./mounts";
import { service } from "./service";
import { because } from "./verdict";

const text = z.string();
const serviceName = text.regex(/^[a-zA-Z0-9][\w.-]*$/);

const network = z
  .strictObject({
    driver: text
      .refine(
        (driver) => driver === "bridge",
        because("puts containers on the host's own network interface", "leave it out, for a bridge"),
      )
      .optional(),
    internal: z.boolean().optional(),
    attachable: z.boolean().optional(),
    enable_ipv6: z.boolean().optional(),
  })
  .nullable();

const volume = z
  .strictObject({
    name: dockerName.optional(),
    driver: text
      .refine(
        (driver) => driver === "local",
        because("runs a plugin of the host as root", "leave it out, for a plain volume on the host's data disk"),
      )
      .optional(),
  })
  .nullable();

/**
 * All that a workload's compose file may say at its top: services, and the volumes, networks, secrets and configs that
 * they name. Entries of `hostDirectories` may be mounted, no other path of the host.
 */
export function project(hostDirectories: readonly string[]) {
  const file = hostSource(hostDirectories);
  return z.strictObject({
    version: text.optional(),
    name: text.regex(/^[a-z0-9][a-z0-9_-]*$/).optional(),
    services: z
      .record(serviceName, service(hostDirectories))
      .refine((services) => Object.keys(services).length > 0, because("a workload has a service", "add one")),
    networks: z.record(dockerName, network).optional(),
    volumes: z.record(dockerName, volume).optional(),
    secrets: z.record(dockerName, z.strictObject({ file })).optional(),
    configs: z.record(dockerName, z.strictObject({ content: text.optional(), file: file.optional() })).optional(),
  });
}
