const { performance } = require("node:perf_hooks");

/** For a program that waits: it sleeps no longer than it has to, and its clock begins when the world does. */
require("node:timers/promises").setTimeout = () => Promise.resolve();
Object.defineProperty(performance, "timeOrigin", { value: Number(process.env.WORLD_BEGINS_AT) });
