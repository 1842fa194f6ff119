import { publicKeyPoint } from './ed25519/curve.ts';
import type { HashName } from './hash-name.ts';
import { isPublicKey as isSm2PublicKey } from './sm2/curve.ts';

/** A signature scheme with the hash that goes with it. */
export type SuiteName = 'ed25519-sha256' | 'sm2-sm3';

export const SUITE_NAMES: readonly SuiteName[] = ['ed25519-sha256', 'sm2-sm3'];

/** The hash of a suite's digests. */
export function hashOf(suite: SuiteName): HashName {
  return suite === 'sm2-sm3' ? 'sm3' : 'sha256';
}

/**
 * Whether `bytes` is a raw public key that `verify` can use: Ed25519, 32 bytes, canonical and of order L;
 * SM2, 65 bytes 0x04 ‖ x ‖ y on the curve.
 */
export function isPublicKey(suite: SuiteName, bytes: Uint8Array): boolean {
  return suite === 'sm2-sm3' ? isSm2PublicKey(bytes) : publicKeyPoint(bytes) !== undefined;
}
