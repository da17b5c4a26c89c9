/**
 * Lets Node load TypeScript files by taking the types out. Every statement stays on its line, so that stack traces
 * and source positions are right without source maps, and no compiler has to be loaded: that takes longer than all
 * else in a preview. Types are checked by tsc.
 */
const { readFileSync } = require("node:fs");
const { transform } = require("sucrase");

require.extensions[".ts"] = (module, file) => {
  const options = { transforms: ["typescript", "imports"], disableESTransforms: true, filePath: file };
  module._compile(transform(readFileSync(file, "utf8"), options).code, file);
};
