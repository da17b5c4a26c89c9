import { posix } from "node:path";
import { z } from "zod";
import { hostPathProblem } from "./hostPath";
import { because } from "./verdict";

/** A name that Docker takes for a volume, a network or a container, so never a path. */
export const dockerName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/);

const containerPath = z
  .string()
  .refine(
    isPlainPath,
    because(
      "a path in the container is absolute and plain, and not in /proc or /sys",
      "write a path such as /var/cache/ci",
    ),
  );

/** `/tmp` or `/tmp:size=64m,mode=1777`. */
export const tmpfs = z.string().refine(
  (text) => {
    const [path = "", options, ...rest] = text.split(":");
    return rest.length === 0 && isPlainPath(path) && (options === undefined || options.split(",").every(isTmpfsOption));
  },
  because(
    "a tmpfs is a path outside /proc and /sys, with size, mode, uid, gid and exec as options",
    "write /tmp:size=64m",
  ),
);

/** A file or directory of the host that a container gets to see. */
export function hostSource(hostDirectories: readonly string[]) {
  return z.string().check((context) => {
    const problem = hostPathProblem(context.value, hostDirectories);
    if (problem !== undefined) {
      const { error: message, params } = because(problem.rule, problem.fix);
      context.issues.push({ code: "custom", input: context.value, message, params });
    }
  });
}

/** One entry of a service's `volumes`, in the long form. */
export function mount(hostDirectories: readonly string[]) {
  const common = { target: containerPath, read_only: z.boolean().optional() };
  return z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("bind"),
      source: hostSource(hostDirectories),
      ...common,
      bind: z.strictObject({ create_host_path: z.boolean().optional() }).optional(),
    }),
    z.strictObject({
      type: z.literal("volume"),
      source: dockerName.optional(),
      ...common,
      volume: z.strictObject({ nocopy: z.boolean().optional() }).optional(),
    }),
    z.strictObject({
      type: z.literal("tmpfs"),
      ...common,
      tmpfs: z
        .strictObject({ size: z.union([z.int().nonnegative(), z.string()]).optional(), mode: z.int().optional() })
        .optional(),
    }),
  ]);
}

/** One entry of a service's `secrets` or `configs`, in the long form. */
export const grant = z.strictObject({
  source: dockerName,
  target: z
    .string()
    .refine(
      (target) => /^\w[\w.-]*$/.test(target) || isPlainPath(target),
      because(
        "the target is a file name, or a plain path outside /proc and /sys",
        "write a path such as /run/secrets/token",
      ),
    )
    .optional(),
  uid: z.string().optional(),
  gid: z.string().optional(),
  mode: z.int().optional(),
});

/** runc's own checks of mounts over /proc were escaped before (CVE-2019-19921, CVE-2023-27561). */
function isPlainPath(path: string): boolean {
  return path === posix.resolve("/", path) && path !== "/" && !/^\/(proc|sys)(\/|$)/.test(path);
}

function isTmpfsOption(option: string): boolean {
  return /^(size=\d+[kmg%]?|mode=[0-7]{3,4}|[ug]id=\d+|(no)?exec|nosuid|nodev|r[ow])$/.test(option);
}
