import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a client's secret holds. */
export interface Bundle {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Certificates for tests, made by openssl. */
export class TestAuthority {
  private readonly directory = mkdtempSync(join(tmpdir(), "ci-ca-"));

  constructor() {
    this.openssl("req", "-x509", ...newKey("ca.key"), "-subj", "/CN=ca", "-days", "2", "-out", "ca.pem");
  }

  /** A client's bundle; `days` below 0 makes one that has ended. */
  bundle({ days = 2, use = "clientAuth" }: { days?: number; use?: string } = {}): Bundle {
    writeFileSync(join(this.directory, "extensions"), `extendedKeyUsage=${use}\n`);
    this.openssl("req", ...newKey("key.pem"), "-subj", "/CN=client", "-out", "request.pem");
    const ca = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
    const request = ["-req", "-in", "request.pem", "-extfile", "extensions", "-out", "cert.pem"];
    this.openssl("x509", ...request, ...ca, "-days", String(days));
    const read = (file: string) => readFileSync(join(this.directory, file), "utf8");
    return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private openssl(...args: string[]): void {
    const { status, stderr } = spawnSync("openssl", args, { cwd: this.directory, encoding: "utf8" });
    if (status !== 0) {
      throw new Error(`openssl ${args[0]}: ${stderr}`);
    }
  }
}

function newKey(file: string): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file];
}
