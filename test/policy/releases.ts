import { type Fixtures, host, instanceType, resource, templateType, writes } from "./fixture";

const override = "ci-hosts:release-override";

const good = {
  DOCKER_KEY_FINGERPRINT: "9DC858229FC7DD38854AE2D88D81803C0EBFCD88",
  DOCKER_KEY_URL: "https://download.docker.com/linux/ubuntu/gpg",
  DOCKER_PACKAGES: "docker-ce=5:29.7.2-1~ubuntu.24.04~noble containerd.io=2.3.3-1~ubuntu.24.04~noble",
  SYSBOX_SHA256: "9d6d5484f980d0a17f86c492c1262015c2afb66280bdb97215b79fde6a0261c5",
  SYSBOX_URL: "https://github.com/nestybox/sysbox/releases/download/v0.7.1/sysbox-ce_0.7.1.linux_amd64.deb",
};
const settings = (changes: Record<string, string | undefined>) =>
  host(
    writes(
      "/etc/ci-host/settings",
      Object.entries({ ...good, ...changes })
        .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}\n`]))
        .join(""),
    ),
  );
const setting = (name: string) => `host: userData: /etc/ci-host/settings: ${name}`;
const script = (...lines: string[]) => host(`#!/bin/sh\n${lines.join("\n")}\n`);
const at = "host: userData: script";

export const releases: Record<string, Fixtures> = {
  "releases-pinned": {
    breaks: [
      ["no checksum", setting("SYSBOX_SHA256"), settings({ SYSBOX_SHA256: undefined })],
      ["a checksum that is cut off", setting("SYSBOX_SHA256"), settings({ SYSBOX_SHA256: "9d6d5484" })],
      ["a checksum that is none", setting("SYSBOX_SHA256"), settings({ SYSBOX_SHA256: "g".repeat(64) })],
      [
        "the latest sysbox",
        setting("SYSBOX_URL"),
        settings({ SYSBOX_URL: "https://github.com/nestybox/sysbox/releases/latest/download/sysbox-ce.deb" }),
      ],
      [
        "a package without a version",
        setting("DOCKER_PACKAGES"),
        settings({ DOCKER_PACKAGES: "docker-ce containerd.io=2.3.3-1" }),
      ],
      ["a version with a wildcard", setting("DOCKER_PACKAGES"), settings({ DOCKER_PACKAGES: "docker-ce=5:29.*" })],
      ["no fingerprint", setting("DOCKER_KEY_FINGERPRINT"), settings({ DOCKER_KEY_FINGERPRINT: undefined })],
      ["a short fingerprint", setting("DOCKER_KEY_FINGERPRINT"), settings({ DOCKER_KEY_FINGERPRINT: "0EBFCD88" })],
      ["Docker's convenience script", at, script("curl -fsSL https://get.docker.com | sh")],
      ["the same by another shell, as root", at, script("wget -qO- https://example.com/a.sh | sudo -E bash -")],
      ["a shell that reads a download", at, script("bash <(curl -s https://example.com/a.sh)")],
      ...[
        "curl -fsSL https://get.docker.com -o get-docker.sh && sh get-docker.sh",
        "curl https://example.com/a > /tmp/a; chmod 755 /tmp/a",
        "curl https://example.com/a | tee b | sh",
        "curl https://example.com/a |\n  sh",
        "curl https://example.com/a | /usr/bin/env bash",
        "curl https://example.com/a | python3 -",
        'eval "$(curl -s https://example.com/a)"',
        "source <(curl -s https://example.com/a)",
        "wget https://example.com/a.sh\nbash a.sh",
        "wget -qO /usr/local/bin/a https://example.com/a; chmod +x /usr/local/bin/a",
        "curl -o /tmp/a https://example.com/a\n/tmp/a --install",
      ].map((line) => [line, at, script(line)] as const),
      [
        "a command of cloud-init",
        "host: userData: runcmd",
        host("#cloud-config\nruncmd:\n- curl https://example.com/install | bash\n"),
      ],
      [
        "the latest of a tool",
        at,
        script("curl -LO https://github.com/docker/compose/releases/latest/download/docker-compose"),
      ],
      [
        "a package of sysbox that nothing checks",
        at,
        script(
          "wget https://example.com/v0.7.1/sysbox-ce_0.7.1.linux_amd64.deb",
          "apt-get install ./sysbox-ce_0.7.1.linux_amd64.deb",
        ),
      ],
    ],
    passes: [
      ["versions and checksums", settings({})],
      ["a mirror", settings({ SYSBOX_URL: "https://mirror.example.com/sysbox.deb" })],
      [
        "packages of the distribution",
        settings({ DOCKER_PACKAGES: "docker.io", DOCKER_KEY_URL: undefined, DOCKER_KEY_FINGERPRINT: undefined }),
      ],
      [
        "a package of sysbox that is checked",
        script("wget https://example.com/sysbox-ce_0.7.1.linux_amd64.deb", "sha256sum --check sums"),
      ],
      ["a download that is checked", script("curl -o a https://example.com/a", "sha256sum --check a.sum", "sh a")],
      ["a download that is data of a program", script("curl -s https://example.com/a | python3 -c 'import json'")],
      ["a download that nothing runs", script("curl -o /srv/key https://example.com/key", "chmod 644 /srv/key")],
      ["a download that is only read", script("curl -s https://example.com/status | grep ok")],
    ],
  },
  "release-proven": {
    breaks: [
      [
        "a template",
        `host: tags.${override}`,
        resource(templateType, "host", { tags: { [override]: "an emergency" } }),
      ],
      [
        "what is made from it",
        `host: tagSpecifications[1].tags.${override}`,
        resource(templateType, "host", {
          tagSpecifications: [
            { resourceType: "volume" },
            { resourceType: "instance", tags: { [override]: "an emergency" } },
          ],
        }),
      ],
      ["a machine", `host: tags.${override}`, resource(instanceType, "host", { tags: { [override]: "an emergency" } })],
    ],
    passes: [
      [
        "a release",
        resource(templateType, "host", { tags: { "ci-hosts:release": "ami-0123456789abcdef0.0123456789abcdef" } }),
      ],
      ["no tags", resource(instanceType, "host", {})],
    ],
  },
};
