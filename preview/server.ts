import type { Socket } from "node:net";
import { type sendUnaryData, Server, ServerCredentials, type ServerUnaryCall, status } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engineProto from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { DeploymentInfo } from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Monitor } from "./monitor";

/** What comes of a program's requests, beside the answers. */
export interface Listener {
  /** The program logged an error, usually its last words. */
  onError(message: string): void;
  /** A request was refused; the program can't go on. */
  onRefused(error: Error): void;
}

// As in pulumi/pulumi, sdk/nodejs/runtime/settings.ts: 400 MiB.
const maxMessageBytes = 400 * 1024 * 1024;

/** Serves an engine over gRPC, on connections that are handed to it. */
export function serve(monitor: Monitor, listener: Listener): { accept(connection: Socket): void; close(): void } {
  const server = new Server({ "grpc.max_receive_message_length": maxMessageBytes });
  // biome-ignore lint/suspicious/noExplicitAny: the generated types list every method, some SDKs know more, some fewer.
  server.addService(ResourceMonitorService as any, handlers({ ...monitor, getDeploymentInfo }, listener));
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  server.addService(EngineService as any, handlers(engineMethods(listener), listener));
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    accept: (connection) => {
      injector.injectConnection(connection);
      connection.resume();
    },
    close: () => server.forceShutdown(),
  };
}

/** Newer SDKs ask for it first and fall back to single questions when it is empty. */
function getDeploymentInfo(): DeploymentInfo {
  return new DeploymentInfo();
}

function engineMethods(listener: Listener): Monitor {
  let rootUrn = "";
  return {
    log: (request: engineProto.LogRequest) => {
      if (request.getSeverity() === engineProto.LogSeverity.ERROR) {
        listener.onError(request.getMessage());
      }
      return new Empty();
    },
    setRootResource: (request: engineProto.SetRootResourceRequest) => {
      rootUrn = request.getUrn();
      return new engineProto.SetRootResourceResponse();
    },
    getRootResource: () => new engineProto.GetRootResourceResponse().setUrn(rootUrn),
    requirePulumiVersion: () => new engineProto.RequirePulumiVersionResponse(),
    startDebugging: () => new Empty(),
  };
}

type Handler = (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => void;

function handlers(methods: Monitor, listener: Listener): Record<string, Handler> {
  const entries = Object.entries(methods).map(([name, answer]): [string, Handler] => {
    const handler: Handler = (call, callback) => {
      try {
        callback(null, answer(call.request));
      } catch (error) {
        const refused = error instanceof Error ? error : new Error(String(error));
        listener.onRefused(refused);
        callback({ code: status.INVALID_ARGUMENT, details: refused.message });
      }
    };
    return [name, handler];
  });
  return Object.fromEntries(entries);
}
