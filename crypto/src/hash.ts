import { sha256 } from '@noble/hashes/sha2.js';
import type { Hasher, HashName } from './hash-name.ts';
import { Sm3, sm3 } from './sm3.ts';

/** Digest of `data`, 32 bytes. */
export function hash(name: HashName, data: Uint8Array): Uint8Array {
  return name === 'sm3' ? sm3(data) : sha256(data);
}

/** A hasher for data that comes in pieces. */
export function createHasher(name: HashName): Hasher {
  return name === 'sm3' ? new Sm3() : sha256.create();
}
