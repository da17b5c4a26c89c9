/** Environment variables by which a HostCheck tells its program what to wait for. None of them holds a secret. */
export const variables = {
  instanceId: "HOST_CHECK_INSTANCE_ID",
  region: "HOST_CHECK_REGION",
  timeoutSeconds: "HOST_CHECK_TIMEOUT_SECONDS",
  /** Empty or absent if no certificate is awaited. */
  serverSecretVersionId: "HOST_CHECK_SERVER_SECRET_VERSION_ID",
  /** Empty or absent for AWS itself. */
  awsEndpointUrl: "HOST_CHECK_AWS_ENDPOINT_URL",
} as const;

export const instanceIdForm = /^i-[0-9a-f]{8,17}$/;

/** What a check waits for, and how long. */
export interface CheckOptions {
  readonly instanceId: string;
  readonly timeoutSeconds: number;
  /** The version of the server's secret that the host must serve, if any. */
  readonly serverSecretVersionId: string | undefined;
}
