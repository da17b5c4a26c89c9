import { Address4, Address6 } from "ip-address";

/** Whether a block of addresses lies within another; what is no block lies nowhere. */
export function isWithin(block: string, outer: string): boolean {
  return (
    (Address4.isValid(block) && Address4.isValid(outer) && new Address4(block).isInSubnet(new Address4(outer))) ||
    (Address6.isValid(block) && Address6.isValid(outer) && new Address6(block).isInSubnet(new Address6(outer)))
  );
}

/** RFC 1918, what carriers share (RFC 6598), and IPv6's unique local addresses. */
export const privateBlocks: readonly string[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
];
