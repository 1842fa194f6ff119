import { weierstrass } from '@noble/curves/abstract/weierstrass.js';

/** The recommended curve sm2p256v1, GB/T 32918.5-2017. Cofactor 1: every point but infinity has order n. */
export const CURVE = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
  h: 1n,
} as const;

export const Point = weierstrass(CURVE);
export type Point = InstanceType<typeof Point>;

/** Size of a raw public key: 0x04, x, y (GB/T 32918.1-2016, clause 4.2, uncompressed form). */
export const PUBLIC_KEY_BYTES = 65;

/**
 * Whether `bytes` is an uncompressed point: 0x04, then x and y below p and on the curve. Infinity has no
 * such form. These are the checks of GB/T 32918.1-2016, clause 6.2.1; [n]P = O follows from the cofactor.
 */
export function isPublicKey(bytes: Uint8Array): boolean {
  if (bytes.length !== PUBLIC_KEY_BYTES || bytes[0] !== 0x04) return false;
  const x = integer(bytes.subarray(1, 33));
  const y = integer(bytes.subarray(33));
  const { p, a, b } = CURVE;
  return x < p && y < p && (y * y - (x * x * x + a * x + b)) % p === 0n;
}

/** The unsigned big-endian integer in `bytes`. */
export function integer(bytes: Uint8Array): bigint {
  let value = 0n;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let offset = 0;
  for (; offset + 8 <= bytes.length; offset += 8) value = (value << 64n) | view.getBigUint64(offset);
  for (; offset < bytes.length; offset++) value = (value << 8n) | BigInt(view.getUint8(offset));
  return value;
}
