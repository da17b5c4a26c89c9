import { Mitigation } from "../components/mitigations";
import type { Value } from "../preview/manifest";
import { composeServices, isDockerHost, isSysboxHost, settingsOf, usesRemoteDocker } from "./docker";
import { hostSettings, ownScripts } from "./hostSettings";
import { programName, variableIn } from "./programs";
import type { Resource } from "./rule";
import { joinsHostNetwork } from "./rules/workload";
import type { Strategy, Threat } from "./threats";
import { type HostContent, hostContents, type Invocation } from "./userData";
import { isGiven, isMapping, isTrue, isUnknown, listOf, type Mapping } from "./values";

/** Something that a mitigation needs beside that no rule is broken. */
export interface Fact {
  /** The resources that must carry it. Without any the mitigation is missing. */
  readonly of: (resource: Resource) => boolean;
  /** Whether one does; where nothing is said here, it does by being there. */
  readonly holds?: (resource: Resource) => boolean;
  /** What is said where it is missing, a sentence without its point. */
  readonly missing: string;
  readonly change: string;
}

/** How a stack answers threats, and what shows that it does. */
export interface MitigationText {
  readonly id: Mitigation;
  readonly title: string;
  /** Part of one way out alone; otherwise of both. */
  readonly strategy?: Strategy;
  /** Threats whose risk stays as it was without it; those that answer none limit what an attacker finds, or show it. */
  readonly answers: readonly Threat[];
  /** Ids of the rules that must be kept. */
  readonly rules: readonly string[];
  readonly facts: readonly Fact[];
}

const takeCiFleet = "Make the CI hosts with CiFleet.";
const aHost: Fact = { of: isHost, missing: "no CI host is in this stack", change: takeCiFleet };
const aDaemon: Fact = {
  of: isDockerHost,
  missing: "no daemon listens for clients",
  change: "Give the daemon hosts, tlsverify, tlscacert, tlscert and tlskey in daemon.json.",
};

const common: readonly MitigationText[] = [
  {
    id: Mitigation.WorkloadUnprivileged,
    title: "No container is privileged, or has the socket of the host's Docker",
    answers: ["container-escape", "resource-abuse", "daemon-compromise"],
    rules: ["user-data-understood", "workload-unprivileged", "workload-without-socket"],
    facts: [aHost],
  },
  {
    id: Mitigation.ReleasesPinned,
    title: "Docker and sysbox are installed from pinned, verified packages",
    answers: ["container-escape", "daemon-compromise"],
    rules: ["releases-pinned"],
    facts: [
      {
        of: isHost,
        holds: (resource) => !isSysboxHost(resource) || hostContents(resource).some(installsSysbox),
        missing: "nothing installs sysbox",
        change: takeCiFleet,
      },
    ],
  },
  {
    id: Mitigation.MetadataOutOfReach,
    title: "Containers do not reach the instance metadata service: IMDSv2, hop limit 1, firewall",
    answers: ["container-escape"],
    rules: ["imds-v2-only", "imds-hop-limit-one", "judged-in-the-open"],
    facts: [
      {
        of: isHost,
        holds: (resource) => hostContents(resource).some(blocksMetadata),
        missing: "no firewall keeps containers from 169.254.169.254",
        change: "Reject what containers send there, in DOCKER-USER; CiFleet's ci-imds-firewall.service does.",
      },
    ],
  },
  {
    id: Mitigation.LeastPrivilegeRole,
    title: "Roles allow named actions on named resources",
    answers: ["container-escape"],
    rules: ["iam-no-write-wildcards", "judged-in-the-open"],
    facts: [
      {
        of: ofType("aws:iam/role:Role"),
        missing: "no role is in this stack, so nothing shows what hosts may do",
        change: "Give the hosts a role of their own; CiFleet does.",
      },
    ],
  },
  {
    id: Mitigation.PortsClosed,
    title: "SSH and Docker's ports are closed to the outside",
    answers: ["daemon-compromise"],
    rules: ["remote-access-from-inside", "judged-in-the-open"],
    facts: [
      {
        of: ofType("aws:ec2/securityGroup:SecurityGroup"),
        missing: "no security group is in this stack",
        change: "Give the hosts a group of their own; CiFleet does.",
      },
    ],
  },
  {
    id: Mitigation.NoCredentialsInClear,
    title: "No credential stands in clear; hosts read theirs from Secrets Manager",
    answers: [],
    rules: ["no-credentials-in-clear", "private-keys-secret"],
    facts: [aHost],
  },
  {
    id: Mitigation.EncryptedVolumes,
    title: "Volumes are encrypted",
    answers: [],
    rules: ["encrypted-volumes", "judged-in-the-open"],
    facts: [aHost],
  },
  {
    id: Mitigation.FlowLogs,
    title: "Flow logs record the network's traffic",
    answers: [],
    rules: ["flow-logs-on"],
    facts: [
      { of: ofType("aws:ec2/flowLog:FlowLog"), missing: "no flow log is in this stack", change: "CiNetwork has one." },
    ],
  },
  {
    id: Mitigation.ProofBeforeJobs,
    title: "A host proves itself before it takes jobs, and is abandoned if it does not",
    answers: ["container-escape"],
    rules: ["abandon-silent-hosts", "judged-in-the-open"],
    facts: [
      {
        of: ofType("aws:autoscaling/group:Group"),
        missing: "no auto scaling group is in this stack",
        change: takeCiFleet,
      },
      {
        of: takesJobs,
        holds: (resource) => hostContents(resource).some(provesItself),
        missing: "its boot tries nothing before it is in service",
        change: "Make the CI hosts with CiFleet: its last stage but one tries what a job does, and what it must not.",
      },
    ],
  },
  {
    id: Mitigation.ReleaseProven,
    title: "A deployment succeeds once hosts of its release are in service; who promotes takes a proven one",
    answers: [],
    rules: ["release-proven"],
    facts: [
      {
        of: ofType("ci-hosts:index:RolloutCheck"),
        missing: "nothing waits until hosts have proven what they are",
        change: "Check the fleet with a RolloutCheck.",
      },
    ],
  },
];

const sysbox: readonly MitigationText[] = [
  {
    id: Mitigation.SysboxRuntime,
    title: "daemon.json registers the runtime sysbox-runc",
    strategy: "sysbox",
    answers: ["container-escape", "resource-abuse", "daemon-compromise"],
    rules: ["sysbox-runtime-registered"],
    facts: [{ of: isSysboxHost, missing: "no host has sysbox", change: takeCiFleet }],
  },
  {
    id: Mitigation.WorkloadUnderSysbox,
    title: "What needs Docker inside runs under sysbox",
    strategy: "sysbox",
    answers: ["container-escape", "resource-abuse", "daemon-compromise"],
    rules: [],
    facts: [
      {
        of: isSysboxHost,
        holds: (resource) => sysboxServices(resource).length > 0,
        missing: "no service of a compose file runs under sysbox-runc",
        change: "Mark the services that build images with x-docker: true in the compose file.",
      },
    ],
  },
  {
    id: Mitigation.WorkloadLimits,
    title: "Services under sysbox have limits of CPU, memory and processes",
    strategy: "sysbox",
    answers: ["resource-abuse"],
    rules: [],
    facts: [
      {
        of: isSysboxHost,
        holds: (resource) => sysboxServices(resource).every(isLimited),
        missing: "a service under sysbox-runc lacks a limit",
        change: "Give it cpus, mem_limit and pids_limit in the compose file.",
      },
    ],
  },
];

const tls: readonly MitigationText[] = [
  {
    id: Mitigation.TlsCertificates,
    title: "A CA of its own signs the server's certificate; certificates end and are renewed",
    strategy: "tls",
    answers: ["daemon-compromise"],
    rules: ["certificates-expire", "certificates-renew-early", "private-keys-secret"],
    facts: [
      {
        of: ({ type, inputs }) => type === "tls:index/selfSignedCert:SelfSignedCert" && isTrue(inputs.isCaCertificate),
        missing: "no CA is in this stack",
        change: "Add a tls.SelfSignedCert with isCaCertificate.",
      },
      {
        of: (resource) => isSignedFor(resource, "server_auth"),
        missing: "no certificate for the daemon is in this stack",
        change: "Add a tls.LocallySignedCert with server_auth among allowedUses.",
      },
    ],
  },
  {
    id: Mitigation.TlsClientCertificates,
    title: "Clients of the daemon have certificates",
    strategy: "tls",
    answers: ["daemon-compromise"],
    rules: [],
    facts: [
      {
        of: (resource) => isSignedFor(resource, "client_auth"),
        missing: "no certificate for a client is in this stack",
        change:
          "Add a tls.LocallySignedCert with client_auth among allowedUses for each CI container that uses the daemon.",
      },
    ],
  },
  {
    id: Mitigation.TlsVerifiesClients,
    title: "The daemon takes clients with a certificate of its CA alone: tlsverify",
    strategy: "tls",
    answers: ["daemon-compromise"],
    rules: ["docker-no-plain-tcp", "docker-verifies-clients"],
    facts: [aDaemon],
  },
  {
    id: Mitigation.TlsClientSettings,
    title: "CI containers are told the daemon and their certificate: DOCKER_HOST, _TLS_VERIFY and _CERT_PATH",
    strategy: "tls",
    answers: ["container-escape"],
    rules: [],
    facts: [
      {
        of: (resource) => remoteClients(resource).length > 0,
        holds: (resource) => remoteClients(resource).every(speaksTls),
        missing: "a container lacks DOCKER_HOST with the port of TLS, DOCKER_TLS_VERIFY or DOCKER_CERT_PATH",
        change:
          "Set all three in the environment of each service that uses the daemon: tcp://…:2376, 1 and the directory.",
      },
    ],
  },
  {
    id: Mitigation.DedicatedDaemon,
    title: "The daemon has a machine of its own, and nothing else runs there",
    strategy: "tls",
    answers: ["container-escape", "resource-abuse"],
    rules: ["one-strategy"],
    facts: [
      {
        of: isDockerHost,
        holds: (resource) => servicesOf(resource).length === 0,
        missing: "no machine is there for the daemon alone",
        change: "Run services on other machines.",
      },
    ],
  },
  {
    id: Mitigation.DaemonIsolated,
    title: "The daemon's network leads nowhere else",
    strategy: "tls",
    answers: ["container-escape", "daemon-compromise"],
    rules: ["docker-host-isolated", "docker-host-no-public-address"],
    facts: [aDaemon],
  },
];

export const mitigations: readonly MitigationText[] = [...common, ...sysbox, ...tls];

/** The ways out that a stack has begun to take, whole or not. */
export function strategiesOf(resources: readonly Resource[]): Strategy[] {
  return [
    ...(resources.some(isSysboxHost) ? (["sysbox"] as const) : []),
    ...(resources.some((resource) => isDockerHost(resource) || usesRemoteDocker(resource)) ? (["tls"] as const) : []),
  ];
}

function ofType(type: string) {
  return (resource: Resource) => resource.type === type;
}

/** Whether machines are made from it that run containers of others. */
function isHost(resource: Resource): boolean {
  return isSysboxHost(resource) || isDockerHost(resource) || servicesOf(resource).length > 0;
}

/** Whether jobs come to its machines; those of a Docker host come through such machines alone. */
function takesJobs(resource: Resource): boolean {
  return isSysboxHost(resource) || servicesOf(resource).length > 0;
}

function servicesOf(resource: Resource): Mapping[] {
  return hostContents(resource).flatMap((host) => composeServices(host).map(({ service }) => service));
}

function sysboxServices(resource: Resource): Mapping[] {
  return servicesOf(resource).filter(({ runtime }) => runtime === "sysbox-runc");
}

/** In the keys of a service, or in those of `deploy`. */
function isLimited(service: Mapping): boolean {
  const { deploy } = service;
  const resources = isMapping(deploy) && isMapping(deploy.resources) ? deploy.resources : {};
  const limits = isMapping(resources.limits) ? resources.limits : {};
  return (
    isLimit(service.cpus ?? limits.cpus) &&
    isLimit(service.mem_limit ?? limits.memory) &&
    isLimit(service.pids_limit ?? limits.pids)
  );
}

/** 0 and what is below it mean that there is none. */
function isLimit(value: Value | undefined): boolean {
  return isGiven(value) && (isUnknown(value) || Number.parseFloat(String(value)) > 0);
}

/** The environment of each service that uses a daemon elsewhere. */
function remoteClients(resource: Resource): ReadonlyMap<string, string>[] {
  return servicesOf(resource)
    .map(settingsOf)
    .filter((settings) => settings.has("DOCKER_HOST"));
}

/** Docker's client verifies whenever DOCKER_TLS_VERIFY is not empty. */
function speaksTls(settings: ReadonlyMap<string, string>): boolean {
  const daemon = settings.get("DOCKER_HOST") ?? "";
  return (
    (isUnknown(daemon) || /^tcp:\/\/[^/]+(?<!:2375)\/?$/.test(daemon)) &&
    isGiven(settings.get("DOCKER_TLS_VERIFY")) &&
    isGiven(settings.get("DOCKER_CERT_PATH"))
  );
}

function installsSysbox(host: HostContent): boolean {
  return (
    hostSettings(host).has("SYSBOX_URL") ||
    host.packages.some((name) => name.startsWith("sysbox")) ||
    host.commands.some(({ line }) => /\b(?:apt|apt-get|dpkg)\b.*\bsysbox/.test(line))
  );
}

/** By a command that is run, in a script of cloud-init or in a file that something else runs; and nobody goes around it. */
function blocksMetadata(host: HostContent): boolean {
  const { commands, invocations } = host;
  const isRun = (path: string) => !path.startsWith("/") || commands.some(({ line }) => line.includes(path));
  return (
    invocations.some((rule) => isRun(rule.path) && dropsForwarded(rule.words) && namesMetadata(rule, invocations)) &&
    !invocations.some(({ words }) => words.some(takesBack) && words.some(isMetadataAddress)) &&
    !invocations.some(({ words }) => letsAllPass(words)) &&
    !joinsHostNetwork(host)
  );
}

/** A rule for what containers send, `iptables -I DOCKER-USER … -j DROP` or `nft add rule … DOCKER-USER … drop`. */
function dropsForwarded(words: readonly string[]): boolean {
  const chain = words[words.findIndex((word) => /^(?:-I|-A|--insert|--append)$/.test(word)) + 1] ?? "";
  const verdict = words[words.findIndex((word) => /^(?:-j|--jump)$/.test(word)) + 1] ?? "";
  const isNft = words.includes("rule") && words.some((word) => word === "add" || word === "insert");
  const isForwarded = (word: string) => /^(?:DOCKER-USER|FORWARD)$/i.test(word);
  const isRefused = (word: string) => /^(?:DROP|REJECT)$/i.test(word);
  return isNft ? words.some(isForwarded) && words.some(isRefused) : isForwarded(chain) && isRefused(verdict);
}

/** The rule names the address itself, or a variable, and then its script does. */
function namesMetadata(rule: Invocation, invocations: readonly Invocation[]): boolean {
  const destination =
    rule.words[rule.words.findIndex((word) => /^(?:-d|--destination|--dst|daddr)$/.test(word)) + 1] ?? "";
  return (
    isMetadataAddress(destination) ||
    (variableIn(destination) !== undefined &&
      invocations.some(({ path, words }) => path === rule.path && words.some(isMetadataAddress)))
  );
}

function isMetadataAddress(word: string): boolean {
  return /^169\.254\.(?:169\.254(?:\/32)?|0\.0\/16)$/.test(word);
}

function takesBack(word: string): boolean {
  return word === "-D" || word === "--delete";
}

/** A command that empties the chains, or accepts in them before anything is rejected, whatever the address. */
function letsAllPass(words: readonly string[]): boolean {
  if (!words.some((word) => /^(?:\$tables|ip6?tables(?:-\w+)*)$/.test(programName(word)))) {
    return false;
  }
  const after = (option: RegExp) => words[words.findIndex((word) => option.test(word)) + 1] ?? "";
  const isForwarded = (chain: string) => /^(?:DOCKER-USER|FORWARD)$/.test(chain);
  const flush = /^(?:-F|-X|--flush|--delete-chain)$/;
  // Without a chain it is about all of them.
  const isFlushed =
    words.some((word) => flush.test(word)) && (isForwarded(after(flush)) || !/^[A-Z]/.test(after(flush)));
  const accepts = isForwarded(after(/^(?:-I|--insert)$/)) && /^(?:ACCEPT|RETURN)$/.test(after(/^(?:-j|--jump)$/));
  const isNarrow = words.some((word) => /^(?:-d|--destination|--dst|-i|--in-interface|-s|--source)$/.test(word));
  return isFlushed || (accepts && !isNarrow);
}

/** The boot has a probe before the stage that tells Auto Scaling, the probe is there, and a unit runs the boot. */
function provesItself(host: HostContent): boolean {
  const settings = hostSettings(host);
  const probe = /\b(probe(?:-remote)?)(?: .*)? in-service\b/.exec(settings.get("STAGES") ?? "")?.[1];
  const script = `${ownScripts}boot.sh`;
  return (
    probe !== undefined &&
    settings.has("LAUNCHING_HOOK") &&
    holds(host, `${ownScripts}stages/${probe}.sh`) &&
    holds(host, script) &&
    host.invocations.some(({ path, words }) => path.endsWith(".service") && words.includes(`ExecStart=${script}`))
  );
}

function holds({ files }: HostContent, path: string): boolean {
  return files.some((file) => file.path === path && file.content.trim() !== "");
}

function isSignedFor({ type, inputs }: Resource, use: string): boolean {
  return type === "tls:index/locallySignedCert:LocallySignedCert" && listOf(inputs.allowedUses).includes(use);
}
