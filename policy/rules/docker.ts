import { daemonOf, daemonsOf, type Listener, usesSysbox } from "../docker";
import type { Finding, Resource, ResourceRule } from "../rule";
import { hostContents } from "../userData";

const noPlainTcp: ResourceRule = {
  id: "docker-no-plain-tcp",
  severity: "critical",
  what: "No Docker daemon listens on TCP without TLS, not even on the loopback address.",
  why: "Whoever can send it a request is root on the host.",
  fix: "Leave hosts out, or set tlsverify, tlscacert, tlscert and tlskey in daemon.json.",
  check: (resource) => listenersOf(resource).filter(isPlain).map(asFinding),
};

const verifiesClients: ResourceRule = {
  id: "docker-verifies-clients",
  severity: "critical",
  what: "A Docker daemon that listens on TCP takes no client without a certificate of its CA: tlsverify.",
  why: "TLS without tlsverify encrypts, and lets everyone in.",
  fix: "Set tlsverify to true, with tlscacert, in daemon.json.",
  check: (resource) =>
    listenersOf(resource)
      .filter((listener) => !listener.verifies && !isPlain(listener))
      .map(asFinding),
};

const sysboxRegistered: ResourceRule = {
  id: "sysbox-runtime-registered",
  severity: "high",
  what: "The daemon.json of a host that has sysbox, or runs services under it, registers sysbox-runc.",
  why: "Without it no container of the workload starts, and the way out that is found in a hurry is --privileged.",
  fix: 'Set runtimes to { "sysbox-runc": { "path": "/usr/bin/sysbox-runc" } } in daemon.json.',
  check: (resource) =>
    hostContents(resource)
      .filter((host) => usesSysbox(host) && !daemonOf(host).registersSysbox)
      .map(({ property }) => ({
        path: `${property}: /etc/docker/daemon.json`,
        found: "the host has sysbox, and its daemon no runtime sysbox-runc",
      })),
};

export const dockerRules = [noPlainTcp, verifiesClients, sysboxRegistered];

function listenersOf(resource: Resource): Listener[] {
  return daemonsOf(resource).flatMap(({ listeners }) => listeners);
}

function isPlain({ tls, verifies }: Listener): boolean {
  return !tls && !verifies;
}

function asFinding({ path, found }: Listener): Finding {
  return { path, found };
}
