/** What a host's processor is, as Debian, Docker and AWS's own parameters call it. */
export const Architecture = { Amd64: "amd64", Arm64: "arm64" } as const;
export type Architecture = (typeof Architecture)[keyof typeof Architecture];

/** `m7gd.2xlarge`: letters, the generation, what the family adds to it, and the size. */
const instanceType =
  /^(?<family>[a-z]+)-?(?<generation>\d+)(?<options>[a-z0-9]*(?:-[a-z0-9]+)?)\.(?:nano|micro|small|medium|large|\d*xlarge|metal(?:-\d+xl)?)$/;

/**
 * The architecture of an EC2 instance type, read from its name: a "g" right after the generation stands for Graviton,
 * and so does the first-generation family a1; `-gb` names NVIDIA's Grace. Everything else that runs Linux is amd64.
 * From "Naming conventions" in the EC2 instance types guide.
 *
 * Undefined for what is not such a name, and for Macs, which run no Linux.
 */
export function architectureOf(type: string): Architecture | undefined {
  const parts = instanceType.exec(type)?.groups;
  if (parts === undefined || parts.family === "mac") {
    return undefined;
  }
  const { family, generation, options = "" } = parts;
  const arm = options.startsWith("g") || options.includes("-gb") || `${family}${generation}` === "a1";
  return arm ? Architecture.Arm64 : Architecture.Amd64;
}
