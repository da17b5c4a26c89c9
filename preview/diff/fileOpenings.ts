import { parse } from "yaml";
import type { HostFile } from "../cloudConfigParts";
import { hostPlans } from "../hostPlan";
import type { ManifestResource, Value } from "../manifest";
import { isMapping, listed } from "./awsMeaning";
import type { Opening } from "./openings";

/** What the files open that a resource's user data puts on a machine. */
export function fileOpenings(resource: ManifestResource): Opening[] {
  const plans = hostPlans({ project: "", stack: "", resources: [resource], outputs: {} });
  return plans.flatMap(({ userData }) => userData.files.flatMap(composeAndDaemon));
}

function composeAndDaemon({ path, content, format }: HostFile): Opening[] {
  if (format === "yaml" || format === "json") {
    const document = documentOf(content, format);
    return isMapping(document) ? [...composeOpenings(path, document), ...daemonOpenings(path, document)] : [];
  }
  return /dockerd\b.*(?:-H|--host)[ =]tcp:\/\//.test(content)
    ? [{ key: `${path} dockerd`, sentence: `starts Docker on TCP (${path})` }]
    : [];
}

function documentOf(content: string, format: "json" | "yaml"): Value {
  try {
    return format === "json" ? JSON.parse(content) : (parse(content, { logLevel: "error" }) as Value);
  } catch {
    return null;
  }
}

function composeOpenings(path: string, { services }: Mapping): Opening[] {
  return Object.entries(isMapping(services) ? services : {}).flatMap(([name, service]) => {
    if (!isMapping(service)) {
      return [];
    }
    const all = JSON.stringify(service);
    const found = {
      "is privileged": isTrue(service.privileged),
      "has the host's Docker socket": /docker\.sock/.test(all),
      "shares the host's network": service.network_mode === "host",
      "sees the host's processes": service.pid === "host",
    };
    return Object.entries(found)
      .filter(([, holds]) => holds)
      .map(([what]) => ({
        key: `${path} ${name} ${what}`,
        sentence: `runs a container that ${what}: ${name} (${path})`,
      }));
  });
}

function daemonOpenings(path: string, { hosts, tls, tlsverify }: Mapping): Opening[] {
  if (!path.endsWith("/daemon.json")) {
    return [];
  }
  const tcp = listed(hosts ?? [])
    .map(String)
    .filter((host) => host.startsWith("tcp://"));
  const plainText = !isTrue(tlsverify) ? ` without client certificates${isTrue(tls) ? "" : ", in plain text"}` : "";
  return tcp.map((host) => ({
    key: `${path} ${host}${plainText}`,
    sentence: `has Docker listen on ${host}${plainText}`,
  }));
}

type Mapping = { readonly [key: string]: Value };

function isTrue(value: Value | undefined): boolean {
  return value === true || value === "true";
}
