import type { Architecture } from "./host/architecture";
import { OperatingSystem } from "./host/operatingSystems";

/** What EC2 needs to know of an operating system's images. */
interface HostImage {
  /** Public SSM parameter with the id of the publisher's current image. */
  readonly amiParameter: (architecture: Architecture) => string;
  /** The image's name for its root volume. */
  readonly rootDevice: string;
}

/** Parameters as Canonical ("Finding AMIs with SSM") and Debian (wiki, "Cloud/AmazonEC2Image") publish them. */
export const hostImages: Readonly<Record<OperatingSystem, HostImage>> = {
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
