/** For the integrator: stands in for the component's function of this name. */
export function tlsDaemonConfig(_: { readonly vpcCidr: string }): string {
  const tls = "/etc/docker/tls/current";
  return JSON.stringify({
    hosts: ["fd://", "tcp://0.0.0.0:2376"],
    tlsverify: true,
    tlscacert: `${tls}/ca.pem`,
    tlscert: `${tls}/cert.pem`,
    tlskey: `${tls}/key.pem`,
    icc: false,
    "no-new-privileges": true,
    "live-restore": true,
    "userland-proxy": false,
    "default-ulimits": { nofile: { Name: "nofile", Soft: 32768, Hard: 65536 } },
    "log-level": "info",
    "log-driver": "local",
    "log-opts": { "max-file": "5", "max-size": "20m" },
    bip: "198.18.0.1/16",
    "default-address-pools": [{ base: "198.19.0.0/16", size: 24 }],
  });
}
