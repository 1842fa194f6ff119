import { fromHex, type HashName, hashLeaves, toHex, utf8 } from '@hufu/crypto';
import fc from 'fast-check';
import t from 'tap';
import {
  appendLeaves,
  consistencyPath,
  EMPTY_FRONTIER,
  inclusionPath,
  root,
  rootAt,
  verifyConsistency,
  verifyInclusion,
} from '../src/log.ts';
import { consistencyPlan, inclusionPlan, nodesOf, rangePlan } from '../src/log-plan.ts';
import { growLog, referenceLog } from './log-reference.ts';
import { must } from './must.ts';

const MAX_SIZE = 70;
const HASHES: readonly HashName[] = ['sha256', 'sm3'];
const leaves = Array.from({ length: MAX_SIZE }, (_, i) => utf8(`leaf ${i}`));
const hexes = (hashes: readonly Uint8Array[]): readonly string[] => hashes.map(toHex);
const leafHash = (name: HashName, i: number): Uint8Array => hashLeaves(name, leaves.slice(i, i + 1));

/** The eight entries of the Certificate Transparency reference implementation's tree, and its roots by size. */
const CT_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const CT_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

t.test('RFC 9162: the roots of the Certificate Transparency reference tree', async (t) => {
  const entries = CT_LEAVES.map((hex) => must(fromHex(hex)));
  for (const [size, expected] of CT_ROOTS.entries()) {
    const { frontier } = appendLeaves('sha256', EMPTY_FRONTIER, entries.slice(0, size));
    t.equal(toHex(root('sha256', frontier)), expected, `size ${size}`);
  }
  // Proofs that the same implementation publishes for this tree (index 5 of 8; 6 to 8).
  const log = growLog('sha256', entries, []);
  t.strictSame(hexes(inclusionPath('sha256', 5, 8, log.read)), [
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
  t.strictSame(hexes(consistencyPath('sha256', 6, 8, log.read)), [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
});

for (const name of HASHES) {
  const log = growLog(name, leaves, []);
  const reference = referenceLog(name, leaves);
  const roots = Array.from({ length: MAX_SIZE + 1 }, (_, size) => reference.mth(size));
  const rootOf = (size: number): Uint8Array => must(roots[size]);

  t.test(`${name}: root, inclusion and consistency equal RFC 9162's recursion at every size`, async (t) => {
    let wrong = 0;
    for (let size = 0; size <= MAX_SIZE; size++) {
      if (toHex(rootAt(name, size, log.read)) !== toHex(rootOf(size))) wrong++;
      for (let m = 0; m < size; m++) {
        const inclusion = inclusionPath(name, m, size, log.read);
        if (hexes(inclusion).join() !== hexes(reference.path(m, size)).join()) wrong++;
        if (!verifyInclusion(name, leafHash(name, m), m, size, inclusion, rootOf(size))) wrong++;
        const consistency = consistencyPath(name, m, size, log.read);
        if (m > 0 && hexes(consistency).join() !== hexes(reference.proof(m, size)).join()) wrong++;
        if (!verifyConsistency(name, m, size, rootOf(m), rootOf(size), consistency)) wrong++;
      }
      if (!verifyConsistency(name, size, size, rootOf(size), rootOf(size), [])) wrong++;
    }
    t.equal(wrong, 0);
  });

  t.test(`${name}: the frontier is the same however the appends are cut`, async () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 20 }), (chunks) => {
        const grown = growLog(name, leaves, chunks);
        return (
          toHex(root(name, grown.frontier)) === toHex(rootOf(MAX_SIZE)) &&
          toHex(rootAt(name, 41, grown.read)) === toHex(rootOf(41))
        );
      }),
      { numRuns: 50 },
    );
  });

  t.test(`${name}: an inclusion path proves one leaf at one place in one log only`, async (t) => {
    let accepted = 0;
    for (let size = 1; size <= 24; size++) {
      for (let m = 0; m < size; m++) {
        const good = inclusionPath(name, m, size, log.read);
        const leaf = leafHash(name, m);
        const accepts = (
          index: number,
          path: readonly Uint8Array[],
          hash = leaf,
          root = rootOf(size),
        ): number => Number(verifyInclusion(name, hash, index, size, path, root));
        for (let other = 0; other < size; other++) if (other !== m) accepted += accepts(other, good);
        accepted += accepts(m, good.slice(1)) * Number(good.length > 0);
        accepted += accepts(m, good.slice(0, -1)) * Number(good.length > 0);
        accepted += accepts(m, [...good, rootOf(size)]);
        accepted += accepts(m, good, leafHash(name, (m + 1) % MAX_SIZE));
        accepted += accepts(m, good, leaf, rootOf(size + 1));
        for (const i of good.keys()) accepted += accepts(m, good.with(i, rootOf(0)));
      }
    }
    t.equal(accepted, 0);
  });

  t.test(`${name}: a consistency path proves one pair of roots only`, async (t) => {
    let accepted = 0;
    for (let second = 1; second <= 24; second++) {
      for (let first = 1; first < second; first++) {
        const good = consistencyPath(name, first, second, log.read);
        const accepts = (path: readonly Uint8Array[], a = rootOf(first), b = rootOf(second)): number =>
          Number(verifyConsistency(name, first, second, a, b, path));
        accepted += accepts(good.slice(1)) + accepts(good.slice(0, -1)) + accepts([...good, rootOf(1)]);
        accepted += accepts(good, rootOf(first + 1)) + accepts(good, rootOf(first), rootOf(second + 1));
        for (const i of good.keys()) accepted += accepts(good.with(i, rootOf(0)));
      }
    }
    t.equal(accepted, 0);
  });
}

t.test('verification refuses malformed arguments without throwing', async (t) => {
  const h = new Uint8Array(32);
  for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    t.notOk(verifyInclusion('sha256', h, bad, 4, [h, h], h));
    t.notOk(verifyInclusion('sha256', h, 0, bad, [h, h], h));
    t.notOk(verifyConsistency('sha256', bad, 4, h, h, [h]));
    t.notOk(verifyConsistency('sha256', 1, bad, h, h, [h]));
  }
  t.notOk(verifyInclusion('sha256', h, 0, 0, [], h), 'an empty log holds nothing');
  t.notOk(verifyInclusion('sha256', h, 4, 4, [h, h], h), 'an index at the end');
  t.notOk(verifyInclusion('sha256', h.subarray(1), 0, 1, [], h.subarray(1)), 'a short hash');
  t.notOk(verifyConsistency('sha256', 3, 2, h, h, []), 'a log that shrank');
  t.notOk(verifyConsistency('sha256', 2, 2, h, h, [h]), 'a path between equal logs');
  t.notOk(verifyConsistency('sha256', 0, 2, h, h, []), 'an empty log with another root');
});

t.test('verification of anything neither throws nor accepts', async () => {
  const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const path = fc.array(fc.oneof(digest, fc.uint8Array({ maxLength: 40 })), { maxLength: 60 });
  const size = fc.oneof(fc.nat(80), fc.maxSafeNat(), fc.double());
  fc.assert(
    fc.property(digest, digest, size, size, path, (a, other, first, second, hashes) => {
      // A root of its own: equal digests would be a true proof.
      const b = other.with(0, must(a[0]) ^ 1);
      const inclusion = verifyInclusion('sha256', a, first, second, hashes, b);
      const consistency = verifyConsistency('sha256', first, second, a, b, hashes);
      return !inclusion && !consistency;
    }),
  );
});

t.test('plans are exact for logs near 2^53', async (t) => {
  const size = Number.MAX_SAFE_INTEGER;
  t.equal(inclusionPlan(0, size).length, 53);
  t.equal(inclusionPlan(size - 1, size).length, 52);
  t.strictSame(inclusionPlan(2 ** 48 - 2, 2 ** 48 - 1), [
    ...Array.from({ length: 47 }, (_, i) => [{ level: i + 1, index: 2 ** (47 - i) - 2 }]),
  ]);
  t.ok(
    nodesOf(consistencyPlan(2 ** 52 + 1, size)).every(({ level, index }) => (index + 1) * 2 ** level <= size),
  );
  t.throws(() => inclusionPlan(size, size), RangeError);
  t.throws(() => inclusionPlan(0.5, 2), RangeError);
  t.throws(() => consistencyPlan(3, 2), RangeError);
  t.throws(() => rangePlan(0, 0, 2), RangeError);
});
