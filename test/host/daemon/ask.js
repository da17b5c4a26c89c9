// A client on Node's own TLS: asks the Docker daemon for its version, `node ask.js HOSTNAME PORT DIRECTORY`.
const { existsSync, readFileSync } = require("node:fs");
const { request } = require("node:https");
const { join } = require("node:path");

const [host, port, directory] = process.argv.slice(2);
const pem = (name) => {
  const path = join(directory, `${name}.pem`);
  return existsSync(path) ? readFileSync(path) : undefined;
};

request({ host, port, path: "/version", ca: pem("ca"), cert: pem("cert"), key: pem("key") }, async (response) => {
  process.stdout.write(Buffer.concat(await response.toArray()));
})
  .on("error", ({ code, message }) => {
    console.error(`${code}: ${message}`);
    process.exitCode = 1;
  })
  .end();
