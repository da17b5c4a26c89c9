/** The CloudWatch namespace of what hosts count, and the only one that their role may write to. */
export const metricsNamespace = "CiHosts";
