/**
 * Loaded before Pulumi's own `cmd/run` in the process of a TypeScript program. Of the time of a preview half went into
 * modules that a program seldom uses and into mapping stack frames that need no mapping.
 */
const { createRequire, Module } = require("node:module");
require("./typescript");

const { resolve } = createRequire(process.argv[1]);

// Maps every frame of every stack trace, of which the SDK takes several per resource.
provide("source-map-support/register", {});
// What the SDK loads at its start and a program seldom uses: to serialize functions, for dynamic providers and callbacks;
// to deploy other programs; to send traces.
for (const id of [
  ...["typescript", "@npmcli/arborist", "@pulumi/pulumi/automation", "@opentelemetry/resources"],
  ...["@opentelemetry/sdk-trace-base", "@opentelemetry/sdk-trace-node", "@opentelemetry/exporter-zipkin"],
  ...["@opentelemetry/instrumentation", "@opentelemetry/instrumentation-grpc"],
]) {
  provide(id, onFirstUse(id));
}

// The SDK reads the place of a registration from its stack trace, but only where the frame has a name.
Error.prepareStackTrace = (error, frames) =>
  [Error.prototype.toString.call(error), ...frames.map(String).map((frame) => `    at ${named(frame)}`)].join("\n");

function named(frame) {
  return frame.endsWith(")") ? frame : `<anonymous> (${frame})`;
}

function provide(id, exports) {
  const file = fileOf(id);
  if (file !== undefined) {
    require.cache[file] = Object.assign(new Module(file), { filename: file, loaded: true, exports });
  }
}

function onFirstUse(id) {
  let loaded;
  const load = () => {
    if (loaded === undefined) {
      delete require.cache[fileOf(id)];
      loaded = require(fileOf(id));
    }
    return loaded;
  };
  // Without `__esModule` the SDK's import helpers would copy, and so load, all that the module exports. A module that has
  // none is its own default.
  const get = (_, key) => key === "__esModule" || (key === "default" && !load().__esModule ? load() : load()[key]);
  return new Proxy({}, { get, has: (_, key) => key in load() });
}

/** Undefined where this SDK has no such module. */
function fileOf(id) {
  try {
    return resolve(id);
  } catch {
    return undefined;
  }
}
