import { type Bound, boundProblems, garbageBound, unhealthyBound } from "../bounds";
import type { Problem } from "../problems";
import { addressProblems } from "./containerAddresses";
import { DataVolume, dataVolumeProblems } from "./dataVolume";
import { mirrorProblems } from "./packages";
import { releaseProblems } from "./releaseProblems";
import { DockerSource } from "./releases";
import { settingProblems } from "./settings";
import type { TlsDockerHostOptions } from "./tlsDockerHost";
import { TlsOperatingSystem } from "./tlsOperatingSystems";
import { urlProblems } from "./urlProblems";

/** What is wrong with the options of a host for Docker over TLS; paths are the options' names. */
export function tlsDockerHostProblems(options: TlsDockerHostOptions): Problem[] {
  const { hostname, serverSecretArn, logGroupName, awsEndpointUrl } = options;
  return [
    ...operatingSystemProblems(options.operatingSystem),
    ...addressProblems(options),
    ...hostnameProblems(hostname),
    ...settingProblems("serverSecretArn", serverSecretArn, "word"),
    ...(options.operatingSystem === TlsOperatingSystem.AmazonLinux2023
      ? aptProblems(options)
      : [...dockerProblems(options), ...mirrorProblems(options)]),
    ...dataVolumeProblems(options.dataVolume ?? DataVolume.Auto),
    ...boundProblems(bounds, options),
    ...(logGroupName === undefined ? [] : settingProblems("logGroupName", logGroupName, "line")),
    ...(awsEndpointUrl === undefined ? [] : urlProblems("awsEndpointUrl", awsEndpointUrl)),
  ];
}

function operatingSystemProblems(operatingSystem: string): Problem[] {
  const known: readonly string[] = Object.values(TlsOperatingSystem);
  if (known.includes(operatingSystem)) {
    return [];
  }
  const rule = `must be one of ${known.map((name) => `"${name}"`).join(", ")}`;
  return [{ path: "operatingSystem", value: operatingSystem, rule, fix: '"amazon-linux-2023" needs no mirror' }];
}

/** Small letters: certificates, DNS and `Host:` headers compare without regard to case, and the host's checks do not. */
function hostnameProblems(hostname: string): Problem[] {
  const fix = 'as in "docker.ci.internal"';
  if (
    hostname.length > 253 ||
    !/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(hostname)
  ) {
    const rule = "must be a DNS name of at least two labels, in small letters";
    return [{ path: "hostname", value: hostname, rule, fix }];
  }
  const owned = namesOfAws.find((suffix) => `.${hostname}`.endsWith(`.${suffix}`));
  const rule = `is AWS's: the VPC would find the Docker host in place of what is under ${owned}`;
  return owned === undefined ? [] : [{ path: "hostname", value: hostname, rule, fix }];
}

/** Under these AWS's services and a VPC's own machines have their names. */
const namesOfAws = ["amazonaws.com", "amazonaws.com.cn", "aws", "compute.internal", "ec2.internal"];

function aptProblems(options: TlsDockerHostOptions): Problem[] {
  return (["docker", "packageMirror", "securityMirror"] as const).flatMap((path) => {
    const value = options[path];
    const rule =
      "is for Debian and Ubuntu: Amazon Linux has its Docker and its packages in S3, locked by the AMI's release";
    return value === undefined ? [] : [{ path, value, rule, fix: "leave it out; another AMI has other versions" }];
  });
}

function dockerProblems({ docker = {} }: TlsDockerHostOptions): Problem[] {
  return releaseProblems({ ...docker, source: docker.source ?? DockerSource.Distribution }, {});
}

const bounds: Readonly<Partial<Record<keyof TlsDockerHostOptions, Bound>>> = {
  rotationMinutes: {
    min: 5,
    max: 115,
    why: "each time is a call to Secrets Manager, and `pulumi up` waits for one and its five minutes, two hours in all",
  },
  unhealthyThreshold: unhealthyBound,
  garbageCollectionPercent: garbageBound,
};
