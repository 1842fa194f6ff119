import { createHash, type Hash, hash as nodeHash } from 'node:crypto';
import type { Hasher, HashName } from './hash-name.ts';

/** Digest of `data`, 32 bytes, by OpenSSL. */
export function hash(name: HashName, data: Uint8Array): Uint8Array {
  return new Uint8Array(nodeHash(name, data, 'buffer'));
}

/** A hasher for data that comes in pieces, by OpenSSL. */
export function createHasher(name: HashName): Hasher {
  return new NodeHasher(createHash(name));
}

class NodeHasher implements Hasher {
  readonly #hash: Hash;

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  update(data: Uint8Array): this {
    this.#hash.update(data);
    return this;
  }

  digest(): Uint8Array {
    return new Uint8Array(this.#hash.digest());
  }
}
