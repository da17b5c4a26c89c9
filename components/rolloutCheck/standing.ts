import type { BootReport } from "../checks/bootReport";
import { type Group, type Host, isBooting, type Launch, type Refresh } from "./group";
import type { History } from "./history";
import type { Trouble } from "./hostReports";
import type { RolloutOptions } from "./variables";

/** What a round has found out. */
export interface Findings {
  readonly group: Group;
  readonly refresh: Refresh | undefined;
  readonly launches: readonly Launch[];
  readonly history: History;
  readonly troubles: ReadonlyMap<string, Trouble>;
  readonly stages: ReadonlyMap<string, string>;
  /** Launches that were over when the check began. */
  readonly earlier: ReadonlySet<string>;
  /** What could not be asked in this round. */
  readonly hindrances: ReadonlySet<string>;
  /** When the check began, and when the round did. */
  readonly began: number;
  readonly now: number;
}

/** A host that boots. */
export interface PendingHost {
  readonly host: Host;
  readonly milliseconds: number;
  /** The stage of its boot, if it was asked. */
  readonly stage: string | undefined;
}

/** A host in service that proves nothing. */
export interface UnprovenHost {
  readonly host: Host;
  readonly report: BootReport | undefined;
  readonly trouble: Trouble | undefined;
}

/** A host of the release that did not come into service. */
export interface AbandonedHost {
  readonly id: string;
  readonly report: BootReport | undefined;
  readonly message: string;
}

/** How a rollout stands. */
export interface Standing {
  readonly desired: number;
  /** In service, healthy, with the right template, and a report of a boot with the release that succeeded. */
  readonly proven: readonly Host[];
  readonly unproven: readonly UnprovenHost[];
  /** In service with another version of the template. */
  readonly others: readonly Host[];
  /** The version that the group starts hosts with, if that is another one. */
  readonly otherVersion: string | undefined;
  /** The version that most of the others have, if the group itself has the new one: what it can go back to. */
  readonly former: { readonly version: string; readonly count: number } | undefined;
  /** Whether a host has come into service with the template, as far as anybody knows. */
  readonly hasServed: boolean;
  /** The slowest first. */
  readonly pending: readonly PendingHost[];
  /** How many hosts are neither in service nor on their way. */
  readonly missing: number;
  readonly refresh: Refresh | undefined;
  readonly refreshUnderWay: boolean;
  /** The last one last. */
  readonly abandoned: readonly AbandonedHost[];
  /** Why EC2 started no instance the last time. */
  readonly launchFailure: string | undefined;
  /** Suspended processes that a rollout needs. */
  readonly suspended: readonly string[];
  readonly hindrances: readonly string[];
}

/** The deployer's clock and AWS's are not further apart, or AWS would take no signature. */
const clockLeewayMs = 5 * 60_000;

const neededProcesses = ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "InstanceRefresh"];

export function standingOf(findings: Findings, { templateVersion }: RolloutOptions): Standing {
  const { group, history, troubles, stages, now } = findings;
  const inService = group.hosts.filter(({ state }) => state === "InService");
  const wanted = inService.filter((host) => host.templateVersion === templateVersion);
  const isProven = ({ id, healthy }: Host) => healthy && history.reportOf(id)?.result === "succeeded";
  const pending = group.hosts
    .filter(isBooting)
    .map((host) => ({ host, milliseconds: history.millisecondsIn(host, now), stage: stages.get(host.id) }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
  const others = inService.filter((host) => host.templateVersion !== templateVersion);
  const refresh = relevant(findings, templateVersion, others);
  const ofRollout = launchesOf(findings, refresh, templateVersion);
  return {
    desired: group.desired,
    proven: wanted.filter(isProven),
    unproven: wanted
      .filter((host) => !isProven(host))
      .map((host) => ({ host, report: history.reportOf(host.id), trouble: troubles.get(host.id) })),
    others,
    otherVersion:
      isNumber(group.templateVersion) && group.templateVersion !== templateVersion ? group.templateVersion : undefined,
    former: group.templateVersion === templateVersion ? formerVersion(others) : undefined,
    hasServed: history.hasProven || wanted.some(({ id }) => history.reportOf(id)?.result !== "failed"),
    pending,
    missing: Math.max(0, group.desired - wanted.length - pending.length),
    refresh,
    refreshUnderWay: refresh !== undefined && isUnderWay(refresh),
    abandoned: abandonedHosts(findings, ofRollout, templateVersion),
    launchFailure: launchFailure(ofRollout),
    suspended: group.suspended.filter((name) => neededProcesses.includes(name)),
    hindrances: [...findings.hindrances],
  };
}

/** Whether nothing is left to wait for. */
export function isComplete(standing: Standing): boolean {
  const { desired, proven, unproven, others, otherVersion, pending, refresh } = standing;
  const onlyProven = unproven.length === 0 && others.length === 0 && pending.length === 0 && otherVersion === undefined;
  const refreshed = refresh === undefined || refresh.status === "Successful";
  return onlyProven && refreshed && desired > 0 && proven.length >= desired;
}

/** The group's newest refresh, unless it is over and was for something else, or has been made good for. */
function relevant({ refresh, began }: Findings, templateVersion: string, others: readonly Host[]): Refresh | undefined {
  if (refresh === undefined || isUnderWay(refresh)) {
    return refresh;
  }
  const recent = refresh.endedAt === undefined || refresh.endedAt >= began - clockLeewayMs;
  return isFor(refresh, templateVersion) && (recent || others.length > 0) ? refresh : undefined;
}

function isFor(refresh: Refresh, templateVersion: string): boolean {
  return [undefined, templateVersion].includes(refresh.templateVersion);
}

function formerVersion(others: readonly Host[]): Standing["former"] {
  const versions = others.map((host) => host.templateVersion).filter(isNumber);
  const counts = [...new Set(versions)].map((version) => ({
    version,
    count: versions.filter((each) => each === version).length,
  }));
  return counts.sort((a, b) => b.count - a.count)[0];
}

function isNumber(version: string): boolean {
  return /^\d+$/.test(version);
}

/** Whether a refresh still replaces hosts, or is about to. */
export function isUnderWay({ status }: Refresh): boolean {
  return !["Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"].includes(status);
}

/** What the group did to get hosts since the rollout began; before that it was about others, whatever the clocks say. */
function launchesOf({ launches, earlier }: Findings, refresh: Refresh | undefined, templateVersion: string): Launch[] {
  const since = refresh && isFor(refresh, templateVersion) ? refresh.startedAt : Number.POSITIVE_INFINITY;
  return launches.filter(({ id, startedAt }) => !earlier.has(id) || startedAt >= since);
}

function abandonedHosts(
  { group, history }: Findings,
  launches: readonly Launch[],
  templateVersion: string,
): AbandonedHost[] {
  const gaveUp = new Map<string, string>();
  for (const { instanceId, failed, message } of launches.toReversed()) {
    const version = instanceId && history.templateVersionOf(instanceId);
    if (instanceId && failed && [undefined, templateVersion].includes(version)) {
      gaveUp.set(instanceId, message);
    }
  }
  for (const { instance } of history.failedReports()) {
    const booted = history.hasSeenBoot(instance) || launches.some(({ instanceId }) => instanceId === instance);
    const inService = group.hosts.some(({ id, state }) => id === instance && state === "InService");
    if (booted && !inService && !gaveUp.has(instance)) {
      gaveUp.set(instance, "its boot failed");
    }
  }
  return [...gaveUp].map(([id, message]) => ({ id, report: history.reportOf(id), message }));
}

/** If the last that the group did to get a host was in vain because of EC2. */
function launchFailure([last]: readonly Launch[]): string | undefined {
  return last?.failed && last.instanceId === undefined ? last.message : undefined;
}
