import { Address4 } from "ip-address";
import type { Problem } from "../problems";
import { addressProblems, type ContainerAddresses, defaultAddressPools, defaultBridgeCidr } from "./containerAddresses";

/** What a sysbox host's daemon.json is made of. */
export interface SysboxDaemonOptions extends ContainerAddresses {
  /** Further keys of daemon.json, such as registry-mirrors. Defaults to none. */
  readonly daemonSettings?: Readonly<Record<string, unknown>> | undefined;
}

/** Where sysbox's package puts its runtime. */
const sysboxRuntimePath = "/usr/bin/sysbox-runc";

/** daemon.json of a host whose containers may ask for sysbox. Must have no {@link sysboxDaemonProblems}. */
export function sysboxDaemonConfig(options: SysboxDaemonOptions): string {
  const { daemonSettings = {} } = options;
  const runtimes = { "sysbox-runc": { path: sysboxRuntimePath } };
  return renderDaemonConfig({ ...commonSettings(options), runtimes, ...daemonSettings });
}

/**
 * daemon.json of a host whose services use a Docker host over TLS. What runs on this one needs no Docker, and root in a
 * container is root's number on the host: nothing gains rights that it did not start with.
 */
export function clientDaemonConfig(options: ContainerAddresses): string {
  return renderDaemonConfig({
    ...commonSettings(options),
    icc: false,
    "no-new-privileges": true,
    "userland-proxy": false,
  });
}

function commonSettings({ bridgeCidr = defaultBridgeCidr, addressPools = defaultAddressPools }: ContainerAddresses) {
  const bridge = new Address4(bridgeCidr);
  return {
    bip: `${bridge.startAddressExclusive().correctForm()}${bridge.subnet}`,
    "default-address-pools": addressPools,
    "log-driver": "local",
    "log-opts": { "max-file": "5", "max-size": "20m" },
  };
}

function renderDaemonConfig(config: Readonly<Record<string, unknown>>): string {
  // Indented by spaces: sysbox's installer looks for bip and default-address-pools with `^[ ]+"`, and restarts Docker
  // with addresses of its own when it finds none (nestybox/sysbox-pkgr).
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** What is wrong with the options; paths are the options' names. */
export function sysboxDaemonProblems(options: SysboxDaemonOptions): Problem[] {
  return [...addressProblems(options), ...Object.entries(options.daemonSettings ?? {}).flatMap(settingProblems)];
}

/** A key of daemon.json that is not the user's to set, or not to any value. */
interface SettingRule {
  /** Defaults to refusing every value. */
  readonly accepts?: (value: unknown) => boolean;
  readonly rule: string;
  readonly fix: string;
}

const overTheNetwork: SettingRule = {
  rule: "would let the daemon be reached over the network, and who reaches it is root on the host",
  fix: "leave it out; a container that needs Docker gets its own, by sysbox",
};
const fixedPath: SettingRule = {
  rule: "is fixed: the data volume is mounted at /var/lib/docker",
  fix: "leave it out",
};
const metadataWall: SettingRule = {
  accepts: (value) => value === true,
  rule: "must stay on: the rule that keeps containers from the instance metadata service is Docker's to carry",
  fix: "leave it out",
};

const settingRules: Readonly<Record<string, SettingRule>> = {
  bip: { rule: "is made from bridgeCidr", fix: "set bridgeCidr" },
  "default-address-pools": { rule: "is made from addressPools", fix: "set addressPools" },
  runtimes: { rule: "is what registers sysbox", fix: "leave it out" },
  "default-runtime": {
    accepts: (value) => value === "runc" || value === "sysbox-runc",
    rule: 'must be "runc" or "sysbox-runc": Docker does not start with a runtime that it does not know',
    fix: 'take "sysbox-runc" where the tool that starts the containers cannot choose, or leave it out',
  },
  "live-restore": {
    accepts: (value) => value === false,
    rule: "breaks DNS in sysbox containers when Docker restarts: https://github.com/nestybox/sysbox/issues/270",
    fix: "leave it out; jobs are drained before a host is replaced",
  },
  "userns-remap": {
    rule: "turns off the containerd image store, and sysbox gives each container a user namespace of its own anyway",
    fix: "leave it out",
  },
  "no-new-privileges": {
    accepts: (value) => value === false,
    rule: "takes sudo and every setuid program from all CI images, and inside sysbox they are harmless to the host",
    fix: "set `security_opt: [no-new-privileges]` on the services that can bear it",
  },
  "selinux-enabled": {
    accepts: (value) => value === false,
    rule: "does not work with sysbox: https://github.com/nestybox/sysbox/issues/675",
    fix: "leave it out",
  },
  hosts: overTheNetwork,
  tls: overTheNetwork,
  tlsverify: overTheNetwork,
  "data-root": fixedPath,
  iptables: metadataWall,
  ip6tables: metadataWall,
  "firewall-backend": {
    accepts: (value) => value === "iptables",
    rule: "must be iptables: with nftables Docker has no DOCKER-USER chain (docs.docker.com, firewall-nftables)",
    fix: "leave it out",
  },
};

function settingProblems([key, value]: [string, unknown]): Problem[] {
  const found = settingRules[key];
  if (found === undefined || found.accepts?.(value)) {
    return [];
  }
  return [{ path: `daemonSettings.${key}`, value, rule: found.rule, fix: found.fix }];
}
