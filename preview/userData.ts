import { type CloudConfigParts, type HostFile, noParts, readCloudConfig } from "./cloudConfigParts";
import { fromBase64, type Packing, readable, unpack } from "./decode";

/** What EC2 takes as user data, in bytes, before base64 (EC2 User Guide, "Run commands at launch"). */
export const userDataLimitBytes = 16 * 1024;

/** A machine's user data, taken apart; what one part does not hold stands in another, so that nothing is hidden. */
export interface UserData extends CloudConfigParts {
  readonly kind: "cloud-config" | "script" | "text";
  /** Sorted by path. */
  readonly files: readonly HostFile[];
  /** Size that counts against {@link userDataLimitBytes}: packed, before base64. */
  readonly bytes: number;
  /** Size that cloud-init reads, unpacked. */
  readonly unpackedBytes: number;
  readonly packings: readonly Packing[];
  /** Symbols in the text, sorted: values that only a deployment knows. While there are any, sizes are estimates. */
  readonly symbols: readonly string[];
}

/** A string of symbols alone, ‹…›, says nothing yet. */
const onlySymbols = /^(?:‹[^‹›]*›)+$/;

/** Takes user data apart; what does not decode is shown as it stands, with the reason among the problems. Never throws. */
export function decodeUserData(value: string, base64: "required" | "optional"): UserData {
  const { bytes, packings } = unpack(value);
  const { text, binary } = readable(bytes);
  const packed = fromBase64(value)?.length ?? Buffer.byteLength(value);
  const notBase64 = base64 === "required" && !packings.includes("base64") && !onlySymbols.test(value);
  const isCloudConfig = /^\s*#cloud-config(?!-archive|-jsonp)/i.test(text);
  const parts = isCloudConfig ? readCloudConfig(text) : { ...noParts, remainder: text };
  return {
    ...parts,
    files: [...parts.files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
    kind: isCloudConfig ? "cloud-config" : text.startsWith("#!") ? "script" : "text",
    bytes: packed,
    unpackedBytes: bytes.length,
    packings,
    problems: [
      ...(notBase64 ? ["it is not base64, which EC2 requires here"] : []),
      ...(binary ? ["it is neither text nor gzip"] : []),
      ...(packed > userDataLimitBytes ? [`it is ${packed} bytes, EC2 takes at most ${userDataLimitBytes}`] : []),
      ...parts.problems,
    ],
    symbols: [...new Set(text.match(/‹[^‹›]*›/g) ?? [])].sort(),
  };
}
