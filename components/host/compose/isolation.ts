import { z } from "zod";
import { because } from "./verdict";

/** The runtime that the host's daemon.json registers for containers with Docker inside. */
export const dockerRuntime = "sysbox-runc";

const text = z.string();

export const environment = z.record(
  text
    .regex(/^[A-Za-z_][\w.-]*$/)
    .refine(
      (name) => !name.startsWith("SYSBOX_"),
      because(
        "switches off a part of what sysbox protects (nestybox/sysbox, docs/user-guide/configuration.md)",
        "leave it out",
      ),
    ),
  z
    .unknown()
    .refine(
      (value) => typeof value === "string",
      because("a variable without a value takes it from the host's environment", "write its value"),
    ),
);

export const notPrivileged = z
  .unknown()
  .refine(
    (value) => value === false,
    because(
      "gives the container every device and capability of the host",
      "leave it out, and ask for Docker with x-docker: true",
    ),
  )
  .optional();

/** moby/moby, oci/caps/defaults.go: what each container gets anyway, so that it may be added back after `cap_drop: [ALL]`. */
const defaultCapabilities: ReadonlySet<string> = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  ),
);

export const capability = text.refine(
  (name) => defaultCapabilities.has(name.toUpperCase().replace(/^CAP_/, "")),
  because(
    "is a capability that Docker withholds, since it reaches the host's kernel",
    "leave it out; a service with x-docker: true has every capability, over its own container alone",
  ),
);

export const securityOption = text.refine(
  (option) => /^(no-new-privileges([:=]true)?|seccomp[:=]builtin|apparmor[:=]docker-default)$/.test(option),
  because("may switch off what keeps the container in", "leave it out; no-new-privileges:true is taken"),
);

export const sysctls = z.record(
  text.refine(
    (name) => /^net(\.[A-Za-z0-9_-]+)+$/.test(name),
    because(
      "may be a setting of the whole host",
      "set net.* only; a service with x-docker: true can set its own inside",
    ),
  ),
  text,
);

export const networkMode = text.refine(
  (mode) => /^(bridge|none|service:[a-zA-Z0-9][\w.-]*)$/.test(mode),
  because(
    "joins a network that is not this project's: the host's own, with the instance's credentials on it, or another container's",
    "leave it out, or use none, bridge or service:<a service of this file>",
  ),
);

export function namespace(what: string, accepted: readonly string[]) {
  return text.refine(
    (mode) => accepted.includes(mode),
    because(
      `shares ${what} with the host or another container`,
      accepted.length === 0 ? "leave it out" : `leave it out, or use ${accepted.join(" or ")}`,
    ),
  );
}

export const runtime = text.refine(
  (name) => name === dockerRuntime,
  because(
    `is not the runtime that isolates a service with Docker inside`,
    `leave it out, or write x-docker: true or ${dockerRuntime}`,
  ),
);

export const oomScore = z
  .int()
  .refine(
    (adjustment) => adjustment >= 0 && adjustment <= 1000,
    because("below 0 the kernel ends the host's own daemons first when memory runs out", "use 0 to 1000"),
  );
