import { Address4 } from "ip-address";
import { type ContainerAddresses, defaultAddressPools, defaultBridgeCidr } from "./containerAddresses";
import { dockerTlsPort } from "./dockerClients";

/** Where the daemon's certificates are: a link to the directory of the version in use. */
export const tlsDirectory = "/etc/docker/tls/current";

/**
 * daemon.json of a host that serves Docker over mutual TLS and does nothing else. Hardened as far as the CIS Docker
 * Benchmark goes with such a host. Must have no `addressProblems`.
 */
export function tlsDaemonConfig(options: ContainerAddresses): string {
  const { bridgeCidr = defaultBridgeCidr, addressPools = defaultAddressPools } = options;
  const bridge = new Address4(bridgeCidr);
  const config = {
    // The drop-in of docker.service takes the option -H away: given twice, dockerd does not start.
    hosts: ["fd://", `tcp://0.0.0.0:${dockerTlsPort}`],
    tlsverify: true,
    // The authorities in this file are the only ones whose clients are let in.
    tlscacert: `${tlsDirectory}/ca.pem`,
    tlscert: `${tlsDirectory}/cert.pem`,
    tlskey: `${tlsDirectory}/key.pem`,
    bip: `${bridge.startAddressExclusive().correctForm()}${bridge.subnet}`,
    "default-address-pools": addressPools,
    "default-ulimits": { nofile: { Name: "nofile", Soft: 32768, Hard: 65536 } },
    icc: false,
    // Containers outlive the restart that new certificates take.
    "live-restore": true,
    "log-driver": "local",
    "log-level": "info",
    "log-opts": { "max-file": "5", "max-size": "20m" },
    "no-new-privileges": true,
    "userland-proxy": false,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
