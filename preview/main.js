require("ts-node/register/transpile-only");
require("./main.ts");
