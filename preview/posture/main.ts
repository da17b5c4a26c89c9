import { listStacks, previewStacks } from "../stacks";
import { postureCommand } from "./command";

const root = process.cwd();

// Whoever reads may stop early: `npm run posture | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

postureCommand(
  process.argv.slice(2),
  { list: () => listStacks(root), run: (stacks) => previewStacks(root, stacks) },
  process,
).then((exitCode) => {
  process.exitCode = exitCode;
});
