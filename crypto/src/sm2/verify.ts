import { concatBytes } from '../bytes.ts';
import { FrequentPoint } from '../frequent-point.ts';
import { hash } from '../hash.ts';
import { KeyCache } from '../key-cache.ts';
import { CURVE, integer, isPublicKey, Point } from './curve.ts';
import { parseSignature } from './signature.ts';
import { signerDigest } from './signer-digest.ts';

/** A parsed key: its point and its Z. */
interface Sm2Key {
  readonly point: FrequentPoint<Point>;
  readonly signer: Uint8Array;
}

const keys = new KeyCache<Sm2Key>((publicKey) => {
  if (!isPublicKey(publicKey)) return undefined;
  return { point: new FrequentPoint(Point.fromBytes(publicKey)), signer: signerDigest(hash, publicKey) };
});

/** Verifies as GB/T 32918.2-2016, clause 7.1, with the default ID; step letters as there. Never throws. */
export function verifySm2(publicKey: Uint8Array, message: Uint8Array, der: Uint8Array): boolean {
  const signature = parseSignature(der); // B1, B2
  if (signature === undefined) return false;
  const key = keys.get(publicKey);
  if (key === undefined) return false;
  const { r, s } = signature;
  const e = integer(hash('sm3', concatBytes(key.signer, message))); // B3, B4
  const t = (r + s) % CURVE.n; // B5
  if (t === 0n) return false;
  const point = Point.BASE.multiplyUnsafe(s).add(key.point.times(t)); // B6
  if (point.is0()) return false;
  return (e + point.x) % CURVE.n === r; // B7
}
