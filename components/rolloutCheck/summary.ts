import { clockTime } from "../checks/clock";
import type { PendingHost, Standing } from "./standing";

/** How a rollout stands, in one line; continues the sentence "…: ". */
export function sentenceOf(standing: Standing, release: string): string {
  const { desired, proven, pending } = standing;
  const [slowest] = pending;
  const under = [
    ...refreshIn(standing),
    ...counts(standing),
    ...(slowest ? [`${slowest.host.id} slowest: ${pendingFor(slowest)}`] : []),
  ];
  const how = under.length > 0 ? `; ${under.join(", ")}` : "";
  return `${proven.length} of ${hosts(desired)} in service with ${release}${how}`;
}

/** What makes that line news. */
export function newsOf(standing: Standing): string {
  const { desired, proven, pending } = standing;
  const states = pending.map(({ host: { id, state }, stage }) => [id, state, stage]);
  return JSON.stringify([desired, proven.length, states, refreshIn(standing), counts(standing)]);
}

/** `Pending:Wait for 2:10 (stage docker)` */
export function pendingFor({ host, milliseconds, stage }: PendingHost): string {
  return `${host.state} for ${clockTime(milliseconds)}${stage === undefined ? "" : ` (stage ${stage})`}`;
}

export function hosts(count: number): string {
  return count === 1 ? "1 host" : `${count} hosts`;
}

function refreshIn({ refresh, refreshUnderWay }: Standing): string[] {
  if (refresh === undefined || !refreshUnderWay) {
    return [];
  }
  return [refresh.status === "InProgress" ? `refresh ${refresh.percent} %` : `refresh ${refresh.status}`];
}

function counts(standing: Standing): string[] {
  const { unproven, others, otherVersion, abandoned, launchFailure, suspended, hindrances } = standing;
  return [
    ...(unproven.length > 0 ? [`${unproven.length} in service unproven`] : []),
    ...(others.length > 0 ? [`${others.length} of another template version`] : []),
    ...(otherVersion === undefined ? [] : [`the group starts template version ${otherVersion}`]),
    ...(abandoned.length > 0 ? [`${abandoned.length} abandoned`] : []),
    ...(launchFailure === undefined ? [] : ["EC2 starts no instance"]),
    ...(suspended.length > 0 ? [`suspended: ${suspended.join(", ")}`] : []),
    ...hindrances,
  ];
}
