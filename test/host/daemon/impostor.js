// Answers as a Docker daemon does, to clients that it gets a certificate of, and says which of its ports was asked.
// Takes {ca, servers: [{port, cert, key}]} by its standard input.
const { createServer } = require("node:https");
const { text } = require("node:stream/consumers");

text(process.stdin).then(async (input) => {
  const { ca, servers } = JSON.parse(input);
  const listening = servers.map(({ port, cert, key }) => {
    const server = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, (_, response) => {
      console.log(`asked at ${port}`);
      response.setHeader("Api-Version", "1.41");
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ Version: "20.10.24", ApiVersion: "1.41", MinAPIVersion: "1.12" }));
    });
    return new Promise((resolve) => server.listen(port, resolve));
  });
  await Promise.all(listening);
  console.log("listening");
});
