import { SHA256_WASM, SM3_WASM } from '../gen/merkle-wasm.ts';
import { HASH_BYTES, type HashName } from '../hash-name.ts';
import { hashLeaf, hashPairsInto } from './scalar.ts';
import { loadSimdLevels, type SimdLevels } from './simd.ts';

const MODULES = { sm3: SM3_WASM, sha256: SHA256_WASM } satisfies Record<HashName, string>;
const loaded = new Map<HashName, SimdLevels | undefined>();

/** The hash's module, compiled on first use; undefined where SIMD is missing. */
function simdLevels(name: HashName): SimdLevels | undefined {
  if (!loaded.has(name)) loaded.set(name, loadSimdLevels(MODULES[name]));
  return loaded.get(name);
}

/** Leaf hashes H(0x00 ‖ leaf) (RFC 9162, section 2.1.1), one after the other: 32 bytes for each of `leaves`. */
export function hashLeaves(name: HashName, leaves: readonly Uint8Array[]): Uint8Array {
  const hashes = new Uint8Array(leaves.length * HASH_BYTES);
  const simd = simdLevels(name);
  let next = 0;
  while (next < leaves.length) {
    const end = simd?.hashLeaves(leaves, next, hashes) ?? next;
    const leaf = leaves[end];
    // Nothing done: no SIMD here, or a leaf that exceeds its memory.
    if (end === next && leaf !== undefined) {
      hashes.set(hashLeaf(name, leaf), next * HASH_BYTES);
      next++;
    } else {
      next = end;
    }
  }
  return hashes;
}

/**
 * Inner node hashes H(0x01 ‖ left ‖ right), one after the other: 32 bytes for each of the pairs of 32-byte hashes
 * in `nodes`. Throws RangeError if `nodes` is not a whole number of pairs: the caller's level is then broken.
 */
export function hashPairs(name: HashName, nodes: Uint8Array): Uint8Array {
  if (nodes.length % (2 * HASH_BYTES) !== 0) throw new RangeError('not a whole number of pairs');
  const parents = new Uint8Array(nodes.length / 2);
  const simd = simdLevels(name);
  if (simd === undefined) hashPairsInto(name, nodes, parents);
  else simd.hashPairs(nodes, parents);
  return parents;
}
