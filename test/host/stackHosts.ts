import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse, parseDocument, stringify } from "yaml";
import { type CloudConfig, render } from "../../components/host/cloudConfig";
import type { Manifest } from "../../preview/manifest";
import { previewStacks } from "../../preview/stacks";
import { inputsOf } from "../resources";
import { qemuAccelerator } from "./machine/accelerator";

const root = join(__dirname, "../..");

/** The log group of a stack's hosts, once AWS has named it. */
export const logGroup = "fleet-logs-5a1c0de";

/** The secrets with certificates of the legacy stack, once AWS has named them. */
export const bundleArns = {
  server: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:docker-certificates-server-bundle-5a1c0de-AbCdEf",
  runner:
    "arn:aws:secretsmanager:eu-central-1:111122223333:secret:docker-certificates-client-runner-bundle-5a1c0de-AbCdEf",
};

/** What the metadata service calls the image that the machines run. */
export const amiId = "ami-0123456789abcdef0";

/** An emulated processor takes longer than anybody would wait for a real one. */
const patience = qemuAccelerator() === "kvm" ? {} : { launchTimeoutSeconds: 3600 };

/** What the network of a virtual machine serves in place of the outside. */
export interface Served {
  readonly packageMirror: string;
  readonly sysbox: { readonly url: string; readonly sha256: string };
  /** With its digest. */
  readonly ciImage: string;
}

/**
 * The cloud-config of the committed staging stack, with nothing overridden but what a virtual machine without the
 * outside needs: Debian, its image and its Docker, the mirror, where sysbox and the CI image come from, and, without KVM,
 * time. Beside it the id of the release that the stack exports.
 */
export async function stagingHost(served: Served): Promise<{ host: CloudConfig; releaseId: string }> {
  const { sysbox, ciImage } = served;
  const manifest = await previewed("staging", "compose.yaml", served, { sysbox, probeImage: ciImage });
  const { id: releaseId } = manifest.outputs.release as { readonly id: string };
  return { host: deployed(inputsOf(manifest, "fleet-template").userData, served), releaseId };
}

/** The same of the committed legacy stack: its Docker host, and the host of its fleet. */
export async function legacyHosts(served: Served): Promise<{ dockerHost: CloudConfig; fleetHost: CloudConfig }> {
  const packageMirror = byHttps(served);
  const dockerHost = { instanceType: "m7i.large", operatingSystem: "debian-12", amiId, packageMirror, ...patience };
  const manifest = await previewed("legacy", "compose.legacy.yaml", served, { dockerHost });
  return {
    dockerHost: deployed(inputsOf(manifest, "docker-instance").userDataBase64, served),
    fleetHost: deployed(inputsOf(manifest, "fleet-template").userData, served),
  };
}

async function previewed(stack: string, composeFile: string, served: Served, own: object): Promise<Manifest> {
  const { packageMirror, ciImage } = served;
  const overrides = {
    operatingSystem: "debian-12",
    amiId,
    docker: { source: "distribution" },
    packageMirror,
    ...patience,
    ...own,
  };
  const project = mkdtempSync(join(tmpdir(), "ci-host-stack-"));
  try {
    for (const part of ["Pulumi.yaml", "package.json", "tsconfig.json", "components", "stacks"]) {
      cpSync(join(root, part), join(project, part), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
    edit(join(project, `stacks/Pulumi.${stack}.yaml`), (settings) => {
      for (const [key, value] of Object.entries(overrides)) {
        settings.setIn(["config", `ci-hosts:${key}`], value);
      }
    });
    edit(join(project, "stacks", composeFile), (compose) => compose.setIn(["services", "runner", "image"], ciImage));
    const [manifest] = await previewStacks(project, [stack]);
    if (manifest === undefined) {
      throw new Error(`the stack ${stack} has no manifest`);
    }
    return manifest;
  } finally {
    rmSync(project, { recursive: true });
  }
}

/** A Docker host takes a mirror by HTTPS alone, and nothing here serves that. */
function byHttps({ packageMirror }: Served): string {
  return packageMirror.replace("http:", "https:");
}

/** User data with names in place of symbols, as a deployment knows them, and with the mirror as it is served. */
function deployed(userData: unknown, served: Served): CloudConfig {
  const text = gunzipSync(Buffer.from(String(userData), "base64"))
    .toString("utf8")
    .replaceAll(byHttps(served), served.packageMirror)
    .replaceAll(/‹(?:fleet|docker)-logs\.name›/g, logGroup)
    .replaceAll("‹docker-certificates-server-bundle.arn›", bundleArns.server)
    .replaceAll("‹docker-certificates-client-runner-bundle.arn›", bundleArns.runner);
  return parse(text, { version: "1.1" });
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
