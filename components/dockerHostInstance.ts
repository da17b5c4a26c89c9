import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ebs from "@pulumi/aws/ebs";
import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { named, released, type Tags } from "./tags";

/** What the Docker host's machine is made of. */
export interface DockerInstanceOptions {
  readonly amiId: pulumi.Input<string>;
  readonly instanceType: string;
  readonly subnetId: pulumi.Input<string>;
  readonly zone: string;
  readonly securityGroupIds: pulumi.Input<string>[];
  readonly profileName: pulumi.Input<string>;
  readonly rootVolumeGib: number;
  readonly dataVolumeGib: number;
  /** Base64, at most 16 KiB before encoding. */
  readonly userData: pulumi.Input<string>;
  readonly kmsKeyArn: pulumi.Input<string | undefined>;
  readonly releaseId: pulumi.Input<string>;
  readonly tags: Tags;
}

export interface DockerInstance {
  readonly instance: ec2.Instance;
  readonly attachment: ec2.VolumeAttachment;
}

/** A device name that no AMI uses for its root volume. */
const dataDevice = "/dev/sdf";

/** One machine that is replaced when what it is made of changes, and a data volume that is handed on to the next one. */
export function createDockerInstance(
  name: string,
  options: DockerInstanceOptions,
  opts: pulumi.CustomResourceOptions,
): DockerInstance {
  const { kmsKeyArn } = options;
  const { dependsOn: _, ...child } = opts;
  const tags = released(named(name, options.tags), options.releaseId);
  const instance = new ec2.Instance(
    `${name}-instance`,
    {
      ami: options.amiId,
      instanceType: options.instanceType,
      subnetId: options.subnetId,
      vpcSecurityGroupIds: options.securityGroupIds,
      associatePublicIpAddress: false,
      iamInstanceProfile: options.profileName,
      userDataBase64: options.userData,
      // Nobody patches a machine in place: what its first boot would do differently takes a new one.
      userDataReplaceOnChange: true,
      // A host that gives up stays in the account, for someone to read its disk; it is one, and `up` tells of it.
      instanceInitiatedShutdownBehavior: "stop",
      metadataOptions: {
        httpEndpoint: "enabled",
        httpTokens: "required",
        // The answer to a token request dies at the first bridge: a container gets no credentials of the host.
        httpPutResponseHopLimit: 1,
        httpProtocolIpv6: "disabled",
      },
      // EC2 moves it to other hardware where its own fails.
      maintenanceOptions: { autoRecovery: "default" },
      rootBlockDevice: {
        volumeSize: options.rootVolumeGib,
        volumeType: "gp3",
        encrypted: true,
        deleteOnTermination: true,
        kmsKeyId: kmsKeyArn,
        tags,
      },
      tags,
    },
    // The data volume is attached to one machine at a time.
    { ...opts, deleteBeforeReplace: true },
  );
  const volume = new ebs.Volume(
    `${name}-data`,
    {
      availabilityZone: options.zone,
      size: options.dataVolumeGib,
      type: "gp3",
      encrypted: true,
      kmsKeyId: kmsKeyArn,
      tags: named(`${name}-data`, options.tags),
    },
    child,
  );
  const attachment = new ec2.VolumeAttachment(
    `${name}-data-attachment`,
    // Detached from a machine that runs, the file system would be torn off under Docker.
    { deviceName: dataDevice, instanceId: instance.id, volumeId: volume.id, stopInstanceBeforeDetaching: true },
    { ...child, deleteBeforeReplace: true },
  );
  new cloudwatch.MetricAlarm(
    `${name}-hung`,
    {
      alarmDescription: "The Docker host's operating system does not answer: EC2 restarts it",
      namespace: "AWS/EC2",
      metricName: "StatusCheckFailed_Instance",
      dimensions: { InstanceId: instance.id },
      statistic: "Maximum",
      period: 60,
      evaluationPeriods: 5,
      threshold: 1,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      alarmActions: [pulumi.interpolate`arn:aws:automate:${instance.region}:ec2:reboot`],
      tags: named(`${name}-hung`, options.tags),
    },
    child,
  );
  return { instance, attachment };
}
