import type { Socket } from "node:net";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import type { Monitor } from "./monitor";

// As in pulumi/pulumi, sdk/nodejs/runtime/settings.ts: 400 MiB.
const maxMessageBytes = 400 * 1024 * 1024;

/**
 * Serves a monitor over gRPC, on connections that are handed to it. What a method throws is its answer, and is told to
 * `refused` too, since a program can't go on after that.
 */
export function serve(monitor: Monitor, refused: (error: Error) => void) {
  const server = new Server({ "grpc.max_receive_message_length": maxMessageBytes });
  // biome-ignore lint/suspicious/noExplicitAny: the type asks for every method of one SDK; others know more, or fewer.
  server.addService(ResourceMonitorService as any, handlers(monitor, refused));
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    accept: (connection: Socket) => {
      injector.injectConnection(connection);
      connection.resume();
    },
    close: () => server.forceShutdown(),
  };
}

type Handler = (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => void;

function handlers(monitor: Monitor, refused: (error: Error) => void): Record<string, Handler> {
  const entries = Object.entries(monitor).map(([name, answer]): [string, Handler] => {
    const handler: Handler = async (call, callback) => {
      let response: unknown;
      try {
        response = await answer(call.request);
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        refused(error);
        callback({ code: status.INVALID_ARGUMENT, details: error.message });
        return;
      }
      callback(null, response);
    };
    return [name, handler];
  });
  return Object.fromEntries(entries);
}
