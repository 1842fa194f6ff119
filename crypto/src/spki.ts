import { concatBytes } from './bytes.ts';
import type { SuiteName } from './suite.ts';

/**
 * DER of SubjectPublicKeyInfo up to the raw key. Ed25519: RFC 8410, section 4. SM2: id-ecPublicKey with the
 * curve's OID 1.2.156.10197.1.301 (GM/T 0006-2012), as OpenSSL writes and reads it.
 */
export const SPKI_PREFIXES = {
  // 302a300506032b6570032100
  'ed25519-sha256': Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00),
  // 3059301306072a8648ce3d020106082a811ccf5501822d034200
  'sm2-sm3': Uint8Array.of(
    ...[0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
    ...[0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00],
  ),
} as const satisfies Record<SuiteName, Uint8Array>;

/** DER SubjectPublicKeyInfo of a raw public key, as `openssl pkey -pubin -inform DER` reads it. */
export function subjectPublicKeyInfo(suite: SuiteName, publicKey: Uint8Array): Uint8Array {
  return concatBytes(SPKI_PREFIXES[suite], publicKey);
}
