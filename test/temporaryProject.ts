import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const created: string[] = [];

/** Mocha runs it after each file, in each of its processes: a hook of this module's own would run after one file only. */
export const mochaHooks = {
  afterAll(): void {
    for (const directory of created.splice(0)) {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

/**
 * A Pulumi project in a directory of its own, gone after the tests. Its packages are the repository's, or those of
 * NODE_MODULES_UNDER_TEST: so the same tests tell whether another version of the SDK works.
 */
export function temporaryProject(files: Record<string, string>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "project-")));
  created.push(root);
  const packages = process.env.NODE_MODULES_UNDER_TEST ?? resolve(__dirname, "../node_modules");
  symlinkSync(packages, join(root, "node_modules"));
  const defaults = {
    "Pulumi.yaml": "name: shop\nmain: index.ts\nruntime: nodejs\n",
    "Pulumi.dev.yaml": "config: {}\n",
    "package.json": "{}\n",
  };
  for (const [file, text] of Object.entries({ ...defaults, ...files })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}
