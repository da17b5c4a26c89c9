import * as ec2 from "@pulumi/aws/ec2";
import type { ec2 as inputs } from "@pulumi/aws/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { named, released, type Tags } from "./tags";

/** What a launch template for hosts is made of. */
export interface HostTemplateOptions {
  readonly amiId: pulumi.Input<string>;
  /** The AMI's name for its root volume. */
  readonly rootDevice: string;
  readonly rootVolumeGib: number;
  /** The volume for Docker's and sysbox's data; formatted by the host. */
  readonly dataVolumeGib: number;
  readonly kmsKeyArn: pulumi.Input<string | undefined>;
  readonly profileArn: pulumi.Input<string>;
  readonly securityGroupIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Base64, at most 16 KiB before encoding. */
  readonly userData: pulumi.Input<string>;
  /** What the hosts are. */
  readonly releaseId: pulumi.Input<string>;
  readonly tags: Tags;
}

/** A device name that no AMI uses for its root volume. */
const dataDevice = "/dev/sdf";

/** A launch template for hosts: IMDSv2 alone and out of containers' reach, encrypted volumes, no public address. */
export function createHostTemplate(
  name: string,
  options: HostTemplateOptions,
  opts: pulumi.CustomResourceOptions,
): ec2.LaunchTemplate {
  const { kmsKeyArn } = options;
  const tags = released(named(name, options.tags), options.releaseId);
  return new ec2.LaunchTemplate(
    `${name}-template`,
    {
      imageId: options.amiId,
      iamInstanceProfile: { arn: options.profileArn },
      userData: options.userData,
      updateDefaultVersion: true,
      // A host that gives up powers itself off; stopped, it would stay in the account, billed and out of sight.
      instanceInitiatedShutdownBehavior: "terminate",
      metadataOptions: {
        httpEndpoint: "enabled",
        httpTokens: "required",
        // The answer to a token request dies at the first bridge: a container gets no credentials of the host.
        httpPutResponseHopLimit: 1,
        httpProtocolIpv6: "disabled",
        // The host learns its auto scaling group from its tags.
        instanceMetadataTags: "enabled",
      },
      networkInterfaces: [
        {
          associatePublicIpAddress: "false",
          deleteOnTermination: "true",
          securityGroups: options.securityGroupIds,
        },
      ],
      blockDeviceMappings: [
        { deviceName: options.rootDevice, ebs: volume(options.rootVolumeGib, kmsKeyArn) },
        { deviceName: dataDevice, ebs: volume(options.dataVolumeGib, kmsKeyArn) },
      ],
      tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({ resourceType, tags })),
      tags,
    },
    opts,
  );
}

/** Encrypted gp3, gone with its host. Without a key, the account's default key for EBS. */
function volume(
  sizeGib: number,
  kmsKeyArn: pulumi.Input<string | undefined>,
): inputs.LaunchTemplateBlockDeviceMappingEbs {
  return {
    volumeSize: sizeGib,
    volumeType: "gp3",
    encrypted: "true",
    deleteOnTermination: "true",
    kmsKeyId: kmsKeyArn,
  };
}
