import { type Fixtures, host, writes } from "./fixture";

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
