import { ed25519 } from '@noble/curves/ed25519.js';
import { equalBytes } from '../bytes.ts';
import { KeyCache } from '../key-cache.ts';

export const Point = ed25519.Point;
export type Point = InstanceType<typeof Point>;

/** Order of the base point, RFC 8032, section 5.1. */
export const L = Point.Fn.ORDER;

export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/**
 * The point of a raw public key: a canonical encoding (RFC 8032, section 5.1.3: y below p, no −0) of a point
 * of order L. Undefined otherwise. The order is stricter than RFC 8032 asks: it shuts out small-order keys,
 * under which one signature fits many messages, and mixed-order keys, on which verifiers disagree.
 */
export function publicKeyPoint(publicKey: Uint8Array): Point | undefined {
  return publicKeyPoints.get(publicKey);
}

/** Finding a point's order takes about a millisecond, so it is done once a key. */
const publicKeyPoints = new KeyCache<Point>((publicKey) => {
  if (publicKey.length !== PUBLIC_KEY_BYTES) return undefined;
  try {
    const point = Point.fromBytes(publicKey);
    return !point.is0() && point.isTorsionFree() ? point : undefined;
  } catch {
    return undefined; // the library's way to say that the bytes are no point
  }
});

/** The unsigned little-endian integer in `bytes`, RFC 8032, section 5.1.2. */
export function integer(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}

/** Encoding of the identity, (0, 1). */
const IDENTITY = Point.ZERO.toBytes();

/**
 * Whether `signature` is 64 bytes with s below L (RFC 8032, section 5.1.7, step 1; threat: s + L would be a second
 * signature of the same message) and an R other than the identity. That last is stricter than RFC 8032: verifiers
 * disagree on an R of small order, and no signer makes one, for its nonce would be 0 and give away the key.
 */
export function isStrictSignature(signature: Uint8Array): boolean {
  return (
    signature.length === SIGNATURE_BYTES &&
    integer(signature.subarray(32)) < L &&
    !equalBytes(signature.subarray(0, 32), IDENTITY)
  );
}
