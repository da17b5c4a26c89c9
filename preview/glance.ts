import { inWords } from "./inWords";
import { type Colours, grid, visible } from "./layout";
import type { Manifest, ManifestResource } from "./manifest";
import { typeName } from "./typeName";

/**
 * A line of the glance: a label, and a text with inputs and outputs of the component in it, `{name}`; where one of them
 * is not there, the next text stands in, and without a next the line is left out.
 */
type Row = readonly [label: string, ...texts: string[]];

/** What is said at a glance, by component. */
const rowsOfType: Readonly<Record<string, readonly Row[]>> = {
  "ci-hosts:index:CiFleet": [
    ["instance types", "{instanceTypes} ({architecture})"],
    ["capacity", "{minSize} to {maxSize} hosts, {desiredCapacity} wanted", "{minSize} to {maxSize} hosts"],
    ["spot share", "{spotPercent} %, after {onDemandBase} hosts on demand"],
    ["Docker", "{dockerVersion}"],
    ["sysbox", "{sysboxVersion}"],
    ["Docker host", "{dockerHostname}, over TLS"],
    ["Docker clients", "{dockerClientNames}"],
    ["system", "{operatingSystem}"],
    ["image", "{amiId}"],
    ["volumes", "root {rootVolumeGib} GiB, data {dataVolumeGib} GiB"],
    ["refresh", "at least {minHealthyPercent} % of the hosts stay in service"],
  ],
  "ci-hosts:index:TlsDockerHost": [
    ["name", "{hostname}, in zone {zone}"],
    ["clients", "{clients}"],
    ["instance type", "{instanceType}"],
    ["image", "{amiId}"],
    ["volumes", "data {dataVolumeGib} GiB"],
  ],
  "ci-hosts:index:DockerCertificates": [
    ["validity", "{validityHours} h, renewed by a deployment {earlyRenewalHours} h before the end"],
    ["renewal", "{renewsAt}"],
    ["days left", "{daysToExpiry}"],
    ["CAs", "{authorities}, valid for {authorityValidityHours} h"],
  ],
  "ci-hosts:index:CiNetwork": [
    ["address block", "{vpcCidr}"],
    ["zones", "{zones}"],
    ["NAT gateways", "{natGateways}"],
    ["endpoints", "{interfaceEndpoints}"],
  ],
};

/** What each component in the table comes to, in the order of the table, a few lines each. */
export function glance({ resources }: Manifest, colours: Colours): string[][] {
  return Object.entries(rowsOfType).flatMap(([type, rows]) =>
    resources.filter((resource) => resource.type === type).map((resource) => summary(resource, rows, colours)),
  );
}

function summary(resource: ManifestResource, rows: readonly Row[], colours: Colours): string[] {
  const title = `${colours.bold(visible(resource.name))}  ${colours.dim(typeName(resource.type, false))}`;
  const cells = rows.flatMap(([label, ...texts]) => {
    const [text] = texts.flatMap((each) => filled(each, resource));
    return text === undefined ? [] : [[{ text: label, paint: colours.dim }, text]];
  });
  return [title, ...grid(cells, { indent: 2 })];
}

function filled(text: string, { inputs, outputs }: ManifestResource): string[] {
  const known: ManifestResource["inputs"] = { ...inputs, ...outputs };
  const isKnown = (name: string) => (known[name] ?? null) !== null;
  const names = [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return names.every(isKnown) ? [text.replace(/\{(\w+)\}/g, (_, name: string) => inWords(known[name] ?? null))] : [];
}
