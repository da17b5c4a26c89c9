import type { Value } from "../../preview/manifest";
import { type Fixtures, instanceType, resource, templateType } from "./fixture";

const instance = (inputs: Record<string, Value>) => resource(instanceType, "host", inputs);
const template = (inputs: Record<string, Value>) => resource(templateType, "host", inputs);
const configuration = (inputs: Record<string, Value>) =>
  resource("aws:ec2/launchConfiguration:LaunchConfiguration", "host", inputs);
const spot = (inputs: Record<string, Value>) =>
  resource("aws:ec2/spotInstanceRequest:SpotInstanceRequest", "host", inputs);
const group = (inputs: Record<string, Value>) => resource("aws:autoscaling/group:Group", "group", inputs);
const hook = (inputs: Record<string, Value>) => resource("aws:autoscaling/lifecycleHook:LifecycleHook", "hook", inputs);
const launching = { name: "launching", lifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING" };
const terminating = { name: "terminating", lifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING" };
const encrypted = { encrypted: true };

export const hosts: Record<string, Fixtures> = {
  "imds-v2-only": {
    breaks: [
      ["no options", "host: metadataOptions.httpTokens", instance({})],
      [
        "optional tokens",
        "host: metadataOptions.httpTokens",
        instance({ metadataOptions: { httpTokens: "optional" } }),
      ],
      [
        "options that leave tokens out",
        "host: metadataOptions.httpTokens",
        template({ metadataOptions: { httpPutResponseHopLimit: 1, httpEndpoint: "enabled" } }),
      ],
      ["a launch configuration", "host: metadataOptions.httpTokens", configuration({ metadataOptions: {} })],
      ["a spot request", "host: metadataOptions.httpTokens", spot({})],
      [
        "an instance that overrides its template",
        "host: metadataOptions.httpTokens",
        instance({ launchTemplate: { id: "lt-1" }, metadataOptions: { httpTokens: "optional" } }),
      ],
    ],
    passes: [
      ["required tokens", template({ metadataOptions: { httpTokens: "required" } })],
      ["no service at all", instance({ metadataOptions: { httpEndpoint: "disabled" } })],
      ["an instance that leaves it to its template", instance({ launchTemplate: { id: "‹template.id›" } })],
      ["options that are not known yet", instance({ metadataOptions: "‹config.metadata›" })],
      ["no machine", resource("aws:ec2/ami:Ami", "image")],
    ],
  },
  "imds-hop-limit-one": {
    breaks: [
      [
        "two hops",
        "host: metadataOptions.httpPutResponseHopLimit",
        template({ metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 2 } }),
      ],
      [
        "two hops as text",
        "host: metadataOptions.httpPutResponseHopLimit",
        instance({ metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: "2" } }),
      ],
      [
        "no limit given",
        "host: metadataOptions.httpPutResponseHopLimit",
        instance({ metadataOptions: { httpTokens: "required" } }),
      ],
      ["no options", "host: metadataOptions.httpPutResponseHopLimit", spot({})],
    ],
    passes: [
      ["one hop", instance({ metadataOptions: { httpPutResponseHopLimit: 1 } })],
      ["one hop as text", configuration({ metadataOptions: { httpPutResponseHopLimit: "1" } })],
      ["a limit that is not known yet", template({ metadataOptions: { httpPutResponseHopLimit: "‹config.hops›" } })],
      ["no service at all", template({ metadataOptions: { httpEndpoint: "disabled", httpPutResponseHopLimit: 2 } })],
    ],
  },
  "encrypted-volumes": {
    breaks: [
      ["a volume that says no", "data: encrypted", resource("aws:ebs/volume:Volume", "data", { encrypted: false })],
      ["a volume that says nothing", "data: encrypted", resource("aws:ebs/volume:Volume", "data", { size: 10 })],
      [
        "a key without encryption",
        "data: encrypted",
        resource("aws:ebs/volume:Volume", "data", { kmsKeyId: "arn:aws:kms:eu-central-1:111122223333:key/a" }),
      ],
      [
        "the second of a template's volumes",
        "host: blockDeviceMappings[1].ebs.encrypted",
        template({ blockDeviceMappings: [{ ebs: { encrypted: "true" } }, { ebs: { encrypted: "false" } }] }),
      ],
      [
        "a template that maps a further device alone",
        "host: blockDeviceMappings",
        template({ blockDeviceMappings: [{ deviceName: "/dev/sdf", ebs: { encrypted: true } }] }),
      ],
      ["a template without volumes", "host: blockDeviceMappings", template({})],
      [
        "a root volume that says nothing",
        "host: rootBlockDevice.encrypted",
        instance({ rootBlockDevice: { volumeSize: 9 } }),
      ],
      ["an instance without volumes", "host: rootBlockDevice", instance({})],
      [
        "a further volume",
        "host: ebsBlockDevices[0].encrypted",
        configuration({ rootBlockDevice: encrypted, ebsBlockDevices: [{ deviceName: "/dev/sdf" }] }),
      ],
      ["a spot request's volume", "host: rootBlockDevice.encrypted", spot({ rootBlockDevice: { encrypted: "false" } })],
    ],
    passes: [
      ["volumes that say so, as text", template({ blockDeviceMappings: [{ ebs: { encrypted: "true" } }] })],
      [
        "a template's root volume, and a further one",
        template({
          blockDeviceMappings: [
            { deviceName: "/dev/xvda", ebs: encrypted },
            { deviceName: "/dev/sdf", ebs: encrypted },
          ],
        }),
      ],
      [
        "a template's device that is not known yet",
        template({ blockDeviceMappings: [{ deviceName: "‹ami.rootDeviceName›", ebs: encrypted }] }),
      ],
      ["a root volume that says so", instance({ rootBlockDevice: encrypted, ebsBlockDevices: [encrypted] })],
      [
        "a device that is left out",
        configuration({ rootBlockDevice: encrypted, ebsBlockDevices: [{ noDevice: true }] }),
      ],
      ["an instance that leaves it to its template", instance({ launchTemplate: { id: "lt-1" } })],
      ["a value that is not known yet", resource("aws:ebs/volume:Volume", "data", { encrypted: "‹config.encrypted›" })],
    ],
  },
  "abandon-silent-hosts": {
    breaks: [
      ["a group without hooks", "group: initialLifecycleHooks", group({})],
      [
        "a hook that lets silent hosts in",
        "group: initialLifecycleHooks[0].defaultResult",
        group({ initialLifecycleHooks: [{ ...launching, defaultResult: "CONTINUE" }] }),
      ],
      [
        "a hook for the end alone",
        "group: initialLifecycleHooks",
        group({ initialLifecycleHooks: [{ ...terminating, defaultResult: "ABANDON" }] }),
      ],
      [
        "a hook of its own that lets silent hosts in",
        "hook: defaultResult",
        hook({ ...launching, defaultResult: "CONTINUE" }),
      ],
      [
        "a hook of its own alone",
        "group: initialLifecycleHooks",
        group({}),
        hook({ ...launching, defaultResult: "ABANDON" }),
      ],
    ],
    passes: [
      ["a hook that abandons", group({ initialLifecycleHooks: [{ ...launching, defaultResult: "ABANDON" }] })],
      ["a hook with the default, which abandons", group({ initialLifecycleHooks: [launching] })],
      ["a terminating hook that continues", hook({ ...terminating, defaultResult: "CONTINUE" })],
      ["hooks that are not known yet", group({ initialLifecycleHooks: "‹config.hooks›" })],
    ],
  },
};
