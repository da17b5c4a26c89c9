/**
 * The inputs whose change makes another resource of it, by type: what pulumi-aws marks `willReplaceOnChanges` and
 * terraform-provider-aws `ForceNew`. A type that is not here is said to be unknown.
 */
export const replacedBy: Readonly<Record<string, readonly string[]>> = {
  "aws:autoscaling/group:Group": ["name", "namePrefix", "placementGroup"],
  "aws:autoscaling/lifecycleHook:LifecycleHook": ["name", "autoscalingGroupName"],
  "aws:cloudwatch/logGroup:LogGroup": ["name", "namePrefix", "logGroupClass"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["name"],
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
    ...["networkInterfaces", "secondaryPrivateIps"],
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
  "aws:iam/instanceProfile:InstanceProfile": ["name", "namePrefix", "path"],
  "aws:iam/policy:Policy": ["name", "namePrefix", "path", "description"],
  "aws:iam/role:Role": ["name", "namePrefix", "path"],
  "aws:iam/rolePolicy:RolePolicy": ["name", "namePrefix", "role"],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["role", "policyArn"],
  "aws:kms/alias:Alias": ["name", "namePrefix"],
  "aws:kms/key:Key": ["customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId"],
  "aws:route53/record:Record": ["name", "zoneId", "type"],
  "aws:route53/zone:Zone": ["name", "delegationSetId"],
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

/** Outputs that a new version of a resource changes. */
export const versionOutputs: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/launchTemplate:LaunchTemplate": ["latestVersion", "defaultVersion"],
};

/** Inputs that count when the resource is made, and never again. */
export const onlyAtCreation: Readonly<Record<string, readonly string[]>> = {
  "aws:autoscaling/group:Group": ["initialLifecycleHooks", "waitForCapacityTimeout"],
};

/** Resources with something in them that nothing brings back, and what that is. */
export const holds: Readonly<Record<string, string>> = {
  "aws:cloudwatch/logGroup:LogGroup": "its logs",
  "aws:dynamodb/table:Table": "its items",
  "aws:ebs/volume:Volume": "the data on it",
  "aws:ec2/eip:Eip": "the public address",
  "aws:ecr/repository:Repository": "its images",
  "aws:efs/fileSystem:FileSystem": "its files",
  "aws:kms/key:Key": "all that was encrypted with it",
  "aws:rds/instance:Instance": "its database",
  "aws:route53/zone:Zone": "its records",
  "aws:s3/bucket:Bucket": "its objects",
  "aws:s3/bucketV2:BucketV2": "its objects",
  "aws:secretsmanager/secret:Secret": "its versions",
  "aws:ssm/parameter:Parameter": "its value",
  "tls:index/privateKey:PrivateKey": "the key, and all that was signed with it",
};
