import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Outcome, Place } from "./vpc";

/** What a client is sent to, and with what: a directory in Docker's layout, whose cert.pem and key.pem may be missing. */
export interface Request {
  readonly hostname: string;
  readonly port: number;
  readonly directory: string;
}

/** A program that asks a Docker daemon for its version. */
export type Client = (place: Place, request: Request) => Promise<Outcome>;

/** Those who may get an answer. */
export const clients = {
  "docker CLI": dockerCli,
  curl: (place, { hostname, port, directory }) =>
    place.run([
      ...([
        "curl",
        "--silent",
        "--show-error",
        "--connect-timeout",
        "5",
        "--cacert",
        join(directory, "ca.pem"),
      ] as const),
      ...ownCertificate(directory, "--"),
      `https://${hostname}:${port}/version`,
    ]),
  "openssl, TLS 1.2": openssl("-tls1_2"),
  "openssl, TLS 1.3": openssl("-tls1_3"),
  Node: (place, { hostname, port, directory }) =>
    place.run([process.execPath, join(__dirname, "ask.js"), hostname, `${port}`, directory]),
  // Debian's, whatever comes first on the path.
  "Python, strict": (place, { hostname, port, directory }) =>
    place.run(["/usr/bin/python3", join(__dirname, "ask.py"), hostname, `${port}`, directory]),
} satisfies Record<string, Client>;

export type ClientName = keyof typeof clients;

/** Those who speak what nobody may speak any more, and what the daemon does not take of it. */
export const outdatedClients = {
  "openssl, TLS 1.0": { client: openssl("-tls1", "-cipher", "DEFAULT@SECLEVEL=0"), refusal: "version" },
  "openssl, TLS 1.1": { client: openssl("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"), refusal: "version" },
  "openssl, TLS 1.2 without forward secrecy": {
    client: openssl("-tls1_2", "-cipher", "AES128-GCM-SHA256"),
    refusal: "cipher",
  },
  "openssl, TLS 1.2 without encryption": {
    client: openssl("-tls1_2", "-cipher", "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0"),
    refusal: "cipher",
  },
} satisfies Record<string, { client: Client; refusal: "version" | "cipher" }>;

/** Those who do without TLS. */
export const plainClients = {
  "docker CLI": (place, { hostname, port }) =>
    place.run(["docker", "version", "--format", "{{json .Server}}"], {
      env: { DOCKER_HOST: `tcp://${hostname}:${port}` },
    }),
  curl: (place, { hostname, port }) =>
    place.run(["curl", "--silent", "--show-error", `http://${hostname}:${port}/version`]),
} satisfies Record<string, Client>;

/** Whether the client got what it asked for. */
export function isAnswered({ stdout }: Outcome): boolean {
  return /"ApiVersion":\s*"1\.\d+"/.test(stdout);
}

/** By the environment that a CI container gets. */
function dockerCli(place: Place, { hostname, port, directory }: Request): Promise<Outcome> {
  return place.run(["docker", "version", "--format", "{{json .Server}}"], {
    env: { DOCKER_HOST: `tcp://${hostname}:${port}`, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: directory },
  });
}

function openssl(...options: readonly string[]): Client {
  return (place, { hostname, port, directory }) => {
    const server = ["-connect", `${hostname}:${port}`, "-servername", hostname, "-verify_hostname", hostname] as const;
    const verified = ["-CAfile", join(directory, "ca.pem"), "-no-CApath", "-no-CAstore", "-verify_return_error"];
    return place.run(
      ["openssl", "s_client", "-quiet", ...options, ...server, ...verified, ...ownCertificate(directory, "-")],
      { input: `GET /version HTTP/1.0\r\nHost: ${hostname}\r\n\r\n` },
    );
  };
}

function ownCertificate(directory: string, dashes: "-" | "--"): string[] {
  const [cert, key] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  return existsSync(cert) ? [`${dashes}cert`, cert, `${dashes}key`, key] : [];
}
