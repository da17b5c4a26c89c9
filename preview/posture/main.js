require("../typescript");
require("./main.ts");
