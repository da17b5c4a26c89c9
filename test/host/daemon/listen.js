// Listens on ports, `tcp/22` or `udp/2376`, and greets whoever comes.
const { createSocket } = require("node:dgram");
const { once } = require("node:events");
const { createServer } = require("node:net");

const listening = process.argv.slice(2).map((argument) => {
  const [protocol, port] = argument.split("/");
  if (protocol === "tcp") {
    return once(
      createServer((socket) => socket.on("error", () => {}).end("hello\n")).listen(Number(port), "0.0.0.0"),
      "listening",
    );
  }
  const socket = createSocket("udp4", (_, { port, address }) => socket.send("hello\n", port, address));
  return once(socket.bind(Number(port), "0.0.0.0"), "listening");
});
Promise.all(listening).then(() => console.log("listening"));
