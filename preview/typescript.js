/**
 * Lets Node load TypeScript files by taking the types out. Every statement stays on its line, so that stack traces
 * and source positions are right without source maps, and no compiler has to be loaded: that takes longer than all
 * else in a preview. Types are checked by tsc.
 */
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const nodeModule = require("node:module");
const { join } = require("node:path");
const { version } = require("sucrase/package.json");

const cache = join(__dirname, "../node_modules/.cache/preview");

// From Node 22.1 on.
nodeModule.enableCompileCache?.(join(cache, "compiled"));

require.extensions[".ts"] = (module, file) => {
  const source = readFileSync(file, "utf8");
  const digest = createHash("sha256").update(`${version}\n${source}`).digest("hex");
  module._compile(
    cached(`${digest}.js`, () => withoutTypes(source, file)),
    file,
  );
};

function withoutTypes(source, file) {
  const { transform } = require("sucrase");
  return transform(source, { transforms: ["typescript", "imports"], disableESTransforms: true, filePath: file }).code;
}

function cached(name, make) {
  const path = join(cache, name);
  try {
    return readFileSync(path, "utf8");
  } catch {
    const text = make();
    keep(path, text);
    return text;
  }
}

/** Several processes may do so at once; where nothing can be written, each makes its own. */
function keep(path, text) {
  try {
    mkdirSync(cache, { recursive: true });
    writeFileSync(`${path}.${process.pid}`, text);
    renameSync(`${path}.${process.pid}`, path);
  } catch {}
}
