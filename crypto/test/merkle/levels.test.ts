import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { type HashName, hashLeaves, hashPairs } from '../../src/index.ts';

const HASHES: readonly HashName[] = ['sm3', 'sha256'];

function leafHash(name: HashName, leaf: Uint8Array): Buffer {
  return createHash(name).update(Uint8Array.of(0)).update(leaf).digest();
}

function expectedLeaves(name: HashName, leaves: readonly Uint8Array[]): Buffer {
  return Buffer.concat(leaves.map((leaf) => leafHash(name, leaf)));
}

function expectedPairs(name: HashName, nodes: Uint8Array): Buffer {
  const parents: Buffer[] = [];
  for (let i = 0; i < nodes.length; i += 64) {
    parents.push(
      createHash(name)
        .update(Uint8Array.of(1))
        .update(nodes.subarray(i, i + 64))
        .digest(),
    );
  }
  return Buffer.concat(parents);
}

/** Bytes that differ from place to place and from `seed` to `seed`. */
function bytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + (i >> 3)) % 256);
}

for (const name of HASHES) {
  t.test(`${name}: leaves of every length up to four blocks`, async (t) => {
    const leaves = Array.from({ length: 260 }, (_, length) => bytes(length, length));
    t.ok(expectedLeaves(name, leaves).equals(hashLeaves(name, leaves)));
  });

  t.test(`${name}: any number of leaves, long beside short`, async () => {
    const leaf = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(fc.array(leaf, { maxLength: 13 }), (leaves) =>
        expectedLeaves(name, leaves).equals(hashLeaves(name, leaves)),
      ),
      { numRuns: 300 },
    );
  });

  t.test(`${name}: a level larger than one call's memory, with leaves larger than it`, async (t) => {
    const leaves = Array.from({ length: 3000 }, (_, i) => bytes((i * 7) % 300, i));
    leaves.splice(1500, 0, bytes(200_000, 1));
    leaves.splice(0, 0, bytes(196_607, 2));
    leaves.push(bytes(1_000_000, 3), bytes(196_598, 4), bytes(196_599, 5));
    t.ok(expectedLeaves(name, leaves).equals(hashLeaves(name, leaves)));
  });

  t.test(`${name}: pairs, from none to more than one call takes`, async (t) => {
    for (const count of [0, 1, 2, 3, 4, 5, 1023, 1024, 1025, 2500]) {
      const nodes = bytes(64 * count, count);
      t.ok(expectedPairs(name, nodes).equals(hashPairs(name, nodes)), `${count} pairs`);
    }
  });

  t.test(`${name}: one level leaves nothing behind that the next could see`, async (t) => {
    hashLeaves(name, [new Uint8Array(196_000).fill(0xff)]);
    hashPairs(name, new Uint8Array(64 * 1024).fill(0xff));
    const leaves = [bytes(0, 0), bytes(55, 1), bytes(200, 2)];
    t.ok(expectedLeaves(name, leaves).equals(hashLeaves(name, leaves)));
    t.ok(expectedPairs(name, bytes(192, 3)).equals(hashPairs(name, bytes(192, 3))));
  });

  t.test(`${name}: half a pair is refused`, async (t) => {
    t.throws(() => hashPairs(name, new Uint8Array(32)), RangeError);
    t.throws(() => hashPairs(name, new Uint8Array(65)), RangeError);
  });
}

t.test('a leaf and a node of the same bytes differ (RFC 9162, section 2.1.1)', async (t) => {
  const pair = bytes(64, 1);
  t.not(
    Buffer.from(hashLeaves('sha256', [pair])).toString('hex'),
    Buffer.from(hashPairs('sha256', pair)).toString('hex'),
  );
});

t.test('the tree of RFC 6962 test data, whose hashes other logs publish', async (t) => {
  // Roots of the empty leaf and of the leaf 00, as in the Certificate Transparency reference tests.
  t.equal(
    Buffer.from(hashLeaves('sha256', [new Uint8Array(0)])).toString('hex'),
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
  const two = hashLeaves('sha256', [new Uint8Array(0), Uint8Array.of(0)]);
  t.equal(
    Buffer.from(hashPairs('sha256', two)).toString('hex'),
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  );
});
