// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are Compose's variables.
import * as assert from "node:assert/strict";
import { type WorkloadOptions, workloadProblems } from "../../components/host/workload";

/** What is wrong with a compose file, the path where that is said, and what the reason says. */
type Case = readonly [wrong: string, path: string, rule: RegExp];

/** Lines of the service `runner`. */
const lines: readonly Case[] = [
  ["privileged: true", "services.runner.privileged", /every device and capability/],
  ['privileged: "true"', "services.runner.privileged", /every device and capability/],
  ['privileged: "yes"', "services.runner.privileged", /every device and capability/],
  ["privileged: yes", "services.runner.privileged", /read this differently/],
  ["privileged: On", "services.runner.privileged", /read this differently/],
  ["privileged: TRUE", "services.runner.privileged", /every device and capability/],
  ["privileged: 1", "services.runner.privileged", /every device and capability/],
  ["privileged:", "services.runner.privileged", /every device and capability/],
  ["privileged: ${PRIVILEGED:-true}", "services.runner.privileged", /variable/],
  ["privileged: $PRIVILEGED", "services.runner.privileged", /variable/],
  ["privileged: $$$PRIVILEGED", "services.runner.privileged", /variable/],
  ['"privileged": true', "services.runner.privileged", /every device and capability/],
  ["? privileged\n: true", "services.runner.privileged", /every device and capability/],
  ['"\\u0070rivileged": true', "services.runner.privileged", /every device and capability/],
  ["privileged: !!bool true", "line 4", /tags/],
  ["privileged: !reset null", "line 4", /tags/],
  ["volumes: !override [/:/host]", "line 4", /tags/],
  ["privileged: false\nprivileged: true", "line 5", /unique/],
  ['privileged: false\n"privileged": true', "line 5", /unique/],
  ["Privileged: true", "services.runner.Privileged", /not among the keys/],

  [
    "volumes: [/var/run/docker.sock:/var/run/docker.sock]",
    "services.runner.volumes[0].source",
    /socket of a container engine/,
  ],
  ["volumes: ['/var/run/docker.sock:/sock:ro']", "services.runner.volumes[0].source", /socket of a container engine/],
  ["volumes: [/run/docker.sock:/sock]", "services.runner.volumes[0].source", /socket of a container engine/],
  ["volumes: [//var//run/./docker.sock/:/sock]", "services.runner.volumes[0].source", /socket of a container engine/],
  [
    "volumes: [/srv/ci/../../run/docker.sock:/sock]",
    "services.runner.volumes[0].source",
    /socket of a container engine/,
  ],
  ["volumes: [/srv/ci/..:/sock]", "services.runner.volumes[0].source", /may not be mounted/],
  ["volumes: [/:/host]", "services.runner.volumes[0].source", /Docker socket/],
  ["volumes: [/run:/host]", "services.runner.volumes[0].source", /Docker socket/],
  ["volumes: [/var/run/:/host]", "services.runner.volumes[0].source", /Docker socket/],
  ["volumes: [/var:/host]", "services.runner.volumes[0].source", /Docker daemon's data/],
  ["volumes: [/proc/1/root/run/docker.sock:/sock]", "services.runner.volumes[0].source", /container engine/],
  ["volumes: [/proc/1/root:/host]", "services.runner.volumes[0].source", /host's processes/],
  ["volumes: [../../run/docker.sock:/sock]", "services.runner.volumes[0].source", /relative/],
  ["volumes: [./:/project]", "services.runner.volumes[0].source", /relative/],
  ["volumes: ['~/.docker:/root/.docker']", "services.runner.volumes[0].source", /relative/],
  ["volumes: ['c:\\run:/host']", "services.runner.volumes[0].target", /absolute and plain/],
  [
    "volumes: [/run/containerd/containerd.sock:/sock]",
    "services.runner.volumes[0].source",
    /containerd|container engine/,
  ],
  ["volumes: [/run/podman/podman.sock:/sock]", "services.runner.volumes[0].source", /Podman|container engine/],
  ["volumes: [/etc:/host]", "services.runner.volumes[0].source", /configuration and keys/],
  ["volumes: [/var/lib/docker:/host]", "services.runner.volumes[0].source", /Docker daemon's data/],
  ["volumes: [/var/lib/sysbox:/host]", "services.runner.volumes[0].source", /sysbox's data/],
  ["volumes: [/root/.ssh:/host]", "services.runner.volumes[0].source", /root's home/],
  ["volumes: [/dev:/host]", "services.runner.volumes[0].source", /disks and memory/],
  ["volumes: [/sys/fs/cgroup:/host]", "services.runner.volumes[0].source", /kernel settings/],
  ["volumes: [/boot:/host]", "services.runner.volumes[0].source", /kernel/],
  ["volumes: [/run/sysbox/sysmgr.sock:/s]", "services.runner.volumes[0].source", /sysbox's sockets/],
  ["volumes: [/mnt/data/var/lib/docker:/host]", "services.runner.volumes[0].source", /data volume/],
  ["volumes: [/var/lib]\nx-docker: true", "services.runner.volumes[0]", /sysbox#1021/],
  ["volumes: [/opt/tools:/host]", "services.runner.volumes[0].source", /no directory that is offered/],
  ["volumes: [/srv/ci:/host]", "services.runner.volumes[0].source", /no directory that is offered/],
  ["volumes: [/srv/ci/cache/link:/host]", "services.runner.volumes[0].source", /no directory that is offered/],
  ["volumes: [/srv/ci/..data:/host]", "services.runner.volumes[0].source", /no directory that is offered/],
  ["volumes: [/srv/ci/cache:/x:rshared]", "services.runner.volumes[0].mode", /cross to the host/],
  ["volumes: [/srv/ci/cache:/x:ro:/y]", "services.runner.volumes[0].mode", /no mode/],
  ["volumes: [/srv/ci/cache:/proc]", "services.runner.volumes[0].target", /\/proc or \/sys/],
  ["volumes: [/srv/ci/cache:/x/../proc/self]", "services.runner.volumes[0].target", /\/proc or \/sys/],
  [
    "volumes: [{type: bind, source: /run/docker.sock, target: /s}]",
    "services.runner.volumes[0].source",
    /socket of a container engine/,
  ],
  [
    "volumes: [{type: volume, source: /run/docker.sock, target: /s}]",
    "services.runner.volumes[0].source",
    /Docker|string/,
  ],
  ["volumes: [{type: BIND, source: /etc, target: /s}]", "services.runner.volumes[0].type", /discriminator/],
  ["volumes: [{type: npipe, source: /etc, target: /s}]", "services.runner.volumes[0].type", /discriminator/],
  ["volumes: [{type: image, source: a, target: /s}]", "services.runner.volumes[0].type", /discriminator/],
  [
    "volumes: [{type: bind, source: /srv/ci/a, target: /a, bind: {propagation: rshared}}]",
    "services.runner.volumes[0].bind.propagation",
    /cross between/,
  ],
  ["volumes: [{type: tmpfs, target: /sys/kernel}]", "services.runner.volumes[0].target", /\/proc or \/sys/],
  ["volumes: {a: /:/host}", "services.runner.volumes", /expected array/],
  ["volumes: [data:/data]", "services.runner.volumes[0]", /nothing of that name under `volumes`/],
  ["volumes: [/var/lib/docker]\nx-docker: true", "services.runner.volumes[0]", /sysbox#1021/],
  ["tmpfs: /proc", "services.runner.tmpfs[0]", /tmpfs/],
  ["tmpfs: ['/tmp:rshared']", "services.runner.tmpfs[0]", /tmpfs/],
  ["volumes_from: [other]", "services.runner.volumes_from", /hides which mounts/],
  ["use_api_socket: true", "services.runner.use_api_socket", /Docker socket/],

  ["network_mode: host", "services.runner.network_mode", /host's own/],
  ["network_mode: Host", "services.runner.network_mode", /host's own/],
  ["network_mode: container:agent", "services.runner.network_mode", /another container/],
  ["network_mode: service:agent", "services.runner.network_mode", /nothing of that name/],
  ["network_mode: ns:/proc/1/ns/net", "services.runner.network_mode", /host's own/],
  ["pid: host", "services.runner.pid", /process table/],
  ["pid: service:runner", "services.runner.pid", /process table/],
  ["ipc: host", "services.runner.ipc", /shared memory/],
  ["ipc: container:agent", "services.runner.ipc", /shared memory/],
  ["uts: host", "services.runner.uts", /host name/],
  ["userns_mode: host", "services.runner.userns_mode", /user ids/],
  ['userns_mode: "host "', "services.runner.userns_mode", /user ids/],
  ["cgroup: host", "services.runner.cgroup", /control groups/],
  ["cgroup_parent: /", "services.runner.cgroup_parent", /control group/],
  ["ports: ['2375:2375']", "services.runner.ports", /opens a port/],
  [
    "networks: {default: {link_local_ips: [169.254.169.254]}}",
    "services.runner.networks.default.link_local_ips",
    /host trusts/,
  ],
  [
    "networks: {default: {ipv4_address: 169.254.169.254}}",
    "services.runner.networks.default.ipv4_address",
    /host trusts/,
  ],
  ["networks: [host]", "services.runner.networks.host", /nothing of that name/],

  ["cap_add: [SYS_ADMIN]", "services.runner.cap_add[0]", /Docker withholds/],
  ["cap_add: [CAP_SYS_ADMIN]", "services.runner.cap_add[0]", /Docker withholds/],
  ["cap_add: [chown, sys_ptrace]", "services.runner.cap_add[1]", /Docker withholds/],
  ["cap_add: [ALL]", "services.runner.cap_add[0]", /Docker withholds/],
  ["cap_add: ALL", "services.runner.cap_add", /expected array/],
  ["cap_add: [NET_ADMIN]", "services.runner.cap_add[0]", /Docker withholds/],
  ["cap_add: [CHECKPOINT_RESTORE]", "services.runner.cap_add[0]", /Docker withholds/],
  ["devices: [/dev/kvm]", "services.runner.devices", /device of the host/],
  ["devices: []", "services.runner.devices", /device of the host/],
  ["device_cgroup_rules: ['a *:* rwm']", "services.runner.device_cgroup_rules", /device of the host/],
  ["gpus: all", "services.runner.gpus", /device of the host/],
  [
    "deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}",
    "services.runner.deploy.resources.reservations.devices",
    /device of the host/,
  ],
  ["security_opt: ['seccomp:unconfined']", "services.runner.security_opt[0]", /keeps the container in/],
  ["security_opt: [seccomp=unconfined]", "services.runner.security_opt[0]", /keeps the container in/],
  ["security_opt: [seccomp=/srv/ci/profile.json]", "services.runner.security_opt[0]", /keeps the container in/],
  ["security_opt: ['apparmor:unconfined']", "services.runner.security_opt[0]", /keeps the container in/],
  ["security_opt: ['label:disable']", "services.runner.security_opt[0]", /keeps the container in/],
  ["security_opt: ['no-new-privileges:false']", "services.runner.security_opt[0]", /keeps the container in/],
  ["security_opt: [systempaths=unconfined]", "services.runner.security_opt[0]", /keeps the container in/],
  ["security_opt: ['no-new-privileges:true', writable-cgroups=true]", "services.runner.security_opt[1]", /keeps/],
  ["sysctls: {kernel.core_pattern: '|/x'}", "services.runner.sysctls.kernel.core_pattern", /whole host/],
  ["sysctls: ['kernel.core_pattern=|/x']", "services.runner.sysctls.kernel.core_pattern", /whole host/],
  ["sysctls: {net/../kernel/core_pattern: x}", "services.runner.sysctls.net/../kernel/core_pattern", /whole host/],
  ["annotations: {org.systemd.property.DeviceAllow: x}", "services.runner.annotations", /any property/],
  ["oom_score_adj: -1000", "services.runner.oom_score_adj", /daemons first/],
  ["oom_kill_disable: true", "services.runner.oom_kill_disable", /host's memory/],
  [
    "logging: {driver: syslog, options: {syslog-address: 'unix:///run/x'}}",
    "services.runner.logging.driver",
    /expected one of/,
  ],
  [
    "logging: {options: {syslog-address: 'unix:///run/x'}}",
    "services.runner.logging.options.syslog-address",
    /key|option/i,
  ],

  ["runtime: runc", "services.runner.runtime", /not the runtime/],
  ["runtime: io.containerd.runc.v2\nx-docker: true", "services.runner.runtime", /not the runtime/],
  ["runtime: ${RUNTIME}", "services.runner.runtime", /variable/],
  ["x-docker: 'true'", "services.runner.x-docker", /true or false/],
  ["isolation: default", "services.runner.isolation", /not among the keys/],
  ["post_start: [{command: id, privileged: true}]", "services.runner.post_start[0].privileged", /every device/],
  ["pre_stop: [{command: id, privileged: 'true'}]", "services.runner.pre_stop[0].privileged", /every device/],
  ["build: /", "services.runner.build", /host's own Docker/],
  ["build: {context: ./app, privileged: true}", "services.runner.build", /host's own Docker/],
  ["build: {dockerfile_inline: FROM a, network: host}", "services.runner.build", /host's own Docker/],
  ["env_file: /etc/shadow", "services.runner.env_file", /files of the host/],
  ["label_file: /etc/shadow", "services.runner.label_file", /files of the host/],
  ["credential_spec: {file: /etc/shadow}", "services.runner.credential_spec", /files of the host/],
  ["develop: {watch: [{path: /, action: sync, target: /x}]}", "services.runner.develop", /files of the host/],
  ["provider: {type: /bin/sh}", "services.runner.provider", /starts a program on the host/],
  ["models: [m]", "services.runner.models", /starts a program on the host/],
  ["links: [other]", "services.runner.links", /leftover/],
  ["external_links: [other]", "services.runner.external_links", /not this project's/],
  ["extends: {file: /etc/x.yaml, service: a}", "services.runner.extends", /can't be checked/],
  ["extends: {service: other}", "services.runner.extends", /no service of that name/],
  ["extends: runner", "services.runner.extends", /extend itself/],
  ["a_key_of_tomorrow: true", "services.runner.a_key_of_tomorrow", /not among the keys/],

  [
    "environment: {DOCKER_HOST: 'tcp://172.17.0.1:2375'}",
    "services.runner.environment.DOCKER_HOST",
    /outside of this project/,
  ],
  [
    "environment: ['DOCKER_HOST=tcp://host.docker.internal:2375']",
    "services.runner.environment.DOCKER_HOST",
    /outside/,
  ],
  ["environment: {DOCKER_HOST: 'ssh://root@10.0.0.1'}", "services.runner.environment.DOCKER_HOST", /outside/],
  [
    "environment: {SYSBOX_ALLOW_TRUSTED_XATTR: 'TRUE'}",
    "services.runner.environment.SYSBOX_ALLOW_TRUSTED_XATTR",
    /sysbox protects/,
  ],
  ["environment: [AWS_SECRET_ACCESS_KEY]", "services.runner.environment.AWS_SECRET_ACCESS_KEY", /host's environment/],
  ["environment: {TOKEN: }", "services.runner.environment.TOKEN", /host's environment/],
  ["command: echo $HOME", "services.runner.command", /variable/],
  ["labels: {com.docker.compose.project: other}", "services.runner.labels.com.docker.compose.project", /pattern|match/],
  ["image: $IMAGE", "services.runner.image", /unique|variable/],
  ["restart: no", "services.runner.restart", /read this differently/],
  ["secrets: [token]", "services.runner.secrets[0]", /nothing of that name under `secrets`/],
  ["secrets: [{source: token, target: ../../proc/self/mem}]", "services.runner.secrets[0].target", /\/proc and \/sys/],
  ["depends_on: [other]", "services.runner.depends_on.other", /nothing of that name under `services`/],
];

/** Whole compose files. */
const files: readonly Case[] = [
  ["", "services", /one YAML document/],
  ["[]", "services", /one YAML document/],
  ["services: {a: {image: a}}\n---\nservices: {a: {image: a, privileged: true}}", "services", /one YAML document/],
  ["%YAML 1.1\n---\nservices: {a: {image: a}}", "line 1", /directives/],
  ["services: {a: {image: a", "line 1", /./],
  ["services: {}", "services", /a workload has a service/],
  ["services: [{image: a, privileged: true}]", "services", /a workload has a service/],
  ["services: {a: {image: a}}\nservices: {a: {image: a, privileged: true}}", "line 2", /unique/],
  ["services: {a: }", "services.a", /expected object/],
  ["services: {a: {}}", "services.a.image", /expected string/],
  ["services: {../a: {image: a}}", "services.../a", /match/],
  ["services: {1: {image: a}}", "services.1", /key must be text/],
  ["services: {__proto__: {image: a, privileged: true}}", "services.__proto__", /key must be text/],
  ["services: {a: &a {image: a, x-more: *a}}", "services.a.x-more", /does not contain it/],
  ["x-p: &p {privileged: true}\nservices: {a: {<<: *p, image: a}}", "services.a.privileged", /every device/],
  [
    "x-p: &p {privileged: true}\nservices: {a: {<<: [{tty: true}, *p], image: a}}",
    "services.a.privileged",
    /every device/,
  ],
  ["x-p: &p true\nservices: {a: {image: a, privileged: *p}}", "services.a.privileged", /every device/],
  [
    "x-p: &p /run/docker.sock:/s\nservices: {a: {image: a, volumes: [*p]}}",
    "services.a.volumes[0].source",
    /socket of a container engine/,
  ],
  ["services: {a: &a {image: a, pid: host}, b: *a}", "services.b.pid", /process table/],
  ["services: {a: {image: a, pid: host}, b: {extends: a}}", "services.b.pid", /process table/],
  [
    "services: {a: {extends: b}, b: {extends: {service: c}}, c: {image: c, pid: host}}",
    "services.a.pid",
    /process table/,
  ],
  [
    "services: {a: {image: a, extends: b}, b: {image: b, extends: a}}",
    "services.b.extends",
    /names a service|extend itself/,
  ],
  ["services: {a: {image: a, profiles: [never], privileged: true}}", "services.a.privileged", /every device/],
  [
    "x-m: &m {image: a}\nservices: {a: {privileged: <<, <<: *m}}",
    "services.a.privileged",
    /read this differently|every device/,
  ],
  ['services: {a: {image: a, "<<": {privileged: true}}}', "services.a.<<", /not among the keys/],
  ['services: {a: {image: a, command: "x\\u0085    privileged:\\u0085 true"}}', "services.a.command", /breaks a line/],
  ['services: {a: {image: a, "x\\u2028": 1}}', "services.a.x\u2028", /breaks a line/],
  ["include: [/etc/other.yaml]\nservices: {a: {image: a}}", "include", /files of the host/],
  ["models: {m: {model: m}}\nservices: {a: {image: a}}", "models", /program on the host/],
  [
    "networks: {net: {external: true, name: host}}\nservices: {a: {image: a}}",
    "networks.net.external",
    /host's network/,
  ],
  ["networks: {net: {name: host}}\nservices: {a: {image: a}}", "networks.net.name", /host's network/],
  ["networks: {net: {driver: host}}\nservices: {a: {image: a}}", "networks.net.driver", /network interface/],
  ["networks: {net: {driver: macvlan}}\nservices: {a: {image: a}}", "networks.net.driver", /network interface/],
  [
    "networks: {net: {driver_opts: {parent: eth0}}}\nservices: {a: {image: a}}",
    "networks.net.driver_opts",
    /host's network/,
  ],
  [
    "networks: {net: {ipam: {config: [{subnet: 169.254.169.0/24}]}}}\nservices: {a: {image: a}}",
    "networks.net.ipam",
    /host trusts/,
  ],
  [
    "volumes: {v: {driver_opts: {type: none, o: bind, device: /var/run}}}\nservices: {a: {image: a, volumes: [v:/v]}}",
    "volumes.v.driver_opts",
    /path of the host/,
  ],
  ["volumes: {v: {driver: rclone}}\nservices: {a: {image: a}}", "volumes.v.driver", /plugin/],
  ["volumes: {v: {external: true}}\nservices: {a: {image: a}}", "volumes.v.external", /another project's/],
  ["volumes: {v: {name: /etc}}\nservices: {a: {image: a}}", "volumes.v.name", /match/],
  ["secrets: {s: {file: /etc/shadow}}\nservices: {a: {image: a}}", "secrets.s.file", /configuration and keys/],
  ["secrets: {s: {file: ./token}}\nservices: {a: {image: a}}", "secrets.s.file", /relative/],
  ["secrets: {s: {environment: TOKEN}}\nservices: {a: {image: a}}", "secrets.s.environment", /host/],
  [
    "configs: {c: {file: /run/docker.sock}}\nservices: {a: {image: a}}",
    "configs.c.file",
    /socket of a container engine/,
  ],
  [
    "configs: {c: {content: a, template_driver: golang}}\nservices: {a: {image: a}}",
    "configs.c.template_driver",
    /not among/,
  ],
  ["name: ../x\nservices: {a: {image: a}}", "name", /match/],
];

/** Directories that a program may not offer for mounts. */
const directories: readonly (readonly [offered: string[], rule: RegExp])[] = [
  [["/"], /plain path below/],
  [["/srv"], /plain path below/],
  [["/srv/ci/"], /plain path below/],
  [["/srv/ci/../.."], /plain path below/],
  [["srv/ci"], /plain path below/],
  [["/etc/ci"], /plain path below/],
  [["/run/docker"], /Docker daemon's own/],
  [["/run/systemd/private"], /systemd's sockets/],
  [["/srv/ci/cache", "/srv/ci"], /stands in \/srv\/ci/],
  [["/srv/ci", "/srv/ci"], /stands in \/srv\/ci/],
];

describe("workloadProblems", () => {
  const ofLine = (line: string) => `services:\n  runner:\n    image: alpine:3\n${line.replace(/^/gm, "    ")}\n`;

  for (const [line, path, rule] of lines) {
    it(`refuses ${line.replaceAll("\n", "; ")}`, () => refuses({ compose: ofLine(line) }, path, rule));
  }
  for (const [compose, path, rule] of files) {
    it(`refuses the file ${JSON.stringify(compose)}`, () => refuses({ compose }, path, rule));
  }
  for (const [hostDirectories, rule] of directories) {
    it(`refuses to mount from ${hostDirectories.join(" and ")}`, () =>
      refuses({ compose: ofLine("tty: true"), hostDirectories }, "hostDirectories[0]", rule));
  }
});

function refuses(options: WorkloadOptions, path: string, rule: RegExp): void {
  const problems = workloadProblems(options);
  const found = problems.find((problem) => problem.path === path && rule.test(problem.rule));
  assert.ok(found, `no problem at ${path} that says ${rule}, but ${JSON.stringify(problems, null, 2)}`);
  assert.ok(found.fix.length > 0);
}
