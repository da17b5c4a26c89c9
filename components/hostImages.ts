import type { Architecture } from "./host/architecture";
import { OperatingSystem } from "./host/operatingSystems";
import { TlsOperatingSystem } from "./host/tlsOperatingSystems";

/** What EC2 needs to know of an operating system's images. */
interface HostImage {
  /** Public SSM parameter with the id of the publisher's current image. */
  readonly amiParameter: (architecture: Architecture) => string;
  /** The image's name for its root volume. */
  readonly rootDevice: string;
}

/**
 * Parameters as Canonical ("Finding AMIs with SSM"), Debian (wiki, "Cloud/AmazonEC2Image") and Amazon (AL2023 user guide,
 * "Launching AL2023 using SSM") publish them.
 */
export const hostImages: Readonly<Record<OperatingSystem | TlsOperatingSystem, HostImage>> = {
  [TlsOperatingSystem.AmazonLinux2023]: {
    amiParameter: (architecture) =>
      `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${amazonName[architecture]}`,
    rootDevice: "/dev/xvda",
  },
  [OperatingSystem.Ubuntu2404]: {
    amiParameter: (architecture) =>
      `/aws/service/canonical/ubuntu/server/24.04/stable/current/${architecture}/hvm/ebs-gp3/ami-id`,
    rootDevice: "/dev/sda1",
  },
  [OperatingSystem.Debian12]: {
    amiParameter: (architecture) => `/aws/service/debian/release/12/latest/${architecture}`,
    rootDevice: "/dev/xvda",
  },
};

/** What Amazon calls the architectures. */
const amazonName: Readonly<Record<Architecture, string>> = { amd64: "x86_64", arm64: "arm64" };
