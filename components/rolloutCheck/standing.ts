import type { BootReport } from "../checks/bootReport";
import type { Group, Host, Launch, Refresh } from "./group";
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
    .filter(({ state }) => /^(Pending|ReplacingRootVolume|RootVolumeReplaced)/.test(state))
    .map((host) => ({ host, milliseconds: history.millisecondsIn(host, now), stage: stages.get(host.id) }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
  const others = inService.filter((host) => host.templateVersion !== templateVersion);
  const refresh = relevant(findings, templateVersion, others);
  return {
    desired: group.desired,
    proven: wanted.filter(isProven),
    unproven: wanted
      .filter((host) => !isProven(host))
      .map((host) => ({ host, report: history.reportOf(host.id), trouble: troubles.get(host.id) })),
    others,
    pending,
    missing: Math.max(0, group.desired - wanted.length - pending.length),
    refresh,
    refreshUnderWay: refresh !== undefined && isUnderWay(refresh),
    abandoned: abandonedHosts(findings, refresh, templateVersion),
    launchFailure: launchFailure(findings, refresh),
    suspended: group.suspended.filter((name) => neededProcesses.includes(name)),
  };
}

/** Whether nothing is left to wait for. */
export function isComplete({ desired, proven, unproven, others, pending, refresh }: Standing): boolean {
  const onlyProven = unproven.length === 0 && others.length === 0 && pending.length === 0;
  const refreshed = refresh === undefined || refresh.status === "Successful";
  return onlyProven && refreshed && desired > 0 && proven.length >= desired;
}

/** The group's newest refresh, unless it is over and was for something else, or has been made good for. */
function relevant({ refresh, began }: Findings, templateVersion: string, others: readonly Host[]): Refresh | undefined {
  if (refresh === undefined || isUnderWay(refresh)) {
    return refresh;
  }
  const forThis = [undefined, templateVersion].includes(refresh.templateVersion);
  const recent = refresh.endedAt === undefined || refresh.endedAt >= began - clockLeewayMs;
  return forThis && (recent || others.length > 0) ? refresh : undefined;
}

function isUnderWay({ status }: Refresh): boolean {
  return !["Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"].includes(status);
}

/** Since when what the group does is about this rollout. */
function rolloutBegan({ began }: Findings, refresh: Refresh | undefined): number {
  const sinceCheck = began - clockLeewayMs;
  const isOfThis = refresh && (isUnderWay(refresh) || (refresh.endedAt ?? began) >= sinceCheck);
  return isOfThis ? Math.min(refresh.startedAt, sinceCheck) : sinceCheck;
}

function abandonedHosts(findings: Findings, refresh: Refresh | undefined, templateVersion: string): AbandonedHost[] {
  const { group, launches, history } = findings;
  const since = rolloutBegan(findings, refresh);
  const gaveUp = new Map<string, string>();
  for (const { instanceId, startedAt, failed, message } of launches.toReversed()) {
    const version = instanceId && history.templateVersionOf(instanceId);
    if (instanceId && failed && startedAt >= since && [undefined, templateVersion].includes(version)) {
      gaveUp.set(instanceId, message);
    }
  }
  for (const { instance } of history.failedReports()) {
    const ofGroup = history.templateVersionOf(instance) ?? launches.find(({ instanceId }) => instanceId === instance);
    const inService = group.hosts.some(({ id, state }) => id === instance && state === "InService");
    if (ofGroup && !inService && !gaveUp.has(instance)) {
      gaveUp.set(instance, "its boot failed");
    }
  }
  return [...gaveUp].map(([id, message]) => ({ id, report: history.reportOf(id), message }));
}

/** If the last that the group did to get a host was in vain because of EC2. */
function launchFailure(findings: Findings, refresh: Refresh | undefined): string | undefined {
  const [last] = findings.launches;
  const isOfThis = last && last.startedAt >= rolloutBegan(findings, refresh);
  return isOfThis && last.failed && last.instanceId === undefined ? last.message : undefined;
}
