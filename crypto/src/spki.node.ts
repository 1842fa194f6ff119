import { createPublicKey, type KeyObject } from 'node:crypto';
import { equalBytes } from './bytes.ts';
import { SPKI_PREFIXES, subjectPublicKeyInfo } from './spki.ts';
import type { SuiteName } from './suite.ts';

/** The key object of a raw public key. Throws for an SM2 key off the curve: check `isPublicKey` first. */
export function importPublicKey(suite: SuiteName, publicKey: Uint8Array): KeyObject {
  return createPublicKey({
    key: Buffer.from(subjectPublicKeyInfo(suite, publicKey)),
    format: 'der',
    type: 'spki',
  });
}

/** The raw public key of a key object; undefined if it is of another algorithm or curve than the suite's. */
export function exportPublicKey(suite: SuiteName, key: KeyObject): Uint8Array | undefined {
  const der = new Uint8Array(key.export({ format: 'der', type: 'spki' }));
  const head = SPKI_PREFIXES[suite];
  return equalBytes(der.subarray(0, head.length), head) ? der.slice(head.length) : undefined;
}

/**
 * PEM SubjectPublicKeyInfo of a raw public key, as stock `openssl` reads it. Throws for an SM2 key off the curve.
 */
export function publicKeyToPem(suite: SuiteName, publicKey: Uint8Array): string {
  return importPublicKey(suite, publicKey).export({ format: 'pem', type: 'spki' }).toString();
}
