/** What the command of a HostCheck runs. In the repository it loads TypeScript, compiled it finds JavaScript beside it. */
const { existsSync } = require("node:fs");
const { join } = require("node:path");

if (existsSync(join(__dirname, "run.ts"))) {
  require("ts-node").register({ cwd: __dirname, transpileOnly: true });
}
require("./run");
