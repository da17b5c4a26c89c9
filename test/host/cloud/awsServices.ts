import { createHash } from "node:crypto";
import { type Parameters, type Protocol, Refusal } from "./awsProtocols";

/** What the services know. */
export interface AwsState {
  readonly instanceId: string;
  readonly groupName: string;
  /** Lifecycle hooks that wait for the instance. */
  hooks: Set<string>;
  /** ARN to secret string. */
  secrets: Readonly<Record<string, string>>;
  readonly logGroups: readonly string[];
  /** Log group and stream, as JSON. */
  readonly logStreams: Set<string>;
}

/** Does what is asked for. Returns the result, undefined if the action has none, or throws a {@link Refusal}. */
export type Action = (state: AwsState, parameters: Parameters) => Parameters | undefined;

export interface Service {
  readonly protocol: Protocol;
  readonly actions: Readonly<Record<string, Action>>;
}

/** By the first label of the endpoint's name, which is the service's name in signatures too. */
export const services: Readonly<Record<string, Service>> = {
  autoscaling: {
    protocol: query("autoscaling", "2011-01-01"),
    actions: { CompleteLifecycleAction, RecordLifecycleActionHeartbeat, SetInstanceHealth },
  },
  monitoring: { protocol: query("monitoring", "2010-08-01"), actions: { PutMetricData } },
  secretsmanager: { protocol: { kind: "json", target: "secretsmanager" }, actions: { GetSecretValue } },
  logs: { protocol: { kind: "json", target: "Logs_20140328" }, actions: { CreateLogStream, PutLogEvents } },
};

function query(service: string, version: string): Protocol {
  return { kind: "query", version, namespace: `http://${service}.amazonaws.com/doc/${version}/` };
}

function CompleteLifecycleAction(state: AwsState, parameters: Parameters): Parameters {
  const hook = activeHook(state, parameters);
  if (!["CONTINUE", "ABANDON"].includes(required(parameters, "LifecycleActionResult", "ValidationError"))) {
    throw new Refusal("ValidationError", "Lifecycle Action Result must be one of CONTINUE, ABANDON");
  }
  state.hooks.delete(hook);
  return {};
}

function RecordLifecycleActionHeartbeat(state: AwsState, parameters: Parameters): Parameters {
  activeHook(state, parameters);
  return {};
}

function SetInstanceHealth(state: AwsState, parameters: Parameters): undefined {
  const instance = required(parameters, "InstanceId", "ValidationError");
  if (!["Healthy", "Unhealthy"].includes(required(parameters, "HealthStatus", "ValidationError"))) {
    throw new Refusal("ValidationError", "Health status must be one of Healthy, Unhealthy");
  }
  if (instance !== state.instanceId) {
    throw new Refusal("ValidationError", `Instance Id not found - No managed instance found for ${instance}`);
  }
  return undefined;
}

function activeHook(state: AwsState, parameters: Parameters): string {
  const [group, hook, instance] = ["AutoScalingGroupName", "LifecycleHookName", "InstanceId"].map((name) =>
    required(parameters, name, "ValidationError"),
  );
  if (group !== state.groupName || instance !== state.instanceId || !state.hooks.has(`${hook}`)) {
    throw new Refusal("ValidationError", `No active Lifecycle Action found with instance ID ${instance}`);
  }
  return `${hook}`;
}

function PutMetricData(_state: AwsState, parameters: Parameters): undefined {
  required(parameters, "Namespace", "MissingParameter");
  required(parameters, "MetricData.member.1.MetricName", "MissingParameter");
  return undefined;
}

function GetSecretValue(state: AwsState, parameters: Parameters): Parameters {
  const arn = required(parameters, "SecretId", "InvalidParameterException");
  const secret = Object.hasOwn(state.secrets, arn) ? state.secrets[arn] : undefined;
  if (secret === undefined) {
    throw new Refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }
  const name = arn.split(":").at(-1);
  return { ARN: arn, Name: name, SecretString: secret, VersionId: versionOf(secret), VersionStages: ["AWSCURRENT"] };
}

/** As AWS has it, an identifier that changes with what it stands for. */
export function versionOf(secret: string): string {
  const digest = createHash("sha256").update(secret).digest("hex");
  return digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5");
}

function CreateLogStream(state: AwsState, parameters: Parameters): Parameters {
  const stream = logStream(state, parameters);
  if (state.logStreams.has(stream)) {
    throw new Refusal("ResourceAlreadyExistsException", "The specified log stream already exists");
  }
  state.logStreams.add(stream);
  return {};
}

function PutLogEvents(state: AwsState, parameters: Parameters): Parameters {
  if (!state.logStreams.has(logStream(state, parameters))) {
    throw new Refusal("ResourceNotFoundException", "The specified log stream does not exist.");
  }
  const events = Array.isArray(parameters.logEvents) ? parameters.logEvents : [];
  if (events.length === 0 || !events.every((event) => Number.isInteger(event?.timestamp) && event.message)) {
    throw new Refusal("InvalidParameterException", "logEvents must each have a timestamp and a message");
  }
  if (events.some((event, index) => event.timestamp < events[Math.max(0, index - 1)].timestamp)) {
    const rule = "Log events in a single PutLogEvents request must be in chronological order.";
    throw new Refusal("InvalidParameterException", rule);
  }
  return { nextSequenceToken: "0" };
}

function logStream(state: AwsState, parameters: Parameters): string {
  const group = required(parameters, "logGroupName", "InvalidParameterException");
  const stream = required(parameters, "logStreamName", "InvalidParameterException");
  if (!state.logGroups.includes(group)) {
    throw new Refusal("ResourceNotFoundException", "The specified log group does not exist.");
  }
  return JSON.stringify([group, stream]);
}

function required(parameters: Parameters, name: string, code: string): string {
  const value = parameters[name];
  if (typeof value !== "string" || value === "") {
    throw new Refusal(code, `${name} must be given`);
  }
  return value;
}
