/** The two ways out of privileged containers. */
export const strategies = ["sysbox", "tls"] as const;
export type Strategy = (typeof strategies)[number];

/** From the greatest on. */
export const risks = ["critical", "high", "medium", "low"] as const;
export type Risk = (typeof risks)[number];

export const threats = [
  {
    id: "container-escape",
    title: "Privileged container escape",
    risks: { sysbox: { before: "critical", after: "low" }, tls: { before: "high", after: "medium" } },
  },
  {
    id: "resource-abuse",
    title: "Host resource abuse",
    risks: { sysbox: { before: "high", after: "medium" }, tls: { before: "high", after: "medium" } },
  },
  {
    id: "daemon-compromise",
    title: "Docker daemon compromise",
    risks: { sysbox: { before: "critical", after: "low" }, tls: { before: "high", after: "medium" } },
  },
] as const;
export type Threat = (typeof threats)[number]["id"];
