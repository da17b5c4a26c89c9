import { posix } from "node:path";
import { releaseOverrideTag } from "../../components/release";
import { hostSettings, settingsFile } from "../hostSettings";
import { flagValues, programName } from "../programs";
import type { Finding, ResourceRule } from "../rule";
import type { Command } from "../shell";
import { type HostContent, hostContents } from "../userData";
import { isGiven, isMapping, type Mapping, mappingsAt } from "../values";
import { makesMachines } from "./hosts";

const pinned: ResourceRule = {
  id: "releases-pinned",
  severity: "high",
  what: "What a host downloads from outside of its distribution is pinned to a version and checked before it is installed.",
  why: "Otherwise whoever serves or exchanges the download decides what is root on every host.",
  fix: "Name an exact version, and its SHA-256 or the fingerprint of the key that signs it.",
  check: (resource) => hostContents(resource).flatMap((host) => [...settingFindings(host), ...commandFindings(host)]),
};

const proven: ResourceRule = {
  id: "release-proven",
  severity: "medium",
  what: "No host is of a release that an override lets through: its hosts came into service elsewhere before.",
  why: "What nobody has tried first is tried on the jobs of this stack.",
  fix: "Take releaseOverride out of the configuration once the proving stack has proven the release.",
  check: ({ type, inputs }) => (makesMachines(type) ? overrides(inputs) : []),
};

export const releaseRules = [pinned, proven];

function overrides({ tags, tagSpecifications }: Mapping): Finding[] {
  const places = [
    { path: "tags", value: tags },
    ...mappingsAt("tagSpecifications", tagSpecifications).map(({ path, mapping }) => ({
      path: `${path}.tags`,
      value: mapping.tags,
    })),
  ];
  const [first] = places.filter(({ value }) => isMapping(value) && isGiven(value[releaseOverrideTag]));
  // Whoever gave the reason meant it for everyone to read.
  return first === undefined
    ? []
    : [
        {
          path: `${first.path}.${releaseOverrideTag}`,
          found: `lets a release through that nobody has proven: "${(first.value as Mapping)[releaseOverrideTag]}"`,
        },
      ];
}

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

/** Downloads of a script: what is run unseen, or without a check, what is named "latest", and sysbox unchecked. */
function commandFindings(host: HostContent): Finding[] {
  const paths = [...new Set(host.invocations.map(({ path }) => path))];
  return paths.flatMap((path) => {
    const commands = host.invocations.filter((command) => command.path === path);
    const isChecked = commands.some(({ words }) => words.some((word) => checks.test(programName(word))));
    return commands
      .map((command) => verdict(command, commands, isChecked))
      .filter((found) => found !== undefined)
      .map((found) => ({ path: `${host.property}: ${path}`, found }));
  });
}

const downloads = /^(?:curl|wget)$/;
const interpreters = /^(?:(?:ba|da|k|z)?sh|python[\d.]*|perl|ruby|node|php)$/;
const evaluators = /^(?:(?:ba|da|k|z)?sh|eval|source|\.|python[\d.]*|perl|ruby)$/;
/** What compares a digest or verifies a signature. */
const checks = /^(?:sha(?:256|384|512)sum|shasum|gpgv?|cosign|minisign)$/;

function verdict(command: Command, others: readonly Command[], isChecked: boolean): string | undefined {
  if (starts(command, evaluators) && command.substituted.some((inner) => starts(inner, downloads))) {
    return "runs what it downloads";
  }
  if (!starts(command, downloads)) {
    return undefined;
  }
  if (command.pipe.some(isFedToInterpreter)) {
    return "runs what it downloads";
  }
  if (command.words.some(isFloating)) {
    return "downloads whatever is the latest";
  }
  if (isChecked) {
    return undefined;
  }
  if (command.words.some((word) => /sysbox\S*\.deb/.test(word))) {
    return "downloads sysbox, and nothing checks it";
  }
  return targetsOf(command).some((file) => others.some((other) => runs(other, file)))
    ? "runs what it downloads, and nothing checks it"
    : undefined;
}

function starts({ words }: Command, programs: RegExp): boolean {
  return words.some((word) => programs.test(programName(word)));
}

/** Its input is a script, unless it has a script of its own and takes it for data. */
function isFedToInterpreter(command: Command): boolean {
  return starts(command, interpreters) && !command.words.some((word) => /^-(?:c|m|e|n|p)\w*$/.test(word));
}

/** Files that a download goes to: by a flag, by redirection, or by the address's last part. */
function targetsOf({ words, writes }: Command): string[] {
  const named = flagValues(words, ["output", "output-document"], "[oO]", "fgksSLqv");
  const addresses = words.filter((word) => /^(?:https?|ftp):/.test(word)).map((address) => posix.basename(address));
  return [...writes, ...named, ...addresses].filter((file) => file !== "" && file !== "-" && !file.startsWith("/dev/"));
}

/** It runs a file, makes it a program, or installs it. */
function runs({ words }: Command, file: string): boolean {
  const isFile = (word: string) => posix.basename(programName(word)) === posix.basename(file);
  const user = words.findIndex((word) => users.test(programName(word)));
  const isUser = user >= 0 && (programName(words[user] ?? "") !== "chmod" || words.some(makesProgram));
  return (words[0]?.includes("/") === true && isFile(words[0])) || (isUser && words.slice(user + 1).some(isFile));
}

const users = /^(?:(?:ba|da|k|z)?sh|python[\d.]*|perl|ruby|source|\.|chmod|install)$/;

function makesProgram(mode: string): boolean {
  return /^[augo]*[+=][rwst]*x|^[0-7]?[1357][0-7]{2}$/.test(mode);
}

function isFloating(url: string): boolean {
  return /\/(latest|master|main)\//.test(url);
}
