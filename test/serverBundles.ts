import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the secret of a Docker daemon holds. */
export interface ServerBundle {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

const serverNames = "subjectAltName=DNS:docker.ci.internal,DNS:localhost,IP:127.0.0.1";

/** Bundles by OpenSSL, of one authority: a good one, another good one, and some with a flaw. */
export function serverBundles(): Record<
  | "good"
  | "next"
  | "expired"
  | "misnamed"
  | "foreign"
  | "mismatched"
  | "clientless"
  | "swapped"
  | "useless"
  | "versatile"
  | "versatileClient",
  ServerBundle
> {
  const directory = mkdtempSync(join(tmpdir(), "ci-host-pki-"));
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync("openssl", args, { cwd: directory, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  };
  const read = (file: string) => readFileSync(join(directory, file), "utf8");
  const keyOptions = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const authority = (name: string) => {
    openssl(
      "req",
      "-x509",
      ...keyOptions,
      "-days",
      "100",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      name,
    );
    return read(name);
  };
  const leaf = (issuer: string, extensions: string, days = 90) => {
    writeFileSync(join(directory, "extensions"), extensions);
    openssl("req", "-new", ...keyOptions, "-subj", "/CN=docker.ci.internal", "-keyout", "leaf.key", "-out", "leaf.csr");
    const signing = ["-CA", issuer, "-CAkey", `${issuer}.key`, "-CAcreateserial", "-days", String(days)];
    openssl("x509", "-req", "-in", "leaf.csr", ...signing, "-extfile", "extensions", "-out", "leaf");
    return { cert: read("leaf"), key: read("leaf.key") };
  };
  const server = (names = serverNames, issuer = "ca", days = 90) =>
    leaf(issuer, `extendedKeyUsage=serverAuth\n${names}\n`, days);

  const ca = authority("ca");
  authority("other");
  const { cert: clientCert, key: clientKey } = leaf("ca", "extendedKeyUsage=clientAuth\n");
  const good = { ca, ...server(), clientCert, clientKey };
  const next = { ...good, ...server(), clientCert, clientKey };
  const versatile = leaf("ca", `extendedKeyUsage=serverAuth,clientAuth\n${serverNames}\n`);
  const bundles = {
    good,
    next,
    expired: { ...good, ...server(serverNames, "ca", -1) },
    // OpenSSL by itself would be content with the subject, docker.ci.internal.
    misnamed: { ...good, ...server("subjectAltName=IP:127.0.0.1") },
    foreign: { ...good, ...server(serverNames, "other") },
    mismatched: { ...good, key: next.key },
    clientless: { ...good, clientCert: good.cert, clientKey: good.key },
    swapped: { ...good, clientKey: good.key },
    useless: { ...good, ...leaf("ca", `${serverNames}\n`) },
    versatile: { ...good, ...versatile },
    versatileClient: { ...good, clientCert: versatile.cert, clientKey: versatile.key },
  };
  rmSync(directory, { recursive: true });
  return bundles;
}

/** Secrets Manager's answer to GetSecretValue. */
export function secretAnswer(bundle: unknown, versionId: string): string {
  return JSON.stringify({
    VersionId: versionId,
    SecretString: typeof bundle === "string" ? bundle : JSON.stringify(bundle),
  });
}
