import { isWithin, privateBlocks } from "../blocks";
import { isDockerHost, isSysboxHost, usesRemoteDocker } from "../docker";
import type { Resource, StackFinding, StackRule } from "../rule";
import { isGiven, isTrue, isUnknown, linksOf, type Mapping, mappingsAt } from "../values";

const isolated: StackRule = {
  id: "docker-host-isolated",
  severity: "critical",
  what: "The subnets of a host whose Docker daemon is reached over the network have no route to the internet.",
  why: "Every job is root on it: with a way out it takes whatever it reads there, and serves whoever it calls.",
  fix: "Put it into subnets whose route table has no route out, such as CiNetwork's isolated ones.",
  checkStack: (resources) =>
    resources.filter(isDockerHost).flatMap((host) => [
      ...(isInDefaultVpc(host)
        ? [{ resource: host, path: "subnetId", found: "is not given: it stands in the default VPC, which is public" }]
        : []),
      ...subnetsOf(host, resources).flatMap((subnet) =>
        tablesOf(subnet, resources)
          .flatMap((table) => routesOf(table, resources))
          .filter(({ route }) => leadsOut(route))
          .map(({ resource, path }) => ({
            resource,
            path,
            found: `leads out of ${subnet.name}, where ${host.name} is`,
          })),
      ),
    ]),
};

const noPublicAddress: StackRule = {
  id: "docker-host-no-public-address",
  severity: "critical",
  what: "A host whose Docker daemon is reached over the network has no public address.",
  why: "One wrong rule of a security group, and the internet talks to the daemon.",
  fix: "Set associatePublicIpAddress to false, and give it no elastic address.",
  checkStack: (resources) =>
    resources.filter(isDockerHost).flatMap((host) => [
      ...addressFindings(host),
      ...[host, ...usersOf(host, resources)].flatMap((user) => elasticAddresses(user, resources)),
      ...(saysNo(host)
        ? []
        : subnetsOf(host, resources)
            .filter(({ inputs }) => isTrue(inputs.mapPublicIpOnLaunch))
            .map((resource) => ({ resource, path: "mapPublicIpOnLaunch", found: `gives ${host.name} an address` }))),
    ]),
};

const oneStrategy: StackRule = {
  id: "one-strategy",
  severity: "high",
  what: "A stack has sysbox hosts or a Docker host over TLS, never both.",
  why: "With sysbox the remote daemon is unnecessary: it only adds a host on which every job is root.",
  fix: "Take the Docker host out, or give the jobs that cannot use sysbox a stack of their own.",
  checkStack: (resources) => {
    const sysbox = resources.find(isSysboxHost);
    return sysbox === undefined
      ? []
      : resources
          .filter(
            (resource) =>
              resource.type === "ci-hosts:index:TlsDockerHost" || isDockerHost(resource) || usesRemoteDocker(resource),
          )
          .map((resource) => ({ resource, path: "", found: `stands beside ${sysbox.name}, which has sysbox` }));
  },
};

export const dockerHostRules = [isolated, noPublicAddress, oneStrategy];

/** What makes machines from a template. */
function usersOf(host: Resource, resources: readonly Resource[]): Resource[] {
  const inputs = ["launchTemplate", "mixedInstancesPolicy", "launchConfiguration", "launchTemplateConfigs"];
  return resources.filter((resource) => linksOf(resource, ...inputs).includes(host.urn));
}

/** Subnets that it names itself, through a network interface, or where its group puts it. */
function subnetsOf(host: Resource, resources: readonly Resource[]): Resource[] {
  const interfaces = ["networkInterfaces", "primaryNetworkInterface"];
  const makers = [host, ...usersOf(host, resources)];
  const attached = makers.flatMap((maker) =>
    linked(maker, "aws:ec2/networkInterface:NetworkInterface", resources, ...interfaces),
  );
  const inputs = ["subnetId", "vpcZoneIdentifiers", "launchTemplateConfigs", ...interfaces];
  const subnets = [...makers, ...attached].flatMap((each) =>
    linked(each, "aws:ec2/subnet:Subnet", resources, ...inputs),
  );
  return [...new Set(subnets)];
}

/** The resources of a type that some inputs come from. */
function linked(resource: Resource, type: string, resources: readonly Resource[], ...inputs: string[]): Resource[] {
  const urns = linksOf(resource, ...inputs);
  return resources.filter((other) => other.type === type && urns.includes(other.urn));
}

function isInDefaultVpc({ type, inputs }: Resource): boolean {
  const { subnetId, networkInterfaces, primaryNetworkInterface, launchTemplate } = inputs;
  return (
    /^aws:ec2\/(instance|spotInstanceRequest):/.test(type) &&
    [subnetId, networkInterfaces, primaryNetworkInterface, launchTemplate].every((value) => !isGiven(value))
  );
}

const tableType = "aws:ec2/routeTable:RouteTable";
const defaultTableType = "aws:ec2/defaultRouteTable:DefaultRouteTable";

/** The tables that are associated with a subnet; without one, its VPC's main table. */
function tablesOf(subnet: Resource, resources: readonly Resource[]): Resource[] {
  const associations = resources.filter(
    (resource) =>
      resource.type === "aws:ec2/routeTableAssociation:RouteTableAssociation" &&
      linksOf(resource, "subnetId").includes(subnet.urn),
  );
  if (associations.length > 0) {
    return associations.flatMap((association) => linkedTables(association, resources));
  }
  const vpcs = linksOf(subnet, "vpcId");
  const isOfVpc = (resource: Resource, input: string) => linksOf(resource, input).some((urn) => vpcs.includes(urn));
  return resources.flatMap((resource) => {
    switch (resource.type) {
      case "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation":
        return isOfVpc(resource, "vpcId") ? linkedTables(resource, resources) : [];
      case defaultTableType:
        return isOfVpc(resource, "defaultRouteTableId") ? [resource] : [];
      default:
        return [];
    }
  });
}

function linkedTables(association: Resource, resources: readonly Resource[]): Resource[] {
  return [tableType, defaultTableType].flatMap((type) => linked(association, type, resources, "routeTableId"));
}

/** Inline routes, and those that are resources of their own. */
function routesOf(table: Resource, resources: readonly Resource[]) {
  const own = mappingsAt("routes", table.inputs.routes).map(({ path, mapping: route }) => ({
    resource: table,
    path,
    route,
  }));
  const others = resources
    .filter(({ type }) => type === "aws:ec2/route:Route")
    .filter((resource) => linksOf(resource, "routeTableId").includes(table.urn))
    .map((resource) => ({ resource, path: "", route: resource.inputs }));
  return [...own, ...others];
}

/** A route to anything but private addresses; a peering connection and an endpoint lead to no third party. */
function leadsOut(route: Mapping): boolean {
  if (isGiven(route.vpcPeeringConnectionId) || isGiven(route.vpcEndpointId) || route.gatewayId === "local") {
    return false;
  }
  const { destinationCidrBlock, destinationIpv6CidrBlock, cidrBlock, ipv6CidrBlock, destinationPrefixListId } = route;
  return [destinationCidrBlock, destinationIpv6CidrBlock, cidrBlock, ipv6CidrBlock, destinationPrefixListId].some(
    (to) => isGiven(to) && !isUnknown(to) && !privateBlocks.some((block) => isWithin(String(to), block)),
  );
}

function addressFindings(host: Resource): StackFinding[] {
  return [{ path: "", mapping: host.inputs }, ...mappingsAt("networkInterfaces", host.inputs.networkInterfaces)]
    .map(({ path, mapping }) => ({ at: path === "" ? "" : `${path}.`, mapping }))
    .filter(({ mapping }) => isTrue(mapping.associatePublicIpAddress))
    .map(({ at }) => ({ resource: host, path: `${at}associatePublicIpAddress`, found: "is true" }));
}

function saysNo({ inputs }: Resource): boolean {
  const said = [inputs, ...mappingsAt("networkInterfaces", inputs.networkInterfaces).map(({ mapping }) => mapping)];
  return said.some(({ associatePublicIpAddress: value }) => isGiven(value) && !isTrue(value));
}

function elasticAddresses(user: Resource, resources: readonly Resource[]): StackFinding[] {
  return resources
    .filter(({ type }) => /^aws:ec2\/(eip:Eip|eipAssociation:EipAssociation)$/.test(type))
    .flatMap((resource) =>
      ["instance", "instanceId"]
        .filter((input) => linksOf(resource, input).includes(user.urn))
        .map((path) => ({ resource, path, found: `gives ${user.name} a public address` })),
    );
}
