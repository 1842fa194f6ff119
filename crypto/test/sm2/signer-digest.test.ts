import t from 'tap';
import { CURVE, Point } from '../../src/sm2/curve.ts';
import { signerDigest } from '../../src/sm2/signer-digest.ts';
import { PLATFORMS } from '../platforms.ts';

t.test('Z of the example key (GB/T 32918.5-2017, annex A)', async (t) => {
  const key =
    Point.BASE.multiply(0x3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8n).toBytes(false);
  for (const { platform, api } of PLATFORMS) {
    t.equal(
      api.toHex(signerDigest(api.hash, key)),
      'b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3',
      platform,
    );
  }
});

t.test('the curve is the recommended one: G is on it and has order n (GB/T 32918.5-2017)', async (t) => {
  const { p, a, b, n, Gx, Gy } = CURVE;
  t.equal((Gy * Gy - (Gx ** 3n + a * Gx + b)) % p, 0n);
  t.ok(
    Point.BASE.multiplyUnsafe(n - 1n)
      .add(Point.BASE)
      .is0(),
  );
});
