export const regionForm = /^[a-z]+(-[a-z]+)+-\d+$/;

/** Where AWS is. */
export interface Endpoint {
  readonly region: string;
  /** Stands in for AWS's own endpoints, if given. */
  readonly awsEndpointUrl: string | undefined;
}

/** For a client that tries nothing again: a check has its own patience, and says what it is up against. */
export function clientSettings({ region, awsEndpointUrl }: Endpoint) {
  // Which versions of Node the SDK will support is of no interest to one who waits for a host.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  return {
    region,
    ...(awsEndpointUrl === undefined ? {} : { endpoint: awsEndpointUrl }),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
  };
}
