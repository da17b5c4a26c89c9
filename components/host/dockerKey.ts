import { type OperatingSystem, operatingSystems } from "./operatingSystems";
import type { Settings } from "./settings";

/** The fingerprint of the key that signs Docker's packages, from docs.docker.com, "Install Docker Engine". */
const fingerprint = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88";

/** Which key the stage `docker` makes apt trust, and where it is. */
export function dockerKeySettings(baseUrl: string, operatingSystem: OperatingSystem): Settings {
  return {
    DOCKER_KEY_FINGERPRINT: fingerprint,
    DOCKER_KEY_URL: `${baseUrl}/linux/${operatingSystems[operatingSystem].distribution}/gpg`,
  };
}
