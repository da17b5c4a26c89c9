import { type Call, failure, Refusal, readCall, success } from "./awsProtocols";
import { type AwsState, type Service, services } from "./awsServices";
import type { Answer, Handled, Incoming } from "./exchange";
import type { CloudOptions, Fault } from "./messages";
import { parseAuthorization, verifySignature } from "./signature";

/** AWS's endpoints, as far as a host calls them. */
export class Aws {
  readonly state: AwsState;
  private readonly options: CloudOptions;
  private pendingFaults: { readonly fault: Fault; times: number }[] = [];

  constructor(options: CloudOptions) {
    this.options = options;
    const { instance, logGroups = [] } = options;
    const { instanceId, groupName } = instance;
    this.state = { instanceId, groupName, hooks: new Set(), secrets: {}, logGroups, logStreams: new Set() };
  }

  set faults(faults: readonly Fault[]) {
    this.pendingFaults = faults.map((fault) => ({ fault, times: fault.times ?? Number.POSITIVE_INFINITY }));
  }

  /** Whether a request is for AWS: by its host name, or, at an address, by its signature. */
  serves(request: Incoming): boolean {
    return (
      this.serviceOfHost(request.host) !== undefined || request.headers.authorization?.startsWith("AWS4-") === true
    );
  }

  readonly handle = async (request: Incoming): Promise<Handled> => {
    const { region, credentials } = this.options;
    const name = this.serviceOfHost(request.host) ?? parseAuthorization(request.headers.authorization)?.service ?? "";
    const service = Object.hasOwn(services, name) ? services[name] : undefined;
    const call = readCall(service?.protocol, request);
    const signature = await verifySignature(request, { credentials, region, service: name, now: Date.now() });
    const answer = service ? this.answer(name, service, call, signature) : { status: 404 };
    return { kind: "aws", answer, service: name, signature, ...call };
  };

  private answer(name: string, { protocol, actions }: Service, call: Call, signature: string): Answer {
    try {
      if (signature !== "valid") {
        throw new Refusal("SignatureDoesNotMatch", signature, 403);
      }
      const fault = this.takeFault(name, call.action);
      if (fault) {
        return { status: fault.status, body: fault.body ?? "" };
      }
      const action = Object.hasOwn(actions, call.action) ? actions[call.action] : undefined;
      if (!action) {
        const code = protocol.kind === "query" ? "InvalidAction" : "UnknownOperationException";
        throw new Refusal(code, `Could not find operation ${call.action}`);
      }
      return success(protocol, call.action, action(this.state, call.parameters));
    } catch (error) {
      if (error instanceof Refusal) {
        return failure(protocol, error);
      }
      throw error;
    }
  }

  private takeFault(service: string, action: string): Fault | undefined {
    const pending = this.pendingFaults.find(
      ({ fault, times }) => times > 0 && fault.service === service && (fault.action ?? action) === action,
    );
    if (pending) {
      pending.times -= 1;
    }
    return pending?.fault;
  }

  private serviceOfHost(host: string): string | undefined {
    const [service, region, ...domain] = host.split(".");
    const isAws = region === this.options.region && /^amazonaws\.com(\.cn)?$/.test(domain.join("."));
    return isAws ? service : undefined;
  }
}
