import { verifyEd25519 } from './ed25519/verify.ts';
import { verifySm2 } from './sm2/verify.ts';
import type { SuiteName } from './suite.ts';

/**
 * Whether `signature` (Ed25519: 64 bytes; SM2: strict DER) over `message` is by `publicKey` (raw). False for
 * anything malformed; never throws.
 */
export function verify(
  suite: SuiteName,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return suite === 'sm2-sm3'
    ? verifySm2(publicKey, message, signature)
    : verifyEd25519(publicKey, message, signature);
}
