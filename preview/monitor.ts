import { dirname, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import * as providerProto from "@pulumi/pulumi/proto/provider_pb";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type Engine, EngineError, type Registration, stackReferenceType } from "./engine";
import type { Manifest, Value } from "./manifest";
import { optionsOf, readOptionsOf } from "./registrationOptions";
import { revealed, type WireObject } from "./wire";

/** The methods of Pulumi's ResourceMonitor, each from request to response; what they throw is the answer too. */
// biome-ignore lint/suspicious/noExplicitAny: the methods differ in their messages, both doors pass those on unread.
export type Monitor = Readonly<Record<string, (request: any) => unknown>>;

// Up to 3.259 an invoke is answered with the provider's message, later with one of the monitor's own.
const InvokeResponse: typeof providerProto.InvokeResponse =
  (proto as unknown as Record<string, typeof providerProto.InvokeResponse>).ResourceInvokeResponse ??
  providerProto.InvokeResponse;

/**
 * A provider as far as someone stands in for it: what it would answer to the inputs of a new resource, or `undefined`
 * where the engine shall answer with symbols. It gets secrets in clear; what it returns for an output that the resource
 * marks secret stays secret.
 */
export type OutputsOf = (
  type: string,
  name: string,
  inputs: Readonly<Record<string, Value>>,
) => Promise<Readonly<Record<string, Value>> | undefined>;

/** What another stack exports, by the name that a program gives a StackReference; `undefined` where nobody knows. */
export type StackOutputsOf = (name: string) => Promise<Manifest["outputs"] | undefined>;

/**
 * Speaks Pulumi's protocol for an engine; source lines are made relative to `root`. Answers that wait for another stack,
 * or with `outputsOf` for a provider, are promises.
 */
export function monitorOf(
  engine: Engine,
  root: string,
  stackOutputsOf: StackOutputsOf,
  outputsOf?: OutputsOf,
): Monitor {
  const register = (registration: Registration, known?: WireObject) => {
    const { urn, id, outputs } = engine.register(registration, known);
    return new proto.RegisterResourceResponse().setUrn(urn).setId(id).setObject(struct(outputs));
  };
  const registerDeployed = async (registration: Registration, provider: OutputsOf) => {
    const { type, name, inputs } = registration;
    return register(registration, await provider(type, name, revealed(inputs) as Record<string, Value>));
  };
  const read = (registration: Registration, known?: WireObject) => {
    const { urn, outputs } = engine.register(registration, known);
    return new proto.ReadResourceResponse().setUrn(urn).setProperties(struct(outputs));
  };
  const readStack = async (registration: Registration) => {
    const { name } = registration.inputs;
    const outputs = await stackOutputsOf(String(name));
    if (outputs === undefined) {
      throw new EngineError(
        `the program reads the outputs of the stack ${name}, which are not known: it is no stack of this project; name one that is, or take what it needs from configuration`,
      );
    }
    return read(registration, { outputs, secretOutputNames: [] });
  };
  return {
    supportsFeature: (request: proto.SupportsFeatureRequest) =>
      new proto.SupportsFeatureResponse().setHassupport(request.getId() !== "outputValues"),

    registerResource: (request: proto.RegisterResourceRequest) => {
      refuseWhatRunsElsewhere(request);
      const registration: Registration = {
        type: request.getType(),
        name: request.getName(),
        parent: request.getParent(),
        custom: request.getCustom(),
        inputs: wire(request.getObject()),
        dependencies: request.getDependenciesList(),
        propertyDependencies: propertyDependenciesOf(request),
        options: optionsOf(request),
        source: sourceOf(request, root),
      };
      return outputsOf !== undefined && registration.custom
        ? registerDeployed(registration, outputsOf)
        : register(registration);
    },

    readResource: (request: proto.ReadResourceRequest) => {
      const registration: Registration = {
        type: request.getType(),
        name: request.getName(),
        parent: request.getParent(),
        custom: true,
        inputs: wire(request.getProperties()),
        dependencies: request.getDependenciesList(),
        propertyDependencies: {},
        options: readOptionsOf(request),
        source: sourceOf(request, root),
      };
      return registration.type === stackReferenceType ? readStack(registration) : read(registration);
    },

    registerResourceOutputs: (request: proto.RegisterResourceOutputsRequest) => {
      engine.registerOutputs(request.getUrn(), wire(request.getOutputs()));
      return new Empty();
    },

    invoke: (request: proto.ResourceInvokeRequest) =>
      new InvokeResponse().setReturn(struct(engine.invoke(request.getTok(), wire(request.getArgs())))),

    call: (request: proto.ResourceCallRequest) => {
      throw new EngineError(`the program calls the method ${request.getTok()}, which only a deployment can run`);
    },

    registerPackage: (request: proto.RegisterPackageRequest) =>
      new proto.RegisterPackageResponse().setRef(`${request.getName()}@${request.getVersion()}`),

    registerStackTransform: refuseTransforms,
    registerStackInvokeTransform: refuseTransforms,
    // Hooks run around the deployment of a resource: nothing to do for who deploys nothing.
    registerResourceHook: () => new Empty(),
    registerErrorHook: () => new Empty(),
    signalAndWaitForShutdown: () => new Empty(),
  };
}

function refuseTransforms(): never {
  throw new EngineError(
    "the program registers a transform (`transforms`, registerResourceTransform), which the preview does not run; use `transformations`, which run in the program itself",
  );
}

function refuseWhatRunsElsewhere(request: proto.RegisterResourceRequest): void {
  if (request.getTransformsList().length > 0) {
    refuseTransforms();
  }
  if (request.getRemote()) {
    throw new EngineError(
      `${request.getName()} (${request.getType()}) is a component of another package, whose children only its own plugin can tell`,
    );
  }
}

type Sourced = Pick<proto.RegisterResourceRequest, "getSourceposition" | "getStacktrace">;

/**
 * `stacks/index.ts:12`: the innermost line that is neither the SDK's own, such as those of its static `get` methods,
 * nor the preview's.
 */
function sourceOf(request: Sourced, root: string): string {
  const frames = request.getStacktrace()?.getFramesList() ?? [];
  for (const position of [request.getSourceposition(), ...frames.map((frame) => frame.getPc())]) {
    const uri = position?.getUri() ?? "";
    if (uri !== "" && !uri.includes("/node_modules/@pulumi/")) {
      const file = fileURLToPath(uri);
      return dirname(file) === __dirname ? "" : `${relative(root, file).split(sep).join("/")}:${position?.getLine()}`;
    }
  }
  return "";
}

function propertyDependenciesOf(request: proto.RegisterResourceRequest): Record<string, string[]> {
  const dependencies: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((urns, property) => {
    dependencies[property] = urns.getUrnsList();
  });
  return dependencies;
}

function wire(struct: Struct | undefined): WireObject {
  return (struct?.toJavaScript() ?? {}) as WireObject;
}

function struct(value: WireObject): Struct {
  return Struct.fromJavaScript(value as Record<string, JavaScriptValue>);
}
