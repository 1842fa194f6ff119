import { concatBytes, utf8 } from '../bytes.ts';
import type { HashName } from '../hash-name.ts';
import { CURVE } from './curve.ts';

/** The signer's ID where none is agreed: GB/T 35276-2017, clause 10, and GM/T 0009-2012. */
const DEFAULT_ID = '1234567812345678';

/** ENTL ‖ ID ‖ a ‖ b ‖ xG ‖ yG, the part of Z that no key changes. ENTL is the ID's length in bits. */
const PREFIX = concatBytes(
  Uint8Array.of(0, 8 * DEFAULT_ID.length),
  utf8(DEFAULT_ID),
  ...[CURVE.a, CURVE.b, CURVE.Gx, CURVE.Gy].map(fieldElement),
);

/**
 * Z, which binds a signature to its signer: SM3(ENTL ‖ ID ‖ a ‖ b ‖ xG ‖ yG ‖ xA ‖ yA), GB/T 32918.2-2016,
 * clause 5.5. What is signed is SM3(Z ‖ message). `hash` is the platform's.
 */
export function signerDigest(
  hash: (name: HashName, data: Uint8Array) => Uint8Array,
  publicKey: Uint8Array,
): Uint8Array {
  return hash('sm3', concatBytes(PREFIX, publicKey.subarray(1)));
}

function fieldElement(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) view.setBigUint64(8 * i, BigInt.asUintN(64, value >> BigInt(64 * (3 - i))));
  return bytes;
}
