import { base64, type Fixtures, host, resource, writes } from "./fixture";

const compose = (lines: string) => host(writes("/srv/compose.yaml", `services:\n  ci:\n    image: a\n    ${lines}\n`));
const at = "host: userData: /srv/compose.yaml: services.ci";
const privileged = (value: string) => compose(`privileged: ${value}`);
const mounts = (...volumes: unknown[]) => compose(`volumes: ${JSON.stringify(volumes)}`);
const mounted = `${at}.volumes[0]`;
const command = (line: string) => host(`#!/bin/sh\n${line}\n`);
const script = "host: userData: script";

export const workload: Record<string, Fixtures> = {
  "workload-unprivileged": {
    breaks: [
      ["true", `${at}.privileged`, privileged("true")],
      ["true as text", `${at}.privileged`, privileged('"true"')],
      ["yes", `${at}.privileged`, privileged("yes")],
      ["a variable", `${at}.privileged`, privileged("$" + "{PRIVILEGED:-true}")],
      [
        "an anchor",
        `${at}.privileged`,
        host(writes("/srv/compose.yaml", "x-a: &a { privileged: true }\nservices:\n  ci:\n    <<: *a\n")),
      ],
      [
        "JSON",
        "host: userData: /srv/stack: services.ci.privileged",
        host(writes("/srv/stack", '{"services":{"ci":{"privileged":true}}}')),
      ],
      ["a hook", `${at}.post_start[0].privileged`, compose("post_start: [{ command: a, privileged: true }]")],
      ["every capability", `${at}.cap_add`, compose("cap_add: [ALL]")],
      ["the capability that is nearly all", `${at}.cap_add`, compose("cap_add: [cap_sys_admin]")],
      ...["SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "CAP_DAC_READ_SEARCH", "bpf", "PERFMON"].map(
        (name) => [`the capability ${name}`, `${at}.cap_add`, compose(`cap_add: [${name}]`)] as const,
      ),
      ...["pid", "ipc", "network_mode", "userns_mode", "uts"].map(
        (key) => [`the host's ${key}`, `${at}.${key}`, compose(`${key}: host`)] as const,
      ),
      ["a device", `${at}.devices`, compose('devices: ["/dev/nvme0n1:/dev/disk"]')],
      ["a device, the long way", `${at}.devices`, compose("devices: [{ source: /dev/nvme0n1, target: /dev/a }]")],
      ["every device", `${at}.device_cgroup_rules`, compose('device_cgroup_rules: ["a *:* rwm"]')],
      ...["apparmor=unconfined", "seccomp:unconfined", "label=disable"].map(
        (option) => [option, `${at}.security_opt`, compose(`security_opt: ["${option}"]`)] as const,
      ),
      ...["/", "/etc", "/etc/ssh", "/root", "/root/.ssh", "/var/lib/docker", "/proc", "/sys/fs/cgroup", "/dev/sda"].map(
        (path) => [`the directory ${path}`, `${at}.volumes[0]`, mounts(`${path}:/host:ro`)] as const,
      ),
      [
        "a compose file whose keys are escaped",
        `${at}.privileged`,
        host(writes("/srv/compose.yaml", '"serv\\u0069ces": { ci: { privileged: true } }')),
      ],
      [
        "aliases",
        `${at}.privileged`,
        host(
          writes(
            "/srv/compose.yaml",
            `x: &a 1\ny: [${Array(200).fill("*a").join(", ")}]\nservices: { ci: { privileged: true } }\n`,
          ),
        ),
      ],
      [
        "the second document of a file",
        `${at}.privileged`,
        host(writes("/srv/compose.yaml", "a: b\n---\nservices: { ci: { privileged: true } }\n")),
      ],
      ...[
        "docker run --cap-add=SYS_MODULE a",
        "docker run --cap-add sys_ptrace a",
        "docker run --pid=host a",
        "docker run --net host a",
        "docker run --device /dev/nvme0n1 a",
        "docker run --security-opt seccomp=unconfined a",
        "docker run -v/:/host a",
        "docker run -dv /etc:/host a",
        "docker run --mount type=bind,source=/root,target=/host a",
        'docker run "--privileged" a',
        "docker run --privil\\\neged a",
        "D=docker; $D run --privileged a",
        "sh -c 'docker run --privileged a'",
        "exec sudo /usr/bin/docker container run --privileged a",
        "ctr run --privileged a b",
        "podman create --privileged a",
      ].map((line) => [line, script, command(line)] as const),
      [
        "a machine of a spot fleet",
        "fleet: launchSpecifications[0].userData: script",
        resource("aws:ec2/spotFleetRequest:SpotFleetRequest", "fleet", {
          launchSpecifications: [{ userData: base64("#!/bin/sh\ndocker run --privileged a\n") }],
        }),
      ],
      ["a command", script, command("docker run --rm --privileged docker:dind")],
      ["a command with a value", script, command("docker run --privileged=true docker:dind")],
      ["a command on two lines", script, command("docker run \\\n  --privileged docker:dind")],
      [
        "a unit",
        "host: userData: /etc/systemd/system/ci.service",
        host(writes("/etc/systemd/system/ci.service", "[Service]\nExecStart=/usr/bin/docker run --privileged a\n")),
      ],
      [
        "a compose file in a here-document",
        at.concat(".privileged"),
        host("#!/bin/sh\ncat <<EOF > /srv/compose.yaml\nservices:\n  ci:\n    privileged: true\nEOF\n"),
      ],
    ],
    passes: [
      ["false", privileged("false")],
      ["false as text", privileged('"false"')],
      ["sysbox", compose("runtime: sysbox-runc")],
      ["a harmless capability", compose("cap_add: [NET_RAW]")],
      ["a command without it", command("docker run --privileged=false a")],
      ["a command that says no as Go does", command("docker run --privileged=F a")],
      ["a file of /etc", mounts("/etc/localtime:/etc/localtime:ro")],
      ["a network of the project", compose("network_mode: service:other")],
      ["what keeps the container in", compose('security_opt: ["no-new-privileges:true", "seccomp=builtin"]')],
      ["a device that is not known yet", compose('devices: ["‹config.device›"]')],
      ["the word elsewhere", command("echo 'never --privileged'")],
      ["an environment variable of that name", compose("environment: { privileged: 'true' }")],
    ],
  },
  "workload-without-socket": {
    breaks: [
      ["the short syntax", mounted, mounts("/var/run/docker.sock:/var/run/docker.sock")],
      ["read-only", mounted, mounts("/var/run/docker.sock:/sock:ro")],
      ["the long syntax", mounted, mounts({ type: "bind", source: "/var/run/docker.sock", target: "/sock" })],
      ["the path behind the link", mounted, mounts("/run/docker.sock:/sock")],
      ["the directory", mounted, mounts("/var/run:/host")],
      ["the directory behind the link", mounted, mounts("/run/:/host")],
      ["everything", mounted, mounts("/:/host")],
      ["a way around", mounted, mounts("/srv/../var//run/./docker.sock:/sock")],
      ["a relative path", mounted, mounts("../run/docker.sock:/sock")],
      ["another process's root", mounted, mounts("/proc/1/root/run:/host")],
      ["a variable with a default", mounted, mounts("$" + "{SOCKET:-/var/run/docker.sock}:/sock")],
      ["containerd's socket", mounted, mounts("/run/containerd/containerd.sock:/sock")],
      ["Podman's socket", mounted, mounts("/run/podman/podman.sock:/sock")],
      ["Compose's own key", `${at}.use_api_socket`, compose("use_api_socket: true")],
      [
        "a named volume",
        "host: userData: /srv/compose.yaml: volumes.run.driver_opts.device",
        host(
          writes(
            "/srv/compose.yaml",
            "services: { ci: { volumes: ['run:/host'] } }\nvolumes: { run: { driver_opts: { o: bind, type: none, device: /var/run } } }\n",
          ),
        ),
      ],
      [
        "JSON",
        "host: userData: /srv/stack: services.ci.volumes[0]",
        host(writes("/srv/stack", '{"services":{"ci":{"volumes":["/run:/run"]}}}')),
      ],
      ["a command", script, command("docker run -v /var/run/docker.sock:/var/run/docker.sock agent")],
      ["a command in one word", script, command("docker run -v/var/run/docker.sock:/sock agent")],
      ["a command behind other flags", script, command("docker run -itv /run/docker.sock:/sock agent")],
      ["a command, the long way", script, command("docker run --mount type=bind,source=/run,target=/run agent")],
      ["another engine's command", script, command('podman run --volume="/run:/run" agent')],
    ],
    passes: [
      ["a cache", mounts("/srv/ci/cache:/cache")],
      ["a named volume", mounts("docker:/var/lib/docker")],
      ["a volume called run", mounts("run:/run")],
      ["a socket inside of the container", mounts("sock:/var/run/docker.sock")],
      ["a sibling of the directory", mounts("/run/ci-host/secrets/token:/token")],
      ["a command without it", command("docker run -v /srv/ci/cache:/cache agent")],
      ["a path that is not known yet", mounts("‹config.path›:/cache")],
    ],
  },
};
