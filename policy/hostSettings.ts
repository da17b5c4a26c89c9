import type { HostContent } from "./userData";

/** The file of settings that the library's own scripts go by. */
export const settingsFile = "/etc/ci-host/settings";

/** Where those scripts are. They are much the same on every host: what one does is in its settings. */
export const ownScripts = "/usr/local/lib/ci-host/";

/** What it says, by name; of a host without that file, nothing. */
export function hostSettings({ files }: HostContent): ReadonlyMap<string, string> {
  const lines = files
    .filter(({ path }) => path === settingsFile)
    .flatMap(({ content }) => [...content.matchAll(/^(\w+)=(.*)$/gm)]);
  return new Map(lines.map(([, name = "", value = ""]) => [name, value]));
}
