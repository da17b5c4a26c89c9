import { Cloud } from "./cloud";
import type { FromCloud, ToCloud } from "./messages";

/**
 * The process of a fake cloud, in the network namespace where it was started. It is told what to do through Node's
 * channel to its parent (fakeCloud.ts), and ends with it.
 */
let cloud: Cloud | undefined;

process.on("message", async (message: ToCloud) => {
  if ("options" in message) {
    cloud = new Cloud(message.options, (request) => tell({ request }));
    tell({ ready: true, ports: await cloud.listen() });
  } else {
    cloud?.update(message.update);
    tell({ updated: message.id });
  }
});
process.on("disconnect", () => process.exit());

function tell(message: FromCloud): void {
  // Nobody is left to be told once the parent has gone.
  process.send?.(message, undefined, undefined, () => undefined);
}
