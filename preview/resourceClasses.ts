import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

/** An output property that a deployed resource of a class always has, given as an input or not. */
export interface OutputProperty {
  readonly name: string;
  readonly list: boolean;
}

/** Looks up the output properties of a type, `aws:ec2/vpc:Vpc`; a type whose class isn't found has none. */
export type OutputProperties = (type: string) => readonly OutputProperty[];

/**
 * Reads output properties from the declaration of the resource class in the package that a program in `directory`
 * imports. There `Output<string>` always has a value and `Output<string | undefined>` has one only if it was given,
 * a distinction that neither the request nor the compiled class makes. Packages are looked for under `@pulumi/`.
 */
export function outputPropertiesFrom(directory: string): OutputProperties {
  const { resolve } = createRequire(join(directory, "program.js"));
  const known = new Map<string, readonly OutputProperty[]>();
  return (type) => {
    const properties = known.get(type) ?? declared(type, resolve);
    known.set(type, properties);
    return properties;
  };
}

function declared(type: string, resolve: (id: string) => string): readonly OutputProperty[] {
  const file = declarationFile(type);
  if (file === undefined) {
    return [];
  }
  try {
    const root = dirname(resolve(`@pulumi/${file.package}/package.json`));
    return properties(readFileSync(onDisk(join(root, file.path)), "utf8"));
  } catch (error) {
    if (["ENOENT", "MODULE_NOT_FOUND"].includes((error as NodeJS.ErrnoException).code ?? "")) {
      return [];
    }
    throw error;
  }
}

/** A few files are spelt in another case than their token: `aws:dms/s3Endpoint:S3Endpoint` is dms/s3endpoint. */
function onDisk(path: string): string {
  if (existsSync(path)) {
    return path;
  }
  const directory = dirname(path);
  const spelt = readdirSync(directory).find((file) => file.toLowerCase() === basename(path).toLowerCase());
  return join(directory, spelt ?? basename(path));
}

/** `aws:ec2/launchTemplate:LaunchTemplate` and `command:remote:Command` name their file each in its own way. */
function declarationFile(type: string): { package: string; path: string } | undefined {
  const [, name, module, className] = /^([\w-]+):([\w/-]+):(\w+)$/.exec(type) ?? [];
  if (name === undefined || module === undefined || className === undefined || name === "pulumi") {
    return undefined;
  }
  const path = module.includes("/") ? module : `${module}/${className[0]?.toLowerCase()}${className.slice(1)}`;
  return { package: name, path: `${path.replace(/^index\//, "")}.d.ts` };
}

function properties(declaration: string): OutputProperty[] {
  const found = declaration.matchAll(/^ {4}readonly (\w+): pulumi\.Output<([\s\S]*?)>;$/gm);
  return [...found]
    .map(([, name = "", type = ""]) => ({ name, type }))
    .filter(({ type }) => !/\| undefined$/.test(type))
    .map(({ name, type }) => ({ name, list: type.endsWith("[]") }));
}
