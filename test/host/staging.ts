import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse, parseDocument, stringify } from "yaml";
import { type CloudConfig, render } from "../../components/host/cloudConfig";
import { previewStacks } from "../../preview/stacks";
import { inputsOf } from "../resources";

const root = join(__dirname, "../..");

/** The log group of the staging stack's hosts, once AWS has named it. */
export const logGroup = "fleet-logs-5a1c0de";

/** What the network of a virtual machine serves in place of the outside. */
export interface Served {
  readonly packageMirror: string;
  readonly sysbox: { readonly url: string; readonly sha256: string };
  /** With its digest. */
  readonly ciImage: string;
}

/**
 * The cloud-config of the committed staging stack, with nothing overridden but what a virtual machine without the
 * outside needs: Debian, its Docker, the mirror, where sysbox and the image come from, and, without KVM, time.
 */
export async function stagingHost({ packageMirror, sysbox, ciImage }: Served): Promise<CloudConfig> {
  const overrides = {
    operatingSystem: "debian-12",
    docker: { source: "distribution" },
    packageMirror,
    sysbox,
    probeImage: ciImage,
    // An emulated processor takes longer than Auto Scaling would wait for a real one.
    ...(existsSync("/dev/kvm") ? {} : { launchTimeoutSeconds: 3600 }),
  };
  const project = mkdtempSync(join(tmpdir(), "ci-host-staging-"));
  try {
    for (const part of ["Pulumi.yaml", "package.json", "tsconfig.json", "components", "stacks"]) {
      cpSync(join(root, part), join(project, part), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
    edit(join(project, "stacks/Pulumi.staging.yaml"), (stack) => {
      for (const [key, value] of Object.entries(overrides)) {
        stack.setIn(["config", `ci-hosts:${key}`], value);
      }
    });
    edit(join(project, "stacks/compose.yaml"), (compose) => compose.setIn(["services", "runner", "image"], ciImage));
    const [manifest] = await previewStacks(project, ["staging"]);
    if (manifest === undefined) {
      throw new Error("the staging stack has no manifest");
    }
    const userData = gunzipSync(Buffer.from(String(inputsOf(manifest, "fleet-template").userData), "base64"));
    return parse(userData.toString("utf8").replaceAll("‹fleet-logs.name›", logGroup), { version: "1.1" });
  } finally {
    rmSync(project, { recursive: true });
  }
}

/** User data with one more file in it, for a fault that is planted. */
export function withFile(config: CloudConfig, path: `/${string}`, content: string): string {
  return render({ ...config, write_files: [...(config.write_files ?? []), { path, content, permissions: "0644" }] });
}

function edit(file: string, change: (document: ReturnType<typeof parseDocument>) => void): void {
  const document = parseDocument(readFileSync(file, "utf8"));
  change(document);
  writeFileSync(file, stringify(document));
}
