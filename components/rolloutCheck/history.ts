import type { BootReport } from "../checks/bootReport";
import { type Group, type Host, isBooting } from "./group";

/** What a check has learned about a group's hosts, round by round. */
export class History {
  private readonly states = new Map<string, { readonly state: string; readonly since: number }>();
  private readonly reports = new Map<string, BootReport>();
  private readonly versions = new Map<string, string>();
  private readonly booted = new Set<string>();
  private provenHosts: ReadonlySet<string> = new Set();
  /** Whether any host was ever proven. */
  hasProven = false;

  see({ hosts }: Group, now: number): void {
    for (const host of hosts) {
      const { id, state, templateVersion } = host;
      this.versions.set(id, templateVersion);
      if (isBooting(host)) {
        this.booted.add(id);
      }
      if (this.states.get(id)?.state !== state) {
        this.states.set(id, { state, since: now });
      }
    }
  }

  /** How long a host has been in its state, as far as anybody looked. */
  millisecondsIn({ id }: Host, now: number): number {
    return now - (this.states.get(id)?.since ?? now);
  }

  /** The version of the launch template that a host has or had, if it was ever seen. */
  templateVersionOf(instanceId: string): string | undefined {
    return this.versions.get(instanceId);
  }

  /** Whether a host was seen on its way into service. */
  hasSeenBoot(instanceId: string): boolean {
    return this.booted.has(instanceId);
  }

  learn(reports: readonly BootReport[]): void {
    for (const report of reports) {
      const known = this.reports.get(report.instance);
      if (!known || Date.parse(report.writtenAt) >= Date.parse(known.writtenAt)) {
        this.reports.set(report.instance, report);
      }
    }
  }

  /** The last report of a boot with the release that is over. */
  reportOf(instanceId: string): BootReport | undefined {
    return this.reports.get(instanceId);
  }

  /** Hosts whose boot with the release failed, the last one last. */
  failedReports(): BootReport[] {
    return [...this.reports.values()]
      .filter(({ result }) => result === "failed")
      .sort((a, b) => Date.parse(a.writtenAt) - Date.parse(b.writtenAt));
  }

  /** Notes which hosts are proven now; returns those that were and are not any more. */
  prove(hosts: readonly Host[]): string[] {
    const now = new Set(hosts.map(({ id }) => id));
    const lost = [...this.provenHosts].filter((id) => !now.has(id));
    this.provenHosts = now;
    this.hasProven ||= now.size > 0;
    return lost;
  }
}
