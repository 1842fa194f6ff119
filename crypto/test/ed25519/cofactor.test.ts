import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import t from 'tap';
import { concatBytes, u64be } from '../../src/index.node.ts';
import { PLATFORMS } from '../platforms.ts';

const { Point } = ed25519;
const L = Point.Fn.ORDER;
/** A point of order 8: its multiples are all eight points of small order. */
const TORSION = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');

function littleEndian(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

/** k of RFC 8032, section 5.1.7, step 2. */
function challenge(r: Uint8Array, key: Uint8Array, message: Uint8Array): bigint {
  const digest = createHash('sha512').update(r).update(key).update(message).digest().reverse();
  return BigInt(`0x${digest.toString('hex')}`) % L;
}

t.test(
  'whatever small-order parts key and R have, both platforms accept the honest signature only',
  async (t) => {
    const privateKey = 0x1234_5678_9abc_def0n;
    const nonce = 0x0fed_cba9_8765_4321n;
    for (let i = 0; i < 64; i++) {
      const [inKey, inR] = [BigInt(i >> 3), BigInt(i & 7)];
      const key = Point.BASE.multiply(privateKey).add(TORSION.multiplyUnsafe(inKey)).toBytes();
      const r = Point.BASE.multiply(nonce).add(TORSION.multiplyUnsafe(inR)).toBytes();
      // Messages for each of the small-order parts that [k]A can have: some satisfy the equation without cofactor,
      // all satisfy the one with it.
      const residues = new Set<bigint>();
      for (let j = 0; residues.size < 8; j++) {
        const message = u64be(j);
        const k = challenge(r, key, message);
        if (residues.has(k % 8n)) continue;
        residues.add(k % 8n);
        const signature = concatBytes(r, littleEndian((nonce + k * privateKey) % L));
        const verdicts = PLATFORMS.map(({ api }) => api.verify('ed25519-sha256', key, message, signature));
        const honest = inKey === 0n && inR === 0n;
        t.same(verdicts, [honest, honest], `key + ${inKey}·T, R + ${inR}·T, k ≡ ${k % 8n} mod 8`);
      }
    }
  },
);

t.test('a key of small order is none, in whatever way it is written', async (t) => {
  const p = Point.Fp.ORDER;
  const sign = 1n << 255n;
  const canonical = Array.from({ length: 8 }, (_, i) => TORSION.multiplyUnsafe(BigInt(i)).toBytes());
  const others = [p, p + 1n, p | sign, (p + 1n) | sign, 1n | sign, (p - 1n) | sign].map(littleEndian);
  for (const key of [...canonical, ...others]) {
    for (const { api } of PLATFORMS) t.notOk(api.isPublicKey('ed25519-sha256', key), api.toHex(key));
  }
});
