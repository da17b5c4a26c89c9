import { hostSettings, settingsFile } from "../hostSettings";
import type { Finding, ResourceRule } from "../rule";
import { type HostContent, hostContents } from "../userData";

const pinned: ResourceRule = {
  id: "releases-pinned",
  severity: "high",
  what: "What a host downloads from outside of its distribution is pinned to a version and checked before it is installed.",
  why: "Otherwise whoever serves or exchanges the download decides what is root on every host.",
  fix: "Name an exact version, and its SHA-256 or the fingerprint of the key that signs it.",
  check: (resource) => hostContents(resource).flatMap((host) => [...settingFindings(host), ...commandFindings(host)]),
};

export const releaseRules = [pinned];

/** The settings that the library's own scripts go by. */
function settingFindings(host: HostContent): Finding[] {
  const settings = hostSettings(host);
  const at = (name: string, found: string) => [{ path: `${host.property}: ${settingsFile}: ${name}`, found }];
  const url = settings.get("SYSBOX_URL");
  const isSigned = settings.has("DOCKER_KEY_URL");
  const loose = (settings.get("DOCKER_PACKAGES") ?? "").split(" ").filter((name) => !/^[^=]+=\d[^*\s]*$/.test(name));
  return [
    ...(url === undefined || /^[0-9a-f]{64}$/i.test(settings.get("SYSBOX_SHA256") ?? "")
      ? []
      : at("SYSBOX_SHA256", "is no SHA-256 in hexadecimal")),
    ...(url !== undefined && isFloating(url) ? at("SYSBOX_URL", "names whatever is the latest") : []),
    // A distribution's own packages come in the version that it maintains, signed with the key in the image.
    ...(isSigned && loose.length > 0 ? at("DOCKER_PACKAGES", `${loose.join(", ")} without an exact version`) : []),
    ...(isSigned && !/^[0-9A-F]{40}$/i.test(settings.get("DOCKER_KEY_FINGERPRINT") ?? "")
      ? at("DOCKER_KEY_FINGERPRINT", "is no fingerprint of a key")
      : []),
  ];
}

/** A download that goes straight into a shell. */
const runUnseen = [
  /\b(?:curl|wget)\b[^|;]*\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:\/bin\/)?(?:ba|da|z)?sh\b/,
  /\b(?:ba|da|z)?sh\b.*(?:<\(|\$\()\s*(?:curl|wget)\b/,
];

/** Scripts of others: what is run unseen, what is named "latest", and a package of sysbox that nothing checks. */
function commandFindings({ property, commands }: HostContent): Finding[] {
  const areChecked = commands.some(({ line }) => /\bsha(?:256|512)sum\b/.test(line));
  const verdict = (line: string) => {
    if (runUnseen.some((pattern) => pattern.test(line))) {
      return "runs what it downloads";
    }
    if (isFloating(line)) {
      return "downloads whatever is the latest";
    }
    return !areChecked && /sysbox\S*\.deb/.test(line) ? "downloads sysbox, and nothing checks it" : undefined;
  };
  return commands
    .filter(({ line }) => /\b(?:curl|wget)\b/.test(line))
    .flatMap(({ path, line }) => {
      const found = verdict(line);
      return found === undefined ? [] : [{ path: `${property}: ${path}`, found }];
    });
}

function isFloating(url: string): boolean {
  return /\/(latest|master|main)\//.test(url);
}
