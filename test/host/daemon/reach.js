// What comes of a call at each of these, `tcp/10.0.0.1/22`: a JSON object, by what was called: `connected`, `answered`
// for a datagram, `nothing` when the time is over, or the code of the error.
const { createSocket } = require("node:dgram");
const { connect } = require("node:net");

const milliseconds = 3000;

function reach(protocol, host, port) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds, "nothing");
    if (protocol === "tcp") {
      connect({ host, port })
        .on("connect", () => resolve("connected"))
        .on("error", ({ code }) => resolve(code));
    } else {
      const socket = createSocket("udp4", () => resolve("answered"));
      socket.on("error", ({ code }) => resolve(code));
      socket.send("hello", port, host);
    }
  });
}

const called = process.argv.slice(2);
Promise.all(called.map((argument) => reach(...argument.split("/")))).then((outcomes) => {
  process.stdout.write(
    JSON.stringify(Object.fromEntries(called.map((argument, index) => [argument, outcomes[index]]))),
  );
  process.exit();
});
