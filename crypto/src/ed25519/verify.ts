import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes } from '../bytes.ts';
import { FrequentPoint } from '../frequent-point.ts';
import { KeyCache } from '../key-cache.ts';
import { integer, isStrictSignature, L, Point, publicKeyPoint } from './curve.ts';

/** −A of each key A. */
const negatedKeys = new KeyCache<FrequentPoint<Point>>((publicKey) => {
  const point = publicKeyPoint(publicKey);
  return point === undefined ? undefined : new FrequentPoint(point.negate());
});

/**
 * Verifies as RFC 8032, section 5.1.7, in the form without cofactor, which is also OpenSSL's: R must be,
 * byte for byte, the encoding of [s]B − [k]A. With A of order L that leaves R no small-order part, so a
 * verifier with cofactor accepts what this one accepts. Never throws.
 */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (!isStrictSignature(signature)) return false;
  const negated = negatedKeys.get(publicKey);
  if (negated === undefined) return false;
  const r = signature.subarray(0, 32);
  const s = integer(signature.subarray(32));
  const k = integer(sha512(concatBytes(r, publicKey, message))) % L;
  const expected = Point.BASE.multiplyUnsafe(s).add(negated.times(k));
  return equalBytes(expected.toBytes(), r);
}
