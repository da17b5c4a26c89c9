import type { Value } from "../../preview/manifest";
import { base64, type Fixtures, gzipped, host, mime, resource, templateType, writes, writesAll } from "./fixture";

const daemon = (config: object) => host(writes("/etc/docker/daemon.json", JSON.stringify(config)));
const dropIn = (line: string, ...files: object[]) =>
  host(
    `#cloud-config\n${JSON.stringify({
      write_files: [
        { path: "/etc/systemd/system/docker.service.d/tcp.conf", content: `[Service]\nExecStart=\n${line}\n` },
        ...files,
      ],
    })}`,
  );
const plain = { hosts: ["tcp://0.0.0.0:2375"] };
const tls = { hosts: ["unix:///var/run/docker.sock", "tcp://0.0.0.0:2376"], tlsverify: true, tlscacert: "/ca.pem" };
const file = "host: userData: /etc/docker/daemon.json";
const written = { path: "/etc/docker/daemon.json", content: JSON.stringify(plain) };
const plainly = writesAll(written);
const unit = "host: userData: /etc/systemd/system/docker.service.d/tcp.conf";

const tlsHost = (inputs: Record<string, Value> = {}, from = {}) =>
  resource(
    "aws:ec2/instance:Instance",
    "docker",
    { userData: writes("/etc/docker/daemon.json", JSON.stringify(tls)), ...inputs },
    from,
  );
const sysbox = { runtimes: { "sysbox-runc": { path: "/usr/bin/sysbox-runc" } } };

const vpc = resource("aws:ec2/vpc:Vpc", "vpc", { cidrBlock: "10.0.0.0/16" });
const subnet = resource("aws:ec2/subnet:Subnet", "subnet", { vpcId: "‹vpc.id›" }, { vpcId: [vpc] });
const openSubnet = resource("aws:ec2/subnet:Subnet", "subnet", { mapPublicIpOnLaunch: true }, { vpcId: [vpc] });
const table = resource("aws:ec2/routeTable:RouteTable", "table", {}, { vpcId: [vpc] });
const associated = resource(
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "associated",
  {},
  { subnetId: [subnet], routeTableId: [table] },
);
const route = (inputs: Record<string, Value>, of = table) =>
  resource("aws:ec2/route:Route", "route", inputs, { routeTableId: [of] });
const inside = tlsHost({ subnetId: "‹subnet.id›" }, { subnetId: [subnet] });
const templated = resource(templateType, "docker", {
  userData: base64(writes("/etc/docker/daemon.json", JSON.stringify(tls))),
});
const fleet = resource(
  "aws:autoscaling/group:Group",
  "group",
  {},
  { mixedInstancesPolicy: [templated], vpcZoneIdentifiers: [subnet] },
);
const networkInterface = resource("aws:ec2/networkInterface:NetworkInterface", "eni", {}, { subnetId: [subnet] });

export const docker: Record<string, Fixtures> = {
  "docker-no-plain-tcp": {
    breaks: [
      ["daemon.json", file, daemon(plain)],
      ["one of several hosts", file, daemon({ hosts: ["fd://", "tcp://10.0.0.1:2375"] })],
      ["the loopback address", file, daemon({ hosts: ["tcp://127.0.0.1:2375"] })],
      ["an address that is not known yet", file, daemon({ hosts: ["tcp://‹host.privateIp›:2375"] })],
      ["capitals", file, daemon({ hosts: ["TCP://0.0.0.0:2375"] })],
      ["no scheme", file, daemon({ hosts: ["0.0.0.0:2375"] })],
      ["TLS that is off", file, daemon({ ...plain, tls: false, tlsverify: false })],
      ["certificates that nothing switches on", file, daemon({ ...plain, tlscert: "/cert.pem", tlskey: "/key.pem" })],
      [
        "daemon.json in base64",
        file,
        host(
          `#cloud-config\nwrite_files:\n- path: /etc/docker/daemon.json\n  encoding: b64\n  content: ${base64(JSON.stringify(plain))}\n`,
        ),
      ],
      [
        "daemon.json in gzip and base64",
        file,
        host(
          `#cloud-config\nwrite_files:\n- path: /etc/docker/daemon.json\n  encoding: gz+b64\n  content: ${gzipped(JSON.stringify(plain))}\n`,
        ),
      ],
      ["the whole in gzip and base64", file, host(gzipped(writes("/etc/docker/daemon.json", JSON.stringify(plain))))],
      [
        "the other input for user data",
        "host: userDataBase64: /etc/docker/daemon.json",
        resource("aws:ec2/instance:Instance", "host", {
          userDataBase64: base64(writes("/etc/docker/daemon.json", JSON.stringify(plain))),
        }),
      ],
      ["a drop-in", unit, dropIn("ExecStart=/usr/bin/dockerd -H fd:// -H tcp://0.0.0.0:2375")],
      ["a drop-in, the long way", unit, dropIn("ExecStart=/usr/bin/dockerd --host=tcp://0.0.0.0:2375")],
      ["a drop-in, on two lines", unit, dropIn("ExecStart=/usr/bin/dockerd \\\n  -H tcp://0.0.0.0:2375")],
      ["a drop-in, TLS switched off", unit, dropIn("ExecStart=/usr/bin/dockerd -H tcp://:2376 --tlsverify=false")],
      [
        "a socket unit",
        "host: userData: /etc/systemd/system/docker.socket.d/tcp.conf",
        host(writes("/etc/systemd/system/docker.socket.d/tcp.conf", "[Socket]\nListenStream=2375\n")),
      ],
      ["a command", "host: userData: runcmd", host('#cloud-config\nruncmd:\n- "dockerd -H 0.0.0.0:2375 &"\n')],
      [
        "a command as a list",
        "host: userData: runcmd",
        host("#cloud-config\nruncmd:\n- [dockerd, --host, 'tcp://0.0.0.0:2375']\n"),
      ],
      ["a unit's environment", unit, dropIn('Environment="DOCKER_OPTS=-H tcp://0.0.0.0:2375"')],
      [
        "the defaults file",
        "host: userData: /etc/default/docker",
        host(writes("/etc/default/docker", 'DOCKER_OPTS="-H tcp://0.0.0.0:2375"\n')),
      ],
      [
        "a here-document",
        file,
        host(`#!/bin/bash\ncat > /etc/docker/daemon.json <<'EOF'\n${JSON.stringify(plain, null, 2)}\nEOF\n`),
      ],
      [
        "a here-document for tee",
        file,
        host(`#!/bin/bash\nsudo tee /etc/docker/daemon.json <<EOF >/dev/null\n${JSON.stringify(plain)}\nEOF\n`),
      ],
      ["echo", file, host(`#!/bin/sh\necho '${JSON.stringify(plain)}' > /etc/docker/daemon.json\n`)],
      ["a part of a MIME message", file, host(mime(`Content-Type: text/cloud-config\n\n${plainly}`))],
      [
        "a part that its type alone makes a cloud-config",
        file,
        host(mime(`Content-Type: text/cloud-config\n\n${plainly.replace("#cloud-config\n", "")}`)),
      ],
      ["a part without a header", file, host(mime(`\n${plainly}`))],
      ["a message of one part", file, host(`MIME-Version: 1.0\nContent-Type: text/cloud-config\n\n${plainly}`)],
      ["a message in a message", file, host(mime(mime(`Content-Type: text/cloud-config\n\n${plainly}`)))],
      [
        "a part whose boundary begins with that of the whole",
        file,
        host(mime(mime(`Content-Type: text/cloud-config\n\n${plainly}`).replaceAll("=a=", "=a=b"))),
      ],
      [
        "a part in gzip",
        file,
        host(mime(`Content-Type: application/x-gzip\nContent-Transfer-Encoding: base64\n\n${gzipped(plainly)}`)),
      ],
      [
        "a part in quoted-printable",
        file,
        host(
          mime(
            `Content-Type: text/cloud-config\nContent-Transfer-Encoding: quoted-printable\n\n${plainly.replace("write_files", "write=5F=\nfiles")}`,
          ),
        ),
      ],
      [
        "an archive",
        file,
        host(`#cloud-config-archive\n${JSON.stringify([{ type: "text/cloud-config", content: plainly }])}`),
      ],
      ["a text in an archive", file, host(`#cloud-config-archive\n${JSON.stringify([plainly])}`)],
      ["capitals in the first line, and space before it", file, host(`\n ${plainly.replace("#cloud", "#Cloud")}`)],
      ["base64 twice", file, host(base64(base64(plainly)))],
      ["a key that cloud-init ignores", file, host(writesAll({ ...written, comment: "x" }))],
      ["booleans as text", file, host(writesAll({ ...written, defer: "true", append: "no" }))],
      [
        "an encoding in capitals",
        file,
        host(writesAll({ ...written, encoding: " B64 ", content: base64(JSON.stringify(plain)) })),
      ],
      [
        "two entries that make one file",
        file,
        host(
          writesAll(
            { ...written, content: '{"hosts":' },
            { ...written, append: true, content: '["tcp://0.0.0.0:1"]}' },
          ),
        ),
      ],
      [
        "a second entry that replaces the first one",
        file,
        host(writesAll({ ...written, content: JSON.stringify(tls) }, { ...written, path: "/etc//docker/daemon.json" })),
      ],
      [
        "a deferred entry that replaces a later one",
        file,
        host(writesAll({ ...written, defer: true }, { ...written, content: JSON.stringify(tls) })),
      ],
      [
        "a script that replaces a file",
        file,
        host(
          `#cloud-config\n${JSON.stringify({
            write_files: [{ ...written, content: JSON.stringify(tls) }],
            runcmd: [`cat > /etc/docker/daemon.json <<EOF\n${JSON.stringify(plain)}\nEOF`],
          })}`,
        ),
      ],
      [
        "TLS in a file that nothing reads",
        file,
        host(writesAll(written, { ...written, path: "/srv/daemon.json", content: '{"tlsverify":true}' })),
      ],
      [
        "a key that stands there twice",
        file,
        host(writesAll({ ...written, content: '{"hosts":["tcp://:2375"],"tlsverify":true,"tlsverify":false}' })),
      ],
      [
        "another file that the daemon is told to read",
        "host: userData: /etc/docker/other.conf",
        host(
          `#cloud-config\n${JSON.stringify({
            write_files: [{ ...written, path: "/etc/docker/other.conf" }],
            runcmd: ["dockerd --config-file=/etc/docker/other.conf"],
          })}`,
        ),
      ],
      [
        "TLS in a file that the daemon is told to leave",
        "host: userData: runcmd",
        host(
          `#cloud-config\n${JSON.stringify({
            write_files: [{ ...written, content: '{"tlsverify":true}' }],
            runcmd: ["dockerd -H tcp://0.0.0.0:2375 --config-file /dev/null"],
          })}`,
        ),
      ],
      ...["false", "FALSE", "False", "f", "F", "0", "nonsense"].map(
        (off) =>
          [
            `a drop-in with --tlsverify=${off}`,
            unit,
            dropIn(`ExecStart=/usr/bin/dockerd -H tcp://:2376 --tlsverify=${off}`),
          ] as const,
      ),
      [
        "a switch that is taken back",
        unit,
        dropIn("ExecStart=/usr/bin/dockerd --tlsverify -H tcp://:2376 --tlsverify=false"),
      ],
      [
        "a variable from a file",
        unit,
        dropIn("EnvironmentFile=/etc/sysconfig/docker\nExecStart=/usr/bin/dockerd $DOCKERD_FLAGS", {
          path: "/etc/sysconfig/docker",
          content: 'DOCKERD_FLAGS="-H tcp://0.0.0.0:2375"\n',
        }),
      ],
      [
        "a variable with two values",
        unit,
        dropIn("Environment=FLAGS=--tlsverify\nEnvironment=FLAGS=\nExecStart=/usr/bin/dockerd -H tcp://:2376 $FLAGS"),
      ],
      ["an address without a port", unit, dropIn("ExecStart=/usr/bin/dockerd -H 0.0.0.0:")],
      ["an address with a path", unit, dropIn("ExecStart=/usr/bin/dockerd -H 0.0.0.0:2375/x")],
      ["flags in one word", unit, dropIn("ExecStart=/usr/bin/dockerd -DHtcp://0.0.0.0:2375")],
      ["a quoted command", "host: userData: script", host("#!/bin/sh\nsh -c 'dockerd -H tcp://0.0.0.0:2375'\n")],
      [
        "a socket of another name for the daemon",
        "host: userData: /etc/systemd/system/api.socket",
        host(writes("/etc/systemd/system/api.socket", "[Socket]\nListenStream=2375\nService=docker.service\n")),
      ],
      [
        "a second socket of the daemon",
        "host: userData: /etc/systemd/system/docker-tcp.socket",
        host(writes("/etc/systemd/system/docker-tcp.socket", "[Socket]\nListenStream=0.0.0.0:2375\n")),
      ],
      [
        "a relay",
        "host: userData: script",
        host("#!/bin/sh\nsocat TCP-LISTEN:2375,fork,reuseaddr UNIX-CONNECT:/var/run/docker.sock &\n"),
      ],
      ["a relay of two", "host: userData: script", host("#!/bin/sh\nnc -lk 2375 | nc -U /run/docker.sock\n")],
      [
        "a Jinja template",
        file,
        host(`## template: jinja\n${writes("/etc/docker/daemon.json", JSON.stringify(plain))}`),
      ],
    ],
    passes: [
      ["sockets of the host", daemon({ hosts: ["unix:///var/run/docker.sock", "fd://"] })],
      ["no hosts", daemon({ "log-driver": "local" })],
      ["TCP with TLS", daemon(tls)],
      ["a drop-in with TLS", dropIn("ExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:2376 --tlsverify")],
      [
        "a drop-in, and TLS in daemon.json",
        dropIn("ExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:2376", {
          path: "/etc/docker/daemon.json",
          content: '{ "tlsverify": true }',
        }),
      ],
      ["no TLS that something replaces", host(writesAll(written, { ...written, content: JSON.stringify(tls) }))],
      [
        "a socket unit of the host",
        host(writes("/etc/systemd/system/docker.socket", "[Socket]\nListenStream=%t/docker.sock\n")),
      ],
      ["a socket of something else", host(writes("/etc/systemd/system/web.socket", "[Socket]\nListenStream=80\n"))],
      ["a relay to something else", host("#!/bin/sh\nsocat TCP-LISTEN:80,fork UNIX-CONNECT:/run/web.sock\n")],
      ["an address that is not known yet", dropIn("ExecStart=/usr/bin/dockerd -H ‹config.address›")],
      ["a client's request", host("#!/bin/sh\ncurl -H tcp://0.0.0.0:2375 https://example.com\n")],
      ["a comment", host("#!/bin/sh\n# dockerd -H tcp://0.0.0.0:2375\n")],
      ["user data that is not known yet", host("‹config.userData›")],
    ],
  },
  "docker-verifies-clients": {
    breaks: [
      ["TLS alone", file, daemon({ hosts: ["tcp://0.0.0.0:2376"], tls: true })],
      ["verification that is off", file, daemon({ hosts: ["tcp://0.0.0.0:2376"], tls: true, tlsverify: false })],
      ["verification as text", file, daemon({ hosts: ["tcp://0.0.0.0:2376"], tls: true, tlsverify: "true" })],
      ["a drop-in with TLS alone", unit, dropIn("ExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:2376 --tls --tlscert=/c")],
    ],
    passes: [
      ["verification", daemon(tls)],
      ["verification by a flag", dropIn("ExecStart=/usr/bin/dockerd --tlsverify=true -H tcp://0.0.0.0:2376")],
      ["TLS on no port", daemon({ tls: true })],
    ],
  },
  "sysbox-runtime-registered": {
    breaks: [
      ["the package", file, host("#cloud-config\npackages: [docker.io, sysbox-ce]\n")],
      ["a version of the package", file, host("#cloud-config\npackages: [[sysbox-ce, 0.7.1]]\n")],
      ["the library's settings", file, host(writes("/etc/ci-host/settings", "SYSBOX_URL=https://example.com/a.deb\n"))],
      ["a script that installs it", file, host("#!/bin/sh\napt-get install -y ./sysbox-ce_0.7.1.linux_amd64.deb\n")],
      [
        "a service that runs under it",
        file,
        host(writes("/srv/compose.yaml", "services:\n  ci:\n    image: a\n    runtime: sysbox-runc\n")),
      ],
      [
        "a daemon.json with other runtimes",
        file,
        host(
          `#cloud-config\n${JSON.stringify({
            packages: ["sysbox-ce"],
            write_files: [
              { path: "/etc/docker/daemon.json", content: '{ "runtimes": { "runsc": { "path": "/r" } } }' },
            ],
          })}`,
        ),
      ],
      [
        "a runtime without a path",
        file,
        host(
          `#cloud-config\n${JSON.stringify({
            packages: ["sysbox-ce"],
            write_files: [{ path: "/etc/docker/daemon.json", content: '{ "runtimes": { "sysbox-runc": {} } }' }],
          })}`,
        ),
      ],
    ],
    passes: [
      [
        "a registered runtime",
        host(
          `#cloud-config\n${JSON.stringify({
            packages: ["sysbox-ce"],
            write_files: [{ path: "/etc/docker/daemon.json", content: JSON.stringify(sysbox) }],
          })}`,
        ),
      ],
      ["a host without sysbox", host("#cloud-config\npackages: [docker.io]\n")],
    ],
  },
  "docker-host-isolated": {
    breaks: [
      [
        "a NAT gateway",
        "route: ",
        vpc,
        subnet,
        table,
        associated,
        inside,
        route({ destinationCidrBlock: "0.0.0.0/0", natGatewayId: "‹nat.id›" }),
      ],
      [
        "an internet gateway",
        "route: ",
        vpc,
        subnet,
        table,
        associated,
        inside,
        route({ destinationCidrBlock: "0.0.0.0/0", gatewayId: "igw-1" }),
      ],
      [
        "an egress-only gateway",
        "route: ",
        vpc,
        subnet,
        table,
        associated,
        inside,
        route({ destinationIpv6CidrBlock: "::/0", egressOnlyGatewayId: "‹e.id›" }),
      ],
      [
        "half of the internet",
        "route: ",
        vpc,
        subnet,
        table,
        associated,
        inside,
        route({ destinationCidrBlock: "128.0.0.0/1", natGatewayId: "‹nat.id›" }),
      ],
      [
        "a transit gateway",
        "route: ",
        vpc,
        subnet,
        table,
        associated,
        inside,
        route({ destinationCidrBlock: "0.0.0.0/0", transitGatewayId: "tgw-1" }),
      ],
      [
        "a list of prefixes",
        "route: ",
        vpc,
        subnet,
        table,
        associated,
        inside,
        route({ destinationPrefixListId: "pl-1", gatewayId: "igw-1" }),
      ],
      [
        "a route inside of the table",
        "table: routes[0]",
        vpc,
        subnet,
        resource("aws:ec2/routeTable:RouteTable", "table", {
          routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: "‹igw.id›" }],
        }),
        associated,
        inside,
      ],
      [
        "a group of machines",
        "route: ",
        vpc,
        subnet,
        table,
        associated,
        templated,
        fleet,
        route({ destinationCidrBlock: "0.0.0.0/0", natGatewayId: "‹nat.id›" }),
      ],
      [
        "a network interface",
        "route: ",
        vpc,
        subnet,
        table,
        associated,
        networkInterface,
        tlsHost({ networkInterfaces: [{ networkInterfaceId: "‹eni.id›" }] }, { networkInterfaces: [networkInterface] }),
        route({ destinationCidrBlock: "0.0.0.0/0", natGatewayId: "‹nat.id›" }),
      ],
      [
        "the VPC's main table, where a subnet has none",
        "main: routes[0]",
        vpc,
        subnet,
        inside,
        resource(
          "aws:ec2/defaultRouteTable:DefaultRouteTable",
          "main",
          { routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: "‹igw.id›" }] },
          { defaultRouteTableId: [vpc] },
        ),
      ],
      ["the default VPC", "docker: subnetId", tlsHost()],
    ],
    passes: [
      ["a table without routes", vpc, subnet, table, associated, inside],
      [
        "private addresses behind a gateway",
        vpc,
        subnet,
        table,
        associated,
        inside,
        route({ destinationCidrBlock: "10.1.0.0/16", transitGatewayId: "tgw-1" }),
      ],
      [
        "a peering connection",
        vpc,
        subnet,
        table,
        associated,
        inside,
        route({ destinationCidrBlock: "172.32.0.0/16", vpcPeeringConnectionId: "‹peer.id›" }),
      ],
      [
        "a route that another table has",
        vpc,
        subnet,
        table,
        associated,
        inside,
        route(
          { destinationCidrBlock: "0.0.0.0/0", natGatewayId: "‹nat.id›" },
          resource("aws:ec2/routeTable:RouteTable", "other"),
        ),
      ],
      [
        "an open subnet that only its user data names",
        vpc,
        subnet,
        table,
        associated,
        tlsHost({ subnetId: "subnet-1" }, { userData: [subnet] }),
        route({ destinationCidrBlock: "0.0.0.0/0", natGatewayId: "‹nat.id›" }),
      ],
      ["a subnet that stands elsewhere", tlsHost({ subnetId: "subnet-1" })],
      [
        "a host whose daemon is its own",
        vpc,
        subnet,
        table,
        associated,
        resource("aws:ec2/instance:Instance", "host", { userData: "#!/bin/sh\n" }, { subnetId: [subnet] }),
        route({ destinationCidrBlock: "0.0.0.0/0", natGatewayId: "‹nat.id›" }),
      ],
    ],
  },
  "docker-host-no-public-address": {
    breaks: [
      ["an instance", "docker: associatePublicIpAddress", tlsHost({ associatePublicIpAddress: true })],
      [
        "a template, as text",
        "docker: networkInterfaces[0].associatePublicIpAddress",
        resource(templateType, "docker", {
          ...templated.inputs,
          networkInterfaces: [{ associatePublicIpAddress: "true" }],
        }),
      ],
      ["a subnet that hands them out", "subnet: mapPublicIpOnLaunch", vpc, openSubnet, inside],
      ["an elastic address", "eip: instance", inside, resource("aws:ec2/eip:Eip", "eip", {}, { instance: [inside] })],
      [
        "an elastic address, associated",
        "eip: instanceId",
        inside,
        resource("aws:ec2/eipAssociation:EipAssociation", "eip", {}, { instanceId: [inside] }),
      ],
    ],
    passes: [
      ["no address", tlsHost({ associatePublicIpAddress: false })],
      [
        "a subnet that would, and a host that does not take one",
        vpc,
        openSubnet,
        tlsHost({ subnetId: "‹subnet.id›", associatePublicIpAddress: false }, { subnetId: [openSubnet] }),
      ],
      ["a host whose daemon is its own", host("#!/bin/sh\n", { associatePublicIpAddress: true })],
      ["a value that is not known yet", tlsHost({ associatePublicIpAddress: "‹config.public›" })],
    ],
  },
  "one-strategy": {
    breaks: [
      ["two machines", "docker: ", daemon(sysbox), tlsHost()],
      ["one machine that is both", "host: ", daemon({ ...sysbox, ...tls })],
      ["a component", "docker: ", daemon(sysbox), resource("ci-hosts:index:TlsDockerHost", "docker")],
      ["sysbox by a script", "docker: ", host("#!/bin/sh\napt-get install sysbox-ce\n"), tlsHost()],
      ["a client of a daemon elsewhere", "client: ", daemon(sysbox), client("tcp://docker.ci.internal:2376")],
    ],
    passes: [
      ["sysbox hosts alone", daemon(sysbox), daemon(sysbox)],
      ["a Docker host alone", tlsHost()],
      ["a sysbox host beside one whose daemon is its own", daemon(sysbox), daemon({ hosts: ["fd://"] })],
      ["a client of another service beside a sysbox host", daemon(sysbox), client("tcp://dind:2375")],
      ["a client of its own daemon beside a sysbox host", daemon(sysbox), client("unix:///var/run/docker.sock")],
      [
        "scripts that are the library's own, which name sysbox on every host",
        resource("aws:ec2/instance:Instance", "docker", {
          userData: writes("/usr/local/lib/ci-host/garbage.sh", "#!/bin/sh\n[ $runtime = sysbox-runc ]\n"),
        }),
        tlsHost(),
      ],
    ],
  },
};

/** A host with a service `runner` whose Docker is where it says, and a service `dind`. */
function client(address: string) {
  const services = { runner: { image: "runner", environment: [`DOCKER_HOST=${address}`] }, dind: { image: "dind" } };
  return resource("aws:ec2/instance:Instance", "client", {
    userData: writes("/srv/compose.yaml", JSON.stringify({ services })),
  });
}
