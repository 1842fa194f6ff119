/** SHA-256 is FIPS 180-4; SM3 is GB/T 32905-2016. Both give 32 bytes and take blocks of 64. */
export type HashName = 'sha256' | 'sm3';

/** Size of a digest of either hash. */
export const HASH_BYTES = 32;

/** A hash over data that comes in pieces. */
export interface Hasher {
  /** Takes in more data; returns itself. */
  update(data: Uint8Array): this;
  /** The 32-byte digest. Ends the hasher: a further call of either method throws. */
  digest(): Uint8Array;
}
