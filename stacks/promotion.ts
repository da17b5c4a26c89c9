import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import {
  type CiFleetArgs,
  type Difference,
  differences,
  fleetRelease,
  type ProvenRelease,
  refuse,
} from "../components";
import type { StackConfig } from "./config";

/** What a release must have to be taken over; the rest is compared, whatever it is. */
const provenRelease = z.looseObject({
  ...{ id: z.string(), amiId: z.string(), docker: z.looseObject({}) },
  // What a RolloutCheck printed. A release without it is one that somebody wishes for.
  proof: z.string().min(1),
});

/**
 * The fleet's arguments, with image and versions of the release that the proving stack has proven, if there is one to
 * promote from; the program's own where its configuration overrides that with a reason.
 * @throws RefusedError if that stack has proven none, or another one than these hosts would be
 */
export async function promoted({ fleet, promoteFrom, plannedClients }: StackConfig): Promise<StackConfig["fleet"]> {
  if (promoteFrom === undefined) {
    return fleet;
  }
  const proven = await provenReleaseOf(promoteFrom);
  const taken = {
    ...fleet,
    amiId: proven.amiId,
    docker: proven.docker,
    ...(proven.sysbox && { sysbox: proven.sysbox }),
  };
  const planned: Partial<CiFleetArgs> & Pick<CiFleetArgs, "vpcCidr"> = { ...taken, ...plannedClients };
  refuseAnother(promoteFrom, differences(proven, fleetRelease(planned, proven.amiId)));
  // An image that is known at the deployment alone is no mistake in the preview.
  return { ...taken, amiId: pulumi.output(proven.amiId) };
}

async function provenReleaseOf(stack: string): Promise<ProvenRelease> {
  const reference = new pulumi.StackReference(`${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`);
  const { value } = await reference.getOutputDetails("provenRelease");
  const read = provenRelease.safeParse(value);
  if (read.success) {
    return value as ProvenRelease;
  }
  const rule = "has proven no release: its last deployment did not end with all of its hosts in service";
  const fix = `deploy ${stack} until its RolloutCheck succeeds; docs/rollout.md has the way around, with a reason`;
  refuse(`the release of ${pulumi.getStack()}`, [{ path: "promoteFrom", value: stack, rule, fix }]);
  throw read.error;
}

function refuseAnother(stack: string, found: readonly Difference[]): void {
  if (found.length > 0) {
    const rule = ["has proven another release than this stack's hosts would be:", ...table(stack, found)].join("\n");
    const fix = `make them the same and prove that in ${stack} first, or give releaseOverride a reason`;
    refuse(`the release of ${pulumi.getStack()}`, [{ path: "promoteFrom", value: stack, rule, fix }]);
  }
}

function table(stack: string, found: readonly Difference[]): string[] {
  const rows = [["", `${stack} proved`, "here"], ...found.map(({ what, proven, desired }) => [what, proven, desired])];
  const clipped = rows.map((row) => row.map((cell) => (cell.length > 48 ? `${cell.slice(0, 47)}…` : cell)));
  const widths = [0, 1].map((column) => Math.max(...clipped.map((row) => row[column]?.length ?? 0)));
  return clipped.map((row) =>
    `      ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
}
