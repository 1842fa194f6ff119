import { concatBytes } from './bytes.ts';
import { hash } from './hash.ts';
import { HASH_BYTES, type HashName } from './hash-name.ts';

/** RFC 9162, section 2.1.1: leaves and inner nodes differ in their first byte, so neither passes for the other. */
const LEAF_PREFIX = Uint8Array.of(0x00);
const NODE_PREFIX = Uint8Array.of(0x01);

/** Leaf hashes H(0x00 ‖ leaf), one after the other: 32 bytes for each of `leaves`. */
export function hashLeaves(name: HashName, leaves: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...leaves.map((leaf) => hash(name, concatBytes(LEAF_PREFIX, leaf))));
}

/**
 * Inner node hashes H(0x01 ‖ left ‖ right), one after the other. `nodes` holds n pairs of 32-byte hashes,
 * 64·n bytes (anything else throws RangeError); the result has 32·n.
 */
export function hashPairs(name: HashName, nodes: Uint8Array): Uint8Array {
  const pairBytes = 2 * HASH_BYTES;
  if (nodes.length % pairBytes !== 0) throw new RangeError('not a whole number of pairs');
  const parents = new Uint8Array(nodes.length / 2);
  for (let i = 0; i < nodes.length; i += pairBytes) {
    parents.set(hash(name, concatBytes(NODE_PREFIX, nodes.subarray(i, i + pairBytes))), i / 2);
  }
  return parents;
}
