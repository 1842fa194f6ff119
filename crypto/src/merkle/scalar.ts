import { concatBytes } from '../bytes.ts';
import { hash } from '../hash.ts';
import { HASH_BYTES, type HashName } from '../hash-name.ts';

/** RFC 9162, section 2.1.1: leaves and inner nodes differ in their first byte, so neither passes for the other. */
const LEAF_PREFIX = Uint8Array.of(0x00);
const NODE_PREFIX = Uint8Array.of(0x01);

/** H(0x00 ‖ leaf). */
export function hashLeaf(name: HashName, leaf: Uint8Array): Uint8Array {
  return hash(name, concatBytes(LEAF_PREFIX, leaf));
}

/** H(0x01 ‖ left ‖ right) of each of the pairs in `nodes`, 64 bytes a pair, into `parents`, 32 bytes each. */
export function hashPairsInto(name: HashName, nodes: Uint8Array, parents: Uint8Array): void {
  const pairBytes = 2 * HASH_BYTES;
  for (let offset = 0; offset < nodes.length; offset += pairBytes) {
    const pair = nodes.subarray(offset, offset + pairBytes);
    parents.set(hash(name, concatBytes(NODE_PREFIX, pair)), offset / 2);
  }
}
