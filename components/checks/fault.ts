import { plain } from "./plain";

/** What kept a call to AWS from its result. */
export type Fault = { readonly kind: "not-managed" | "no-invocation"; readonly action: string } | CommonFault;

/** One that any service may answer with. */
export type CommonFault =
  | { readonly kind: "throttled" | "expired"; readonly action: string }
  | {
      /** Unreachable: AWS was not reached, or is not itself. */
      readonly kind: "denied" | "unreachable" | "no-credentials" | "refused";
      readonly action: string;
      readonly reason: string;
    };

const kinds: Readonly<Record<string, readonly string[]>> = {
  "not-managed": ["InvalidInstanceId"],
  "no-invocation": ["InvocationDoesNotExist"],
  denied: ["AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "OptInRequired"],
  expired: ["ExpiredTokenException", "ExpiredToken", "RequestExpired"],
  throttled: [
    "ThrottlingException",
    "Throttling",
    "ThrottledException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    // Auto Scaling does something else with the group at the moment.
    "ResourceContentionFault",
    "ScalingActivityInProgressFault",
  ],
  "no-credentials": [
    "CredentialsProviderError",
    "TokenProviderError",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "MissingAuthenticationToken",
  ],
};

/** What AWS says of a signature that is made too long ago, or will be. */
const wrongClock = /^Signature (expired|not yet current)/;

/**
 * Sorts an error of the AWS SDK. Only where AWS denies an action its own words are kept: elsewhere they may hold the
 * request, and the session token with it.
 */
export function faultOf(action: string, error: unknown): Fault {
  const { name, message, code, status } = described(error);
  const kind = Object.keys(kinds).find((each) => kinds[each]?.includes(name));
  switch (kind) {
    case "not-managed":
    case "no-invocation":
    case "throttled":
    case "expired":
      return { kind, action };
    case "denied":
      return { kind, action, reason: plain(message, 400) };
    case "no-credentials":
      return /expired/i.test(message) && /sso|token|session/i.test(message) && status === undefined
        ? { kind: "expired", action }
        : { kind, action, reason: wrongClock.test(message) ? "this machine's clock is wrong" : plain(name, 60) };
    default:
      break;
  }
  if (status === 429) {
    return { kind: "throttled", action };
  }
  // A proxy, for one, answers 200 with something else than JSON.
  if (status === undefined || status < 400 || status >= 500) {
    const reason = status === undefined ? code || name : `it answers ${status}`;
    return { kind: "unreachable", action, reason: plain(reason, 60) };
  }
  return { kind: "refused", action, reason: plain(`${name}, status ${status}`, 80) };
}

function described(error: unknown) {
  const fields = (typeof error === "object" && error !== null ? error : {}) as {
    readonly name?: unknown;
    readonly message?: unknown;
    readonly code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown };
  };
  const status = fields.$metadata?.httpStatusCode;
  return {
    name: String(fields.name ?? "unknown error"),
    message: String(fields.message ?? ""),
    code: typeof fields.code === "string" ? fields.code : "",
    status: typeof status === "number" ? status : undefined,
  };
}
