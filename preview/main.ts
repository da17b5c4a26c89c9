import { previewCommand } from "./command";
import { listStacks, previewStacks, statesOfProject } from "./stacks";

const root = process.cwd();

// Whoever reads may stop early: `npm run preview | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

// Ends as if by itself, so that what cleans up behind a preview does so.
for (const [signal, exitCode] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.once(signal, () => process.exit(exitCode));
}

previewCommand(
  process.argv.slice(2),
  {
    list: () => listStacks(root),
    states: (files) => (files.length === 0 ? [] : statesOfProject(root, files)),
    run: (stacks) => previewStacks(root, stacks),
    runBoth: (base, choose) =>
      (require("./diff/bothRuns") as typeof import("./diff/bothRuns")).runBoth(root, base, choose),
  },
  process,
).then((exitCode) => {
  process.exitCode = exitCode;
});
