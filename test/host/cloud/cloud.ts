import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Aws } from "./aws";
import { type Handled, type Handler, type Incoming, read, send } from "./exchange";
import { Imds } from "./imds";
import type { CloudOptions, CloudRequest, CloudUpdate, Ports } from "./messages";
import { identityDocument, instanceMetadata, patched } from "./metadata";
import { registryAnswer } from "./registry";
import { staticFile } from "./staticFiles";

/** ChaCha20 before AES, whose instructions cost an emulated processor most of the time of a download. */
const ciphers = "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:HIGH:!aNULL";

/** All that a host talks to: the metadata service, AWS's endpoints, mirrors and a registry. */
export class Cloud {
  private readonly options: CloudOptions;
  private readonly record: (request: CloudRequest) => void;
  private readonly imds: Imds;
  private readonly aws: Aws;

  constructor(options: CloudOptions, record: (request: CloudRequest) => void) {
    const { instance, region, credentials } = options;
    this.options = options;
    this.record = record;
    const identity = identityDocument(instance, region);
    this.imds = new Imds(instanceMetadata(instance, region, credentials), null, identity);
    this.aws = new Aws(options);
    this.update(options);
  }

  update({ metadata = {}, userData, hooks, secrets, faults }: CloudUpdate): void {
    this.imds.metadata = patched(this.imds.metadata, metadata);
    if (userData !== undefined) {
      this.imds.userData = userData;
    }
    if (hooks) {
      this.aws.state.hooks = new Set(hooks);
    }
    if (secrets) {
      this.aws.state.secrets = secrets;
    }
    if (faults) {
      this.aws.faults = faults;
    }
  }

  async listen(): Promise<Ports> {
    const { imdsAddress = "169.254.169.254", serviceAddress, tls } = this.options;
    const { imdsPort = 80, httpPort = 80, httpsPort = 443 } = this.options;
    const https = tls && createTlsServer({ ...tls, ciphers, honorCipherOrder: true }, this.serve("https", this.handle));
    return {
      imds: await listen(createServer(this.serve("http", this.imds.handle)), imdsPort, imdsAddress),
      http: await listen(createServer(this.serve("http", this.handle)), httpPort, serviceAddress),
      https: https && (await listen(https, httpsPort, serviceAddress)),
    };
  }

  private readonly handle = (request: Incoming): Handled | Promise<Handled> => {
    const { static: directories = {}, registry } = this.options;
    const directory = Object.hasOwn(directories, request.host) ? directories[request.host] : undefined;
    if (directory !== undefined) {
      return { kind: "static", answer: staticFile(directory, request) };
    }
    if (registry?.host === request.host) {
      return { kind: "registry", answer: registryAnswer(registry.layout, request) };
    }
    if (this.aws.serves(request)) {
      return this.aws.handle(request);
    }
    return { kind: "unknown", answer: { status: 404 } };
  };

  private serve(scheme: "http" | "https", handler: Handler): RequestListener {
    return async (message, response) => {
      try {
        const at = Date.now();
        const source = `${message.socket.remoteAddress}`;
        const request = await read(message);
        const { answer, ...notes } = await attempt(handler, request);
        const { method, host, path } = request;
        this.record({ at, source, scheme, method, host, path, status: answer.status, ...notes });
        await send(response, method, answer);
      } catch {
        response.destroy(); // the client has gone
      }
    };
  }
}

async function attempt(handler: Handler, request: Incoming): Promise<Handled> {
  try {
    return await handler(request);
  } catch (error) {
    return { kind: "unknown", answer: { status: 500 }, error: `${error instanceof Error ? error.stack : error}` };
  }
}

async function listen(server: Server, port: number, address: string): Promise<number> {
  server.listen(port, address);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
