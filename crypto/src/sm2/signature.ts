import { CURVE, integer } from './curve.ts';

/** An SM2 signature, both values in 1 … n−1. */
export interface Sm2Signature {
  readonly r: bigint;
  readonly s: bigint;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** Two integers of at most 33 bytes with their heads: so the short form of length always does. */
const MAX_SIGNATURE_BYTES = 72;

/**
 * Reads `SEQUENCE { r INTEGER, s INTEGER }` (GB/T 35276-2017, clause 7.3) in strict DER (X.690, clause 10):
 * shortest lengths, shortest positive integers, nothing after. Undefined otherwise, and for r or s outside
 * 1 … n−1 (GB/T 32918.2-2016, clause 7.1, steps B1 and B2). Threat: a lenient reader gives one signature many
 * spellings, so that a certificate could be altered and still verify.
 */
export function parseSignature(der: Uint8Array): Sm2Signature | undefined {
  if (der.length > MAX_SIGNATURE_BYTES || der[0] !== SEQUENCE || der[1] !== der.length - 2) return undefined;
  const r = readInteger(der, 2);
  if (r === undefined) return undefined;
  const s = readInteger(der, r.end);
  if (s === undefined || s.end !== der.length) return undefined;
  return { r: r.value, s: s.value };
}

function readInteger(der: Uint8Array, start: number): { value: bigint; end: number } | undefined {
  const length = der[start + 1];
  if (der[start] !== INTEGER || length === undefined || length === 0) return undefined;
  const end = start + 2 + length;
  const first = der[start + 2];
  if (first === undefined || end > der.length || first >= 0x80) return undefined;
  // X.690, clause 8.3.2: the first nine bits are not all zero.
  if (first === 0 && (length === 1 || (der[start + 3] ?? 0) < 0x80)) return undefined;
  const value = integer(der.subarray(start + 2, end));
  return value > 0n && value < CURVE.n ? { value, end } : undefined;
}
