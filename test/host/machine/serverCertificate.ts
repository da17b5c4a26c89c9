import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { output } from "./command";
import type { Image } from "./image";

/** PEM. */
export interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate for a web server of these names, `*.example.com` among them, that machines with the image trust. */
export async function serverCertificate(image: Image, names: readonly string[]): Promise<ServerCertificate> {
  const directory = mkdtempSync(join(tmpdir(), "ci-host-certificate-"));
  const [certificate, key] = [join(directory, "certificate.pem"), join(directory, "key.pem")];
  try {
    await output([
      ...(["openssl", "req", "-x509", "-CA", image.caCertificate, "-CAkey", image.caKey, "-days", "3650"] as const),
      ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=ci-hosts test server"],
      ...["-addext", `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}`],
      ...["-addext", "extendedKeyUsage=serverAuth", "-addext", "basicConstraints=critical,CA:false"],
      ...["-keyout", key, "-out", certificate],
    ]);
    return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
