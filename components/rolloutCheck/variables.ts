/** Environment variables by which a RolloutCheck tells its program what to wait for. None of them holds a secret. */
export const variables = {
  region: "ROLLOUT_CHECK_REGION",
  groupName: "ROLLOUT_CHECK_GROUP_NAME",
  logGroupName: "ROLLOUT_CHECK_LOG_GROUP_NAME",
  templateVersion: "ROLLOUT_CHECK_TEMPLATE_VERSION",
  /** The release's id. */
  release: "ROLLOUT_CHECK_RELEASE",
  timeoutSeconds: "ROLLOUT_CHECK_TIMEOUT_SECONDS",
  /** `true` or `false`. */
  canary: "ROLLOUT_CHECK_CANARY",
  /** Empty or absent for AWS itself. */
  awsEndpointUrl: "ROLLOUT_CHECK_AWS_ENDPOINT_URL",
} as const;

export const groupNameForm = /^[\x21-\x39\x3b-\x7e](?:[\x20-\x39\x3b-\x7e]{0,253}[\x21-\x39\x3b-\x7e])?$/;
export const logGroupNameForm = /^[\w./#-]{1,512}$/;
export const templateVersionForm = /^[1-9]\d*$/;
export const releaseForm = /^ami-[0-9a-f]{8,17}\.[0-9a-f]{16}$/;

/** What a check waits for, and how long. */
export interface RolloutOptions {
  readonly groupName: string;
  readonly logGroupName: string;
  /** The version of the launch template that hosts must have. */
  readonly templateVersion: string;
  /** The id of the release that hosts must report. */
  readonly release: string;
  readonly timeoutSeconds: number;
  /** Whether a group that wants no hosts gets one for the time of the check. */
  readonly canary: boolean;
}
