const { existsSync } = require("node:fs");
const { join } = require("node:path");

/** Loads the program in a folder: in the repository it is TypeScript, compiled there is JavaScript in its place. */
module.exports = (folder) => {
  if (existsSync(join(folder, "run.ts"))) {
    require("ts-node").register({ cwd: folder, transpileOnly: true });
  }
  require(join(folder, "run"));
};
