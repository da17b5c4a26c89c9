import { inWords } from "./inWords";
import { type Colours, grid, visible } from "./layout";
import type { Manifest, ManifestResource } from "./manifest";
import { typeName } from "./typeName";

/** A line of the glance: a label and a text with the component's outputs in it, `{name}`. */
type Row = readonly [label: string, text: string];

/** What is said at a glance, by component; a row whose output a component does not register is left out. */
const rowsOfType: Readonly<Record<string, readonly Row[]>> = {
  "ci-hosts:index:CiFleet": [
    ["zones", "{zones}"],
    ["instance types", "{instanceTypes} ({architecture})"],
    ["capacity", "{minSize} to {maxSize} hosts, {desiredCapacity} wanted"],
    ["spot share", "{spotPercent} %, after {onDemandBase} hosts on demand"],
    ["Docker", "{dockerVersion}"],
    ["sysbox", "{sysboxVersion}"],
    ["system", "{operatingSystem}, image {amiId}"],
    ["volumes", "root {rootVolumeGib} GiB, data {dataVolumeGib} GiB"],
    ["refresh", "at least {minHealthyPercent} % of the hosts stay in service"],
  ],
  "ci-hosts:index:CiNetwork": [
    ["address block", "{cidr}"],
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
  const cells = rows
    .flatMap((row) => filled(row, resource))
    .map(([label, text]) => [{ text: label, paint: colours.dim }, text]);
  return [title, ...grid(cells, { indent: 2 })];
}

function filled([label, text]: Row, { outputs }: ManifestResource): Row[] {
  const names = [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return names.some((name) => outputs[name] === undefined || outputs[name] === null)
    ? []
    : [[label, text.replace(/\{(\w+)\}/g, (_, name: string) => inWords(outputs[name] ?? null))]];
}
