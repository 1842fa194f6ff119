import { createPublicKey, type KeyObject } from 'node:crypto';
import { concatBytes, equalBytes } from './bytes.ts';
import { fromHex } from './encoding.ts';
import type { SuiteName } from './suite.ts';

/**
 * DER of SubjectPublicKeyInfo up to the raw key. Ed25519: RFC 8410, section 4. SM2: id-ecPublicKey with the
 * curve's OID 1.2.156.10197.1.301 (GM/T 0006-2012), as OpenSSL writes and reads it.
 */
const PREFIXES = {
  'ed25519-sha256': prefix('302a300506032b6570032100'),
  'sm2-sm3': prefix('3059301306072a8648ce3d020106082a811ccf5501822d034200'),
} satisfies Record<SuiteName, Uint8Array>;

/** The key object of a raw public key. Throws for an SM2 key off the curve: check `isPublicKey` first. */
export function importPublicKey(suite: SuiteName, publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: spki(suite, publicKey), format: 'der', type: 'spki' });
}

/** DER SubjectPublicKeyInfo of a raw public key. */
function spki(suite: SuiteName, publicKey: Uint8Array): Buffer {
  return Buffer.from(concatBytes(PREFIXES[suite], publicKey));
}

/** The raw public key of a key object; undefined if it is of another algorithm or curve than the suite's. */
export function exportPublicKey(suite: SuiteName, key: KeyObject): Uint8Array | undefined {
  const der = new Uint8Array(key.export({ format: 'der', type: 'spki' }));
  const head = PREFIXES[suite];
  return equalBytes(der.subarray(0, head.length), head) ? der.slice(head.length) : undefined;
}

/**
 * PEM SubjectPublicKeyInfo of a raw public key, as stock `openssl` reads it. Throws for an SM2 key off the curve.
 */
export function publicKeyToPem(suite: SuiteName, publicKey: Uint8Array): string {
  return importPublicKey(suite, publicKey).export({ format: 'pem', type: 'spki' }).toString();
}

function prefix(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new Error('not hex');
  return bytes;
}
