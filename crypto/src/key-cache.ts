import { toHex } from './encoding.ts';

/** More keys than any consortium has validators and gateways; bounds memory against a stream of unknown keys. */
export const MAX_KEYS = 1024;

/** Public keys that were read and checked, by their raw bytes; the one unused for longest leaves first. */
export class KeyCache<Key> {
  readonly #read: (publicKey: Uint8Array) => Key | undefined;
  readonly #keys = new Map<string, Key>();

  /** `read` gives the usable form of a raw key, or undefined for a bad one, which is not remembered. */
  constructor(read: (publicKey: Uint8Array) => Key | undefined) {
    this.#read = read;
  }

  /** The key's usable form; undefined for a bad key. */
  get(publicKey: Uint8Array): Key | undefined {
    const name = toHex(publicKey);
    const key = this.#keys.get(name) ?? this.#read(publicKey);
    if (key === undefined) return undefined;
    this.#keys.delete(name);
    this.#keys.set(name, key);
    if (this.#keys.size > MAX_KEYS) {
      const [oldest = ''] = this.#keys.keys();
      this.#keys.delete(oldest);
    }
    return key;
  }
}
