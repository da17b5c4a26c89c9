import * as assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { gzipSync } from "node:zlib";
import { coloursFor } from "../../preview/layout";
import type { Manifest, ManifestResource } from "../../preview/manifest";
import { previewText } from "../../preview/text";
import { golden } from "../golden";

const plain = coloursFor(false, {});

function resource(given: Partial<ManifestResource> & Pick<ManifestResource, "type" | "name">): ManifestResource {
  const chain = given.parent ? `${given.parent.split("::")[2]}$` : "";
  return {
    urn: `urn:pulumi:staging::shop::${chain}${given.type}::${given.name}`,
    parent: "",
    custom: true,
    inputs: {},
    outputs: {},
    secretInputs: [],
    dependencies: [],
    propertyDependencies: {},
    options: {},
    source: "",
    ...given,
  };
}

const cloudConfig = (settings: string) => `#cloud-config
package_update: true
packages: [jq, curl]
write_files:
  - path: /etc/docker/daemon.json
    content: '{"log-driver":"local","runtimes":{"sysbox-runc":{"path":"/usr/bin/sysbox-runc"}}}'
  - path: /etc/systemd/system/ci-host-boot.service
    content: |
      [Unit]
      Description=Make this machine a CI host

      [Service]
      Type=oneshot
      ExecStart=/usr/local/lib/ci-host/boot.sh
  - path: /etc/ci-host/settings
    permissions: "0640"
    owner: root:adm
    content: |
${settings.replace(/^/gm, "      ")}
  - path: /usr/local/lib/ci-host/boot.sh
    permissions: "0755"
    encoding: b64
    content: ${Buffer.from("#!/bin/bash\n# Runs each stage of the boot once.\nset -euo pipefail\n").toString("base64")}
runcmd:
  - [systemctl, daemon-reload]
  - [systemctl, enable, --now, ci-host-boot.service]
`;

function stack(name: string, zones: readonly string[], userData: string): Manifest {
  const network = resource({
    type: "ci-hosts:index:CiNetwork",
    name: "net",
    custom: false,
    source: "stacks/index.ts:9",
    outputs: { vpcCidr: "10.64.0.0/16", zones, natGateways: "single", interfaceEndpoints: [] },
  });
  const fleet = resource({
    type: "ci-hosts:index:CiFleet",
    name: "ci",
    custom: false,
    source: "stacks/index.ts:14",
    outputs: {
      zones,
      architecture: "amd64",
      operatingSystem: "ubuntu-24.04",
      instanceTypes: ["m7i.xlarge", "m7a.xlarge"],
      minSize: 1,
      maxSize: 6,
      desiredCapacity: 2,
      onDemandBase: 0,
      spotPercent: 100,
      dockerVersion: "29.7.2",
      sysboxVersion: "0.7.1",
      amiId: "‹ci-ami.value›",
      minHealthyPercent: 90,
      rootVolumeGib: 20,
      dataVolumeGib: 100,
    },
  });
  const under = (parent: ManifestResource, type: string, child: string, source: string) =>
    resource({ type, name: child, parent: parent.urn, source });
  return {
    project: "shop",
    stack: name,
    resources: [
      fleet,
      network,
      under(network, "aws:ec2/vpc:Vpc", "net-vpc", "components/network.ts:70"),
      ...["ci", "public"].flatMap((tier) =>
        zones.map((zone) => under(network, "aws:ec2/subnet:Subnet", `net-${tier}-${zone}`, "components/network.ts:88")),
      ),
      {
        ...under(fleet, "aws:ec2/launchTemplate:LaunchTemplate", "ci-template", "components/fleet.ts:112"),
        inputs: { userData },
      },
      {
        ...under(fleet, "aws:secretsmanager/secretVersion:SecretVersion", "ci-token", "components/fleet.ts:98"),
        secretInputs: ["secretString"],
        options: { protect: true },
      },
    ],
    outputs: { vpcId: "‹net-vpc.id›", zones },
  };
}

const staging = stack(
  "staging",
  ["eu-central-1a", "eu-central-1b"],
  Buffer.from(cloudConfig("LOG_GROUP=‹ci-logs.name›\nMAX_HOSTS=6")).toString("base64"),
);
const production = stack(
  "production",
  ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
  gzipSync(cloudConfig("LOG_GROUP=‹ci-logs.name›\nMAX_HOSTS=40")).toString("base64"),
);

describe("the preview as text", () => {
  it("shows each stack as a glance, a tree, counts, the host plan and the exports", () => {
    golden("preview/stacks.txt", previewText([staging, production], { hostPlanOnly: false, colours: plain }));
  });

  it("says of machines with the same user data that they are the same", () => {
    const text = previewText([staging, { ...staging, stack: "canary" }], { hostPlanOnly: true, colours: plain });
    assert.match(text, /━━ canary .*\nci-template {2}components\/fleet\.ts:112\n {2}same as staging\n$/s);
  });

  it("shows a resource whose parent is not there", () => {
    const orphan = resource({ type: "aws:ec2/vpc:Vpc", name: "lost", parent: "urn:pulumi:x::y::z::gone" });
    const text = previewText([{ ...staging, resources: [orphan] }], { hostPlanOnly: false, colours: plain });
    assert.match(text, /^lost {2}ec2\/Vpc$/m);
  });

  it("differs by colour alone on a terminal", () => {
    const coloured = previewText([staging], { hostPlanOnly: false, colours: coloursFor(true, {}) });
    assert.equal(stripVTControlCharacters(coloured), previewText([staging], { hostPlanOnly: false, colours: plain }));
    assert.notEqual(coloured, stripVTControlCharacters(coloured));
  });

  it("shows no escape sequence of what it shows", () => {
    const evil = "\u001b]0;x\u0007\u202e";
    const config = `#cloud-config\n${JSON.stringify({ write_files: [{ path: `/${evil}`, content: evil }], runcmd: [[evil]] })}`;
    const { outputs } = staging;
    const text = previewText([{ ...stack("a", ["z"], config), outputs: { ...outputs, [evil]: evil } }], {
      hostPlanOnly: false,
      colours: plain,
    });
    assert.deepEqual(
      text.match(/[\p{Cc}\p{Cf}]/gu)?.filter((char) => char !== "\n"),
      [],
    );
  });

  it("shows every file whole in the host plan alone", () => {
    golden("preview/host-plan.txt", previewText([staging, production], { hostPlanOnly: true, colours: plain }));
  });
});
