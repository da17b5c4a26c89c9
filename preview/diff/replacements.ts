import type { ManifestResource } from "../manifest";

/**
 * The inputs whose change makes another resource of it, by type: what pulumi-aws marks `willReplaceOnChanges` and
 * terraform-provider-aws `ForceNew`. A type that is not here is said to be unknown.
 */
export const replacedBy: Readonly<Record<string, readonly string[]>> = {
  "aws:autoscaling/group:Group": ["name", "namePrefix", "placementGroup"],
  "aws:backup/vault:Vault": ["name", "kmsKeyArn"],
  "aws:autoscaling/lifecycleHook:LifecycleHook": ["name", "autoscalingGroupName"],
  "aws:cloudwatch/logGroup:LogGroup": ["name", "namePrefix", "logGroupClass"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["name"],
  "aws:dynamodb/table:Table": [
    ...["name", "hashKey", "rangeKey", "localSecondaryIndexes", "importTable", "restoreSourceName"],
    ...["restoreSourceTableArn", "restoreDateTime", "restoreToLatestTime"],
  ],
  "aws:ebs/volume:Volume": ["availabilityZone", "encrypted", "kmsKeyId", "snapshotId", "multiAttachEnabled"],
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ["vpcId"],
  "aws:ec2/eip:Eip": ["domain", "address", "publicIpv4Pool", "customerOwnedIpv4Pool", "networkBorderGroup"],
  "aws:ec2/flowLog:FlowLog": [
    ...["vpcId", "subnetId", "eniId", "trafficType", "logDestination", "logDestinationType", "logFormat"],
    ...["iamRoleArn", "maxAggregationInterval", "destinationOptions", "deliverCrossAccountRole"],
  ],
  "aws:ec2/instance:Instance": [
    ...["ami", "availabilityZone", "subnetId", "keyName", "associatePublicIpAddress", "privateIp", "tenancy"],
    ...["placementGroup", "hibernation", "cpuOptions", "enclaveOptions", "ephemeralBlockDevices", "ipv6Addresses"],
    ...["networkInterfaces", "secondaryPrivateIps", "securityGroups", "placementPartitionNumber"],
    ...["privateDnsNameOptions", "rootBlockDevice.encrypted", "rootBlockDevice.kmsKeyId"],
    ...["deviceName", "encrypted", "kmsKeyId", "snapshotId", "iops", "throughput", "volumeSize", "volumeType"].map(
      (key) => `ebsBlockDevices.*.${key}`,
    ),
    ...["ebsBlockDevices.*.deleteOnTermination", "ebsBlockDevices.*.virtualName"],
  ],
  "aws:ec2/internetGateway:InternetGateway": [],
  "aws:ec2/launchConfiguration:LaunchConfiguration": [
    ...["name", "namePrefix", "imageId", "instanceType", "iamInstanceProfile", "keyName", "securityGroups", "userData"],
    ...["userDataBase64", "associatePublicIpAddress", "ebsBlockDevices", "rootBlockDevice", "metadataOptions"],
    ...["spotPrice", "placementTenancy", "ebsOptimized", "enableMonitoring", "ephemeralBlockDevices"],
  ],
  "aws:ec2/launchTemplate:LaunchTemplate": ["name", "namePrefix"],
  "aws:ec2/natGateway:NatGateway": ["subnetId", "allocationId", "connectivityType", "privateIp"],
  "aws:ec2/networkAcl:NetworkAcl": ["vpcId"],
  "aws:ec2/networkAclRule:NetworkAclRule": [
    ...["networkAclId", "ruleNumber", "egress", "protocol", "ruleAction", "cidrBlock", "ipv6CidrBlock", "fromPort"],
    ...["toPort", "icmpType", "icmpCode"],
  ],
  "aws:ec2/route:Route": [
    "routeTableId",
    "destinationCidrBlock",
    "destinationIpv6CidrBlock",
    "destinationPrefixListId",
  ],
  "aws:ec2/routeTable:RouteTable": ["vpcId"],
  "aws:ec2/routeTableAssociation:RouteTableAssociation": ["subnetId", "gatewayId"],
  "aws:ec2/securityGroup:SecurityGroup": ["name", "namePrefix", "description", "vpcId"],
  "aws:ec2/securityGroupRule:SecurityGroupRule": [
    ...["type", "protocol", "fromPort", "toPort", "cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "self"],
    ...["securityGroupId", "sourceSecurityGroupId"],
  ],
  "aws:ec2/subnet:Subnet": [
    ...["vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native", "outpostArn"],
  ],
  "aws:ec2/volumeAttachment:VolumeAttachment": ["deviceName", "instanceId", "volumeId"],
  "aws:ec2/vpc:Vpc": ["cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ["vpcId", "serviceName", "vpcEndpointType", "serviceRegion"],
  "aws:ecr/repository:Repository": ["name", "encryptionConfigurations"],
  "aws:efs/fileSystem:FileSystem": [
    "creationToken",
    "performanceMode",
    "encrypted",
    "kmsKeyId",
    "availabilityZoneName",
  ],
  "aws:elasticache/replicationGroup:ReplicationGroup": [
    ...["replicationGroupId", "atRestEncryptionEnabled", "kmsKeyId", "subnetGroupName", "port", "snapshotArns"],
    ...["snapshotName", "dataTieringEnabled", "networkType"],
  ],
  "aws:iam/instanceProfile:InstanceProfile": ["name", "namePrefix", "path"],
  "aws:iam/policy:Policy": ["name", "namePrefix", "path", "description"],
  "aws:iam/role:Role": ["name", "namePrefix", "path"],
  "aws:iam/rolePolicy:RolePolicy": ["name", "namePrefix", "role"],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["role", "policyArn"],
  "aws:kms/alias:Alias": ["name", "namePrefix"],
  "aws:kms/key:Key": ["customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId"],
  "aws:rds/cluster:Cluster": [
    ...["clusterIdentifier", "clusterIdentifierPrefix", "databaseName", "masterUsername", "engine", "engineMode"],
    ...["storageEncrypted", "kmsKeyId", "availabilityZones", "dbSubnetGroupName", "snapshotIdentifier"],
    ...["restoreToPointInTime", "s3Import", "sourceRegion", "dbSystemId"],
  ],
  "aws:rds/instance:Instance": [
    ...["dbName", "engine", "username", "storageEncrypted", "kmsKeyId", "availabilityZone", "characterSetName"],
    ...["ncharCharacterSetName", "timezone", "snapshotIdentifier", "restoreToPointInTime", "s3Import"],
    ...["backupTarget", "customIamInstanceProfile", "identifierPrefix"],
  ],
  "aws:route53/record:Record": ["name", "zoneId", "type"],
  "aws:route53/zone:Zone": ["name", "delegationSetId"],
  "aws:s3/bucket:Bucket": ["bucket", "bucketPrefix", "objectLockEnabled"],
  "aws:s3/bucketV2:BucketV2": ["bucket", "bucketPrefix", "objectLockEnabled"],
  "aws:secretsmanager/secret:Secret": ["name", "namePrefix"],
  "aws:secretsmanager/secretPolicy:SecretPolicy": ["secretArn"],
  "aws:secretsmanager/secretVersion:SecretVersion": ["secretId", "secretString", "secretBinary"],
  "aws:ssm/parameter:Parameter": ["name"],
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ["securityGroupId"],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["securityGroupId"],
  "tls:index/locallySignedCert:LocallySignedCert": [
    ...["allowedUses", "caCertPem", "caPrivateKeyPem", "certRequestPem", "isCaCertificate", "setSubjectKeyId"],
    "validityPeriodHours",
  ],
  "tls:index/privateKey:PrivateKey": ["algorithm", "ecdsaCurve", "rsaBits"],
  "tls:index/certRequest:CertRequest": ["privateKeyPem", "dnsNames", "ipAddresses", "subject", "uris"],
  "tls:index/selfSignedCert:SelfSignedCert": [
    ...["allowedUses", "dnsNames", "ipAddresses", "isCaCertificate", "privateKeyPem", "setAuthorityKeyId"],
    ...["setSubjectKeyId", "subject", "uris", "validityPeriodHours"],
  ],
};

/** What holds for all types whose token begins like this. */
const replacedByOfAll: readonly (readonly [prefix: string, inputs: readonly string[]])[] = [["aws:", ["region"]]];

/** Whether a change at this path makes another resource; one of an input as a whole is one of all that is in it. */
export function replaces(type: string, path: readonly string[]): boolean {
  const general = replacedByOfAll.flatMap(([prefix, inputs]) => (type.startsWith(prefix) ? inputs : []));
  return [...general, ...(replacedBy[type] ?? [])].some((named) =>
    named.split(".").every((name, index) => index >= path.length || name === "*" || name === path[index]),
  );
}

/** Outputs that a new version of a resource changes. */
export const versionOutputs: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/launchTemplate:LaunchTemplate": ["latestVersion", "defaultVersion"],
};

/** Inputs that count when the resource is made, and never again. */
export const onlyAtCreation: Readonly<Record<string, readonly string[]>> = {
  "aws:autoscaling/group:Group": ["initialLifecycleHooks", "waitForCapacityTimeout"],
};

/** Resources with something in them that nothing brings back, and what that is. */
const holds: Readonly<Record<string, string>> = {
  "aws:backup/vault:Vault": "its backups",
  "aws:cloudwatch/logGroup:LogGroup": "its logs",
  "aws:dynamodb/table:Table": "its items",
  "aws:ebs/volume:Volume": "the data on it",
  "aws:docdb/cluster:Cluster": "its database",
  "aws:ec2/eip:Eip": "the public address",
  "aws:ec2/instance:Instance": "what is on its own volumes, not on attached ones,",
  "aws:ecr/repository:Repository": "its images",
  "aws:efs/fileSystem:FileSystem": "its files",
  "aws:elasticache/replicationGroup:ReplicationGroup": "what it keeps",
  "aws:kinesis/stream:Stream": "its records",
  "aws:kms/key:Key": "all that was encrypted with it",
  "aws:neptune/cluster:Cluster": "its database",
  "aws:opensearch/domain:Domain": "its indices",
  "aws:rds/cluster:Cluster": "its database",
  "aws:rds/instance:Instance": "its database",
  "aws:redshift/cluster:Cluster": "its database",
  "aws:route53/zone:Zone": "its records",
  "aws:s3/bucket:Bucket": "its objects",
  "aws:s3/bucketV2:BucketV2": "its objects",
  "aws:secretsmanager/secret:Secret": "its versions",
  "aws:ssm/parameter:Parameter": "its value",
  "tls:index/privateKey:PrivateKey": "the key itself",
};

/** Of these types only the resources that have one of the inputs: a machine with nothing but its image holds nothing. */
const holdsOnlyWith: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/instance:Instance": ["rootBlockDevice", "ebsBlockDevices"],
};

/** What is in a resource that nothing brings back, if there is anything. */
export function heldBy({ type, inputs }: ManifestResource): string | undefined {
  const conditions = holdsOnlyWith[type];
  return conditions === undefined || conditions.some((input) => input in inputs) ? holds[type] : undefined;
}
