// The library's own dependency wants it first, and there is one place where "first" is sure.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { cryptoProvider } from "@peculiar/x509";

cryptoProvider.set(webcrypto as unknown as Parameters<typeof cryptoProvider.set>[0]);

/** X.509 for tests, ready for use. */
export * from "@peculiar/x509";
