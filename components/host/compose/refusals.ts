import type { Problem } from "../../problems";
import type { Path } from "./verdict";

type Refusal = Pick<Problem, "rule" | "fix">;

const noDevices: Refusal = {
  rule: "hands a device of the host to the container",
  fix: "leave it out: a CI host offers no devices",
};
const notChecked: Refusal = {
  rule: "reads files of the host, which can't be checked before the host reads them",
  fix: "write the content into this file",
};
const projectOnly: Refusal = {
  rule: "reaches containers that are not this project's",
  fix: "put the service into this file and use its name",
};
const ownNetwork: Refusal = {
  rule: "can put a container on the host's network, or at an address that the host trusts",
  fix: "leave it out: Docker picks a network from the host's address pools",
};
const engineStore: Refusal = {
  rule: "lets the volume be a path of the host, or another project's",
  fix: "leave it out for a plain named volume, or mount an entry of the offered host directories",
};

/** Keys by where they stand (`*` is any name, `[]` any position): why each is refused, and the way out. */
const refusals = new Map<string, Refusal>([
  ["include", notChecked],
  ["models", { rule: "starts a program on the host", fix: "run the model in a service" }],
  [
    "services.*.annotations",
    {
      rule: "is read by the runtime: `org.systemd.property.*` sets any property of the container's unit (opencontainers/runc, docs/systemd.md)",
      fix: "use labels",
    },
  ],
  ["services.*.blkio_config", noDevices],
  [
    "services.*.build",
    {
      rule: "is built by the host's own Docker, outside of sysbox and from files of the host",
      fix: "build the image in CI, push it, and name it in `image`",
    },
  ],
  [
    "services.*.cgroup_parent",
    {
      rule: "moves the container out of Docker's control group and its limits",
      fix: "use cpus, mem_limit and pids_limit",
    },
  ],
  ["services.*.credential_spec", notChecked],
  ["services.*.deploy.resources.reservations.devices", noDevices],
  ["services.*.deploy.resources.reservations.generic_resources", noDevices],
  ["services.*.develop", notChecked],
  ["services.*.device_cgroup_rules", noDevices],
  ["services.*.devices", noDevices],
  ["services.*.env_file", notChecked],
  ["services.*.external_links", projectOnly],
  ["services.*.gpus", noDevices],
  ["services.*.label_file", notChecked],
  [
    "services.*.links",
    { rule: "is a leftover of Docker's first network", fix: "use the service's name, and networks.<name>.aliases" },
  ],
  ["services.*.models", { rule: "starts a program on the host", fix: "run the model in a service" }],
  ["services.*.networks.*.driver_opts", ownNetwork],
  ["services.*.networks.*.ipv4_address", ownNetwork],
  ["services.*.networks.*.ipv6_address", ownNetwork],
  ["services.*.networks.*.link_local_ips", ownNetwork],
  [
    "services.*.oom_kill_disable",
    { rule: "lets the container take the host's memory to the last", fix: "leave it out, and set mem_limit" },
  ],
  [
    "services.*.ports",
    {
      rule: "opens a port on the host, and a CI host serves nobody",
      fix: "reach a service by its name from the others",
    },
  ],
  ["services.*.provider", { rule: "starts a program on the host", fix: "run it in a service" }],
  [
    "services.*.use_api_socket",
    {
      rule: "mounts the Docker socket: whoever holds it is root on the host",
      fix: "ask for Docker with x-docker: true",
    },
  ],
  [
    "services.*.volumes[].bind.propagation",
    { rule: "lets mounts cross between the container and the host", fix: "leave it out" },
  ],
  [
    "services.*.volumes[].mode",
    { rule: "is no mode that a mount may have here: it can let mounts cross to the host", fix: "use ro, rw or nocopy" },
  ],
  ["services.*.volumes_from", { rule: "hides which mounts a container gets", fix: "name the volumes under `volumes`" }],
  ["networks.*.driver_opts", ownNetwork],
  ["networks.*.external", ownNetwork],
  ["networks.*.ipam", ownNetwork],
  ["networks.*.name", ownNetwork],
  ["volumes.*.driver_opts", engineStore],
  ["volumes.*.external", engineStore],
  ["secrets.*.environment", notChecked],
  ["configs.*.environment", notChecked],
]);

/** Why a key that the workload may not have is refused, and the way out. */
export function refusal(path: Path): Refusal {
  return (
    refusals.get(pattern(path)) ?? {
      rule: "is not among the keys that a workload may have",
      fix: "leave it out; what is not known to be harmless is refused",
    }
  );
}

/** `["services", "runner", "volumes", 0, "mode"]` becomes `services.*.volumes[].mode`. */
function pattern(path: Path): string {
  const [top, , ...rest] = path;
  if (path.length === 1) {
    return String(top);
  }
  const inNetworks = rest[0] === "networks" && rest.length === 3;
  return rest.reduce<string>(
    (text, part, index) => {
      if (typeof part === "number") {
        return `${text}[]`;
      }
      return `${text}.${inNetworks && index === 1 ? "*" : String(part)}`;
    },
    `${String(top)}.*`,
  );
}
