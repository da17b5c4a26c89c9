import * as assert from "node:assert/strict";
import { ProgramError } from "../../preview/program";
import { previewStacks } from "../../preview/stacks";
import { temporaryProject } from "../temporaryProject";

/** Exports its stack's name, and that of each stack that its configuration names, as that one says it. */
const program = `
  import * as pulumi from "@pulumi/pulumi";
  export const name = pulumi.getStack();
  export const read = new pulumi.Config()
    .requireObject<string[]>("from")
    .map((stack) => new pulumi.StackReference(stack).getOutput("name"));
`;
const declaration =
  "name: shop\nmain: index.ts\nruntime: nodejs\nconfig: { from: { type: array, items: { type: string } } }\n";

function project(stacks: Readonly<Record<string, readonly string[]>>, text = program): string {
  const files = Object.entries(stacks).map(([stack, from]) => [
    `Pulumi.${stack}.yaml`,
    `config:\n  shop:from: ${JSON.stringify(from)}\n`,
  ]);
  return temporaryProject({ "Pulumi.yaml": declaration, "index.ts": text, ...Object.fromEntries(files) });
}

async function exportsOf(root: string, ...stacks: string[]) {
  const manifests = await previewStacks(root, stacks, assert.fail);
  return Object.fromEntries(manifests.map(({ stack, outputs }) => [stack, outputs.read]));
}

describe("a preview of a stack that reads another one's exports", function () {
  this.timeout(120_000);

  it("has them from that stack's own preview, however its name is written", async () => {
    const from = ["organization/shop/base", "any-org/shop/base", "base"];
    const root = project({ base: [], reader: from });
    assert.deepEqual(await exportsOf(root, "base", "reader"), {
      base: [],
      reader: ["base", "base", "base"],
    });
  });

  it("runs that stack, too, and shows the one that was asked for alone", async () => {
    assert.deepEqual(await exportsOf(project({ base: [], reader: ["base"] }), "reader"), { reader: ["base"] });
  });

  it("goes on through a row of stacks", async () => {
    const root = project({ base: [], middle: ["base"], reader: ["middle"] });
    assert.deepEqual(await exportsOf(root, "reader"), { reader: ["middle"] });
  });

  it("refuses a stack of another project, and one that is not there", async () => {
    for (const name of ["organization/network/base", "organization/shop/gone"]) {
      const root = project({ reader: [name] });
      await assert.rejects(
        previewStacks(root, ["reader"], () => {}),
        new RegExp(`${name}, which are not known`),
      );
    }
  });

  it("refuses stacks that wait for each other, and ends", async () => {
    const root = project({ one: ["two"], two: ["three"], three: ["one"] });
    await assert.rejects(
      previewStacks(root, ["one", "two", "three"], () => {}),
      (error) => {
        assert.ok(error instanceof ProgramError, String(error));
        assert.match(error.message, /reads the outputs of the stack \w+, which waits for those of \w+/);
        return true;
      },
    );
  });

  it("fails with the program that is read", async () => {
    const broken = `${program}\nif (name === "base") throw new Error("out of order");`;
    const root = project({ base: [], reader: ["base"] }, broken);
    await assert.rejects(
      previewStacks(root, ["reader"], () => {}),
      /out of order/,
    );
  });
});
