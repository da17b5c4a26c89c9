import type { Finding, Resource, ResourceRule } from "../rule";
import { isGiven, isMapping, isTrue, isUnknown, type Mapping, mappingsAt, numberOf } from "../values";

/** Everything that makes machines. */
const machines =
  /^aws:ec2\/(instance:Instance|launchTemplate:LaunchTemplate|launchConfiguration:LaunchConfiguration|spotInstanceRequest:SpotInstanceRequest)$/;

export function makesMachines(type: string): boolean {
  return machines.test(type);
}

const imdsV2Only: ResourceRule = {
  id: "imds-v2-only",
  severity: "critical",
  what: "The instance metadata service answers IMDSv2 alone, or is off.",
  why: "IMDSv1 hands the host's credentials to every request that a job or a forged URL gets through.",
  fix: 'Set metadataOptions.httpTokens to "required".',
  check: (resource) =>
    metadataFindings(resource, ({ httpTokens }) =>
      httpTokens === "required" || isUnknown(httpTokens)
        ? []
        : [{ path: "metadataOptions.httpTokens", found: stated(httpTokens, "then the image decides") }],
    ),
};

const imdsHopLimit: ResourceRule = {
  id: "imds-hop-limit-one",
  severity: "high",
  what: "The instance metadata service's answers get no further than the host itself: hop limit 1.",
  why: "With 2, which images such as Amazon Linux 2023 bring along, a container gets the host's credentials.",
  fix: "Set metadataOptions.httpPutResponseHopLimit to 1.",
  check: (resource) =>
    metadataFindings(resource, ({ httpPutResponseHopLimit: limit }) =>
      numberOf(limit) === 1 || isUnknown(limit)
        ? []
        : [{ path: "metadataOptions.httpPutResponseHopLimit", found: stated(limit, "then the image decides") }],
    ),
};

const encryptedVolumes: ResourceRule = {
  id: "encrypted-volumes",
  severity: "high",
  what: "Every volume is encrypted, and says so.",
  why: "A snapshot or a volume that is left behind holds source code, caches and what jobs wrote down.",
  fix: "Set encrypted to true on the volume, on rootBlockDevice, and on each mapping's ebs.",
  check: ({ type, inputs }) => {
    if (type === "aws:ebs/volume:Volume") {
      return volumeFindings("encrypted", inputs);
    }
    if (!machines.test(type)) {
      return [];
    }
    const isTemplate = type === "aws:ec2/launchTemplate:LaunchTemplate";
    const root = isTemplate ? "blockDeviceMappings" : "rootBlockDevice";
    const volumes = isTemplate
      ? mappingsAt(root, inputs[root]).flatMap(({ path, mapping }) => mappingsAt(`${path}.ebs`, mapping.ebs))
      : [...mappingsAt(root, inputs[root]), ...ephemeralAside(inputs)];
    const hasRoot =
      (isTemplate ? mapsRoot(inputs) : volumes.some(({ path }) => path.startsWith(root))) ||
      isUnknown(inputs[root]) ||
      usesTemplate(inputs);
    return [
      ...(hasRoot ? [] : [{ path: root, found: "is not given, then the image decides about the root volume" }]),
      ...volumes.flatMap(({ path, mapping }) => volumeFindings(`${path}.encrypted`, mapping)),
    ];
  },
};

const abandonSilentHosts: ResourceRule = {
  id: "abandon-silent-hosts",
  severity: "high",
  what: "A new host waits in a launch hook of its group, and is abandoned when it says nothing.",
  why: "Without it, a host whose boot has failed counts as healthy, and takes jobs or starves the queue.",
  fix: "Give the group initialLifecycleHooks with autoscaling:EC2_INSTANCE_LAUNCHING and defaultResult ABANDON.",
  check: ({ type, inputs }) => {
    if (type === "aws:autoscaling/lifecycleHook:LifecycleHook") {
      return hookFindings("", inputs);
    }
    if (type !== "aws:autoscaling/group:Group" || isUnknown(inputs.initialLifecycleHooks)) {
      return [];
    }
    const path = "initialLifecycleHooks";
    const hooks = mappingsAt(path, inputs[path]).filter(({ mapping }) => isLaunching(mapping));
    return hooks.length === 0
      ? [{ path, found: "has none for launching; a hook of its own comes too late for the first hosts" }]
      : hooks.flatMap((hook) => hookFindings(`${hook.path}.`, hook.mapping));
  },
};

export const hostRules = [imdsV2Only, imdsHopLimit, encryptedVolumes, abandonSilentHosts];

/** Nothing where the service is off, or where a launch template of its own decides. */
function metadataFindings({ type, inputs }: Resource, check: (options: Mapping) => Finding[]): Finding[] {
  const { metadataOptions } = inputs;
  if (!machines.test(type) || isUnknown(metadataOptions) || (metadataOptions === undefined && usesTemplate(inputs))) {
    return [];
  }
  const options = isMapping(metadataOptions) ? metadataOptions : {};
  return options.httpEndpoint === "disabled" ? [] : check(options);
}

/** Images have their root at one of these; a mapping that names no device, or one not known yet, may be for it. */
const rootDevices = /^\/dev\/(?:sda1?|xvda)$/;

function mapsRoot({ blockDeviceMappings }: Mapping): boolean {
  return mappingsAt("", blockDeviceMappings).some(
    ({ mapping: { deviceName, ebs } }) =>
      isGiven(ebs) && (!isGiven(deviceName) || isUnknown(deviceName) || rootDevices.test(String(deviceName))),
  );
}

/** An instance may leave everything to a launch template, which is judged itself. */
function usesTemplate({ launchTemplate }: Mapping): boolean {
  return launchTemplate !== undefined;
}

function ephemeralAside({ ebsBlockDevices }: Mapping) {
  return mappingsAt("ebsBlockDevices", ebsBlockDevices).filter(({ mapping }) => !isTrue(mapping.noDevice));
}

function volumeFindings(path: string, { encrypted }: Mapping): Finding[] {
  return isTrue(encrypted) || isUnknown(encrypted) ? [] : [{ path, found: stated(encrypted, "the default is no") }];
}

function isLaunching({ lifecycleTransition }: Mapping): boolean {
  return lifecycleTransition === "autoscaling:EC2_INSTANCE_LAUNCHING";
}

/** ABANDON is the default. */
function hookFindings(path: string, hook: Mapping): Finding[] {
  const { defaultResult = "ABANDON" } = hook;
  return !isLaunching(hook) || defaultResult === "ABANDON" || isUnknown(defaultResult)
    ? []
    : [{ path: `${path}defaultResult`, found: `is ${String(defaultResult)}` }];
}

function stated(value: Mapping[string] | undefined, otherwise: string): string {
  return value === undefined ? `is not given, ${otherwise}` : `is ${JSON.stringify(value)}`;
}
