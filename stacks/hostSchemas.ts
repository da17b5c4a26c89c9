import * as z from "zod";
import { DockerSource } from "../components";

/** Which Docker a host gets. */
export const dockerSchema = z.strictObject({
  source: z.enum(DockerSource).exactOptional(),
  version: z.string().exactOptional(),
  containerdVersion: z.string().exactOptional(),
  buildxVersion: z.string().exactOptional(),
  composeVersion: z.string().exactOptional(),
  mirror: z.string().exactOptional(),
});

/** Where Docker takes the blocks of networks from. */
export const addressPoolsSchema = z.array(z.strictObject({ base: z.string(), size: z.number() }));
