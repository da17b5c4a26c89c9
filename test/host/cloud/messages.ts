import type { InstanceOptions, MetadataPatch } from "./metadata";
import type { Credentials } from "./signature";

/** What an AWS service answers instead of doing what it is asked. */
export interface Fault {
  /** As in the name of the endpoint, such as autoscaling. */
  readonly service: string;
  /** Defaults to every action. */
  readonly action?: string;
  readonly status: number;
  /** Defaults to nothing. */
  readonly body?: string;
  /** How often. Defaults to always. */
  readonly times?: number;
}

/** What of a cloud can change while it runs. */
export interface CloudUpdate {
  /** What changes in the instance's metadata, as a JSON merge patch (RFC 7396): null takes a value, or a branch, away. */
  readonly metadata?: MetadataPatch;
  /** As it is, compressed or not; null for none. */
  readonly userData?: Uint8Array | string | null;
  /** Lifecycle hooks that wait for the instance from now on, and no others. */
  readonly hooks?: readonly string[];
  /** ARN to secret string, those and no others. A secret's version changes with its string. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** What goes wrong from now on, and nothing else. */
  readonly faults?: readonly Fault[];
}

export interface CloudOptions extends CloudUpdate {
  readonly region: string;
  /** Those of the instance's role: the metadata service hands them out, the services ask for them. */
  readonly credentials: Credentials;
  readonly instance: InstanceOptions;
  readonly logGroups?: readonly string[];
  /** Host name to the directory that it serves. */
  readonly static?: Readonly<Record<string, string>>;
  /** A registry, on the host name, of the images in an OCI image layout. */
  readonly registry?: { readonly host: string; readonly layout: string };
  /** Defaults to 169.254.169.254. */
  readonly imdsAddress?: string;
  /** Defaults to 80. As with all ports, 0 is any that is free: see {@link Ports}. */
  readonly imdsPort?: number;
  /** Where all the rest is served. */
  readonly serviceAddress: string;
  /** Defaults to 80. */
  readonly httpPort?: number;
  /** Defaults to 443. */
  readonly httpsPort?: number;
  /** PEM; one certificate for all host names. Without it nothing is served over HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Where the cloud listens in the end. */
export interface Ports {
  readonly imds: number;
  readonly http: number;
  readonly https: number | undefined;
}

/** A request that was answered. */
export interface CloudRequest {
  /** When it came, in milliseconds of the Unix epoch. */
  readonly at: number;
  /** Who answered; unknown if nobody serves that host name. */
  readonly kind: "imds" | "aws" | "static" | "registry" | "unknown";
  /** The address that it came from. */
  readonly source: string;
  readonly scheme: "http" | "https";
  readonly method: string;
  /** In lower case and without a port. */
  readonly host: string;
  /** As it was sent, without the query. */
  readonly path: string;
  readonly status: number;
  /** Of aws: as in the name of the endpoint, or, at an address, as in the signature. */
  readonly service?: string;
  /** Of aws: empty if the request names none. */
  readonly action?: string;
  /** Of aws: the form's fields, or the JSON object. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Of aws: "valid", or what is wrong with it. */
  readonly signature?: string;
  /** The mistake of the cloud itself behind a status 500. */
  readonly error?: string;
}

/** From the test: the options come first, updates later. */
export type ToCloud = { readonly options: CloudOptions } | { readonly update: CloudUpdate; readonly id: number };

/** To the test, in the order in which things happened. */
export type FromCloud =
  | { readonly ready: true; readonly ports: Ports }
  | { readonly request: CloudRequest }
  | { readonly updated: number };
