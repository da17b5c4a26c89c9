import { computedOutputs } from "./computedOutputs";
import { invokeAnswers } from "./invokes";
import type { Manifest, ManifestResource, ResourceOptions } from "./manifest";
import type { OutputProperties } from "./resourceClasses";
import type { SecretMark } from "./secretMarks";
import { symbol, symbolsIn } from "./symbols";
import { type Readable, readable, secret, unknown, type Wire, type WireObject } from "./wire";

/** What an engine has to know before the program says its first word. */
export interface EngineSettings {
  readonly project: string;
  readonly stack: string;
  /** Configuration by full key, `aws:region`, for what a provider would read. */
  readonly config: Readonly<Record<string, string>>;
  readonly outputProperties: OutputProperties;
  /** Answers computed outputs as unknown, as a preview of Pulumi's own engine does. */
  readonly unknowns: boolean;
  /** Names that several resources bear: their symbols name type and parents as well. */
  readonly sharedNames: ReadonlySet<string>;
  /** Defaults to none. */
  readonly secretMark?: SecretMark | undefined;
  /** What the paths of assets are relative to. Defaults to this process's. */
  readonly directory?: string | undefined;
}

/** A request to register a resource, or to read an existing one. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** URN, or "". */
  readonly parent: string;
  readonly custom: boolean;
  readonly inputs: WireObject;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly options: ResourceOptions;
  readonly source: string;
}

export interface Registered {
  readonly urn: string;
  /** "" where there is none, or none is known yet. */
  readonly id: string;
  readonly outputs: WireObject;
}

/** A program asked for something that no deployment would give it, or that a preview can't answer. */
export class EngineError extends Error {
  override readonly name = "EngineError";
}

const stackType = "pulumi:pulumi:Stack";
export const stackReferenceType = "pulumi:pulumi:StackReference";

/**
 * Pulumi's engine as one stack's program sees it, without a provider behind it: names, checks and records what the
 * program registers, and answers with symbols where a deployment would know more.
 */
export class Engine {
  readonly #settings: EngineSettings;
  readonly #resources = new Map<string, ManifestResource>();
  readonly #registered = new Map<string, Registered>();
  /** Symbols of outputs and of secret configuration, which say where a secret comes from and nothing of it. */
  readonly #trusted: Set<string>;
  readonly #urnsByName = new Map<string, Set<string>>();
  #stackUrn = "";
  #stackOutputs: Manifest["outputs"] = {};

  constructor(settings: EngineSettings) {
    this.#settings = settings;
    this.#trusted = new Set(Object.values(settings.config).flatMap(symbolsIn));
  }

  /**
   * Answers with `known` outputs before those that the engine makes up.
   *
   * @throws EngineError if a resource of this URN is there already.
   */
  register(registration: Registration, known: WireObject = {}): Registered {
    const urn = this.#urn(registration);
    if (registration.type === stackType) {
      this.#stackUrn = urn;
      return { urn, id: "", outputs: {} };
    }
    this.#refuseDuplicate(urn, registration);
    const registered = { urn, id: this.#id(registration, urn), outputs: this.#outputs(registration, urn, known) };
    this.#resources.set(urn, this.#record(registration, urn));
    this.#registered.set(urn, registered);
    return registered;
  }

  /** What a component registers at its end; for the stack itself these are its exports. */
  registerOutputs(urn: string, outputs: WireObject): void {
    const { value } = this.#readable(outputs);
    if (urn === this.#stackUrn) {
      this.#stackOutputs = value as Manifest["outputs"];
      return;
    }
    const resource = this.#resources.get(urn);
    if (resource === undefined) {
      throw new EngineError(`outputs were registered for ${urn}, which was not registered itself`);
    }
    this.#resources.set(urn, { ...resource, outputs: value as ManifestResource["outputs"] });
  }

  /** @throws EngineError if the table has no answer to this function. */
  invoke(token: string, args: WireObject): WireObject {
    if (token === "pulumi:pulumi:getResource") {
      return this.#getResource(String(args.urn));
    }
    const answer = invokeAnswers[token];
    if (answer === undefined) {
      const known = Object.keys(invokeAnswers).sort().join(", ");
      throw new EngineError(
        `the program calls ${token}, which the preview has no answer to: add one to preview/invokes.ts, or take the value from configuration (answered are ${known})`,
      );
    }
    return answer(args, this.#settings.config);
  }

  /** Names that more than one resource bears, so that `‹name.property›` could mean either. */
  sharedNames(): string[] {
    return [...this.#urnsByName].filter(([, urns]) => urns.size > 1).map(([name]) => name);
  }

  manifest(): Manifest {
    const { project, stack, config } = this.#settings;
    const resources = [...this.#resources.values()].sort((a, b) => (a.urn < b.urn ? -1 : 1));
    const ofAws = Object.entries(config).filter(([key]) => key.startsWith("aws:"));
    const providerConfig = ofAws.length === 0 ? {} : { providerConfig: Object.fromEntries(ofAws) };
    return { project, stack, resources, outputs: this.#stackOutputs, ...providerConfig };
  }

  #readable(wire: WireObject): Readable {
    const { secretMark, directory } = this.#settings;
    return readable(wire, this.#trusted, secretMark, directory);
  }

  /** As in pulumi/pulumi, sdk/go/common/resource/urn: the types of all parents, the stack's left out. */
  #urn({ type, name, parent }: Registration): string {
    const { stack, project } = this.#settings;
    const chain = parent === "" || parent === this.#stackUrn ? type : `${typeChain(parent)}$${type}`;
    return `urn:pulumi:${stack}::${project}::${chain}::${name}`;
  }

  #refuseDuplicate(urn: string, { type, name, source }: Registration): void {
    const first = this.#resources.get(urn);
    if (first !== undefined) {
      const lines = [first.source, source].map((line) => line || "an unknown line").sort(byNumber);
      throw new EngineError(
        `two resources have the URN ${urn}: ${name} (${type}) is registered at ${lines[0]} and again at ${lines[1]}; give one of them another name`,
      );
    }
  }

  #record(registration: Registration, urn: string): ManifestResource {
    const { type, name, parent, custom, source } = registration;
    const inputs = this.#readable(registration.inputs);
    return {
      urn,
      type,
      name,
      parent: parent === this.#stackUrn ? "" : parent,
      custom,
      inputs: inputs.value as ManifestResource["inputs"],
      outputs: {},
      secretInputs: [...inputs.secretPaths].sort(),
      dependencies: [...registration.dependencies].sort(),
      propertyDependencies: sortedDependencies(registration.propertyDependencies),
      options: this.#inherited(registration),
      source,
    };
  }

  /** What the engine hands down from parent to child: pulumi/pulumi, pkg/resource/deploy, inheritFromParent. */
  #inherited({ parent, options }: Registration): ResourceOptions {
    const { protect, retainOnDelete, deletedWith } = this.#resources.get(parent)?.options ?? {};
    return {
      ...(protect === undefined ? {} : { protect }),
      ...(retainOnDelete === undefined ? {} : { retainOnDelete }),
      ...(deletedWith === undefined ? {} : { deletedWith }),
      ...options,
    };
  }

  #id({ name, custom, options }: Registration, urn: string): string {
    if (!custom) {
      return "";
    }
    this.#urnsByName.set(name, (this.#urnsByName.get(name) ?? new Set()).add(urn));
    const given = options.readId ?? options.importId;
    return given ?? (this.#settings.unknowns ? "" : this.#symbol(name, urn, "id"));
  }

  #outputs({ type, name, custom, inputs, options }: Registration, urn: string, known: WireObject): WireObject {
    if (type === stackReferenceType) {
      return { ...inputs, ...known };
    }
    const declared = this.#settings.outputProperties(type);
    const symbolOf = (property: string) => (this.#settings.unknowns ? unknown : this.#symbol(name, urn, property));
    const outputs: Record<string, Wire> = custom
      ? { ...inputs, ...computedOutputs(type, inputs, declared, symbolOf, this.#settings.config), ...known }
      : { ...inputs };
    for (const key of options.additionalSecretOutputs ?? []) {
      if (key in outputs) {
        outputs[key] = secret(outputs[key]);
      }
    }
    return outputs;
  }

  #symbol(name: string, urn: string, property: string): string {
    const owner = this.#settings.sharedNames.has(name) ? `${typeChain(urn)}::${name}` : name;
    const made = symbol(`${owner}.${property}`);
    this.#trusted.add(made);
    return made;
  }

  #getResource(urn: string): WireObject {
    const registered = this.#registered.get(urn);
    if (registered === undefined) {
      throw new EngineError(`the program looks up ${urn}, which was not registered`);
    }
    return { urn, id: registered.id, state: registered.outputs };
  }
}

/** Which of two registrations comes first is not the same in every run. */
const byNumber = new Intl.Collator("en", { numeric: true }).compare;

function typeChain(urn: string): string {
  return urn.split("::")[2] ?? "";
}

function sortedDependencies(dependencies: Registration["propertyDependencies"]): Record<string, readonly string[]> {
  const entries = Object.entries(dependencies).filter(([, urns]) => urns.length > 0);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, urns]) => [key, [...urns].sort()]));
}
