import { Address4, Address6 } from "ip-address";

/** Whether a block of addresses lies within another; what is no block lies nowhere. */
export function isWithin(block: string, outer: string): boolean {
  return (
    (Address4.isValid(block) && Address4.isValid(outer) && new Address4(block).isInSubnet(new Address4(outer))) ||
    (Address6.isValid(block) && Address6.isValid(outer) && new Address6(block).isInSubnet(new Address6(outer)))
  );
}
