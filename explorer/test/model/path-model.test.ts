import { type HashName, hashLeaves, hashPairs } from '@hufu/crypto';
import { appendLeaves, EMPTY_FRONTIER, inclusionPath, root, verifyInclusion } from '@hufu/proof';
import t from 'tap';
import { joins, pathModel } from '../../src/model/path-model.ts';

const LARGEST_LOG = 33;

function leaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => Uint8Array.of(i));
}

/** A log of `size` leaves with a reader of its perfect subtrees, hashed the slow and obvious way. */
function log(name: HashName, size: number) {
  const readHash = (level: number, index: number): Uint8Array => {
    if (level === 0) return hashLeaves(name, [Uint8Array.of(index)]);
    const pair = new Uint8Array(64);
    pair.set(readHash(level - 1, index * 2));
    pair.set(readHash(level - 1, index * 2 + 1), 32);
    return hashPairs(name, pair);
  };
  const expectedRoot = root(name, appendLeaves(name, EMPTY_FRONTIER, leaves(size)).frontier);
  return { readHash, expectedRoot };
}

for (const name of ['sha256', 'sm3'] as const) {
  t.test(
    `${name}: the drawn path leads to the root of the log, for every record of every size`,
    async (t) => {
      let wrong = 0;
      for (let size = 1; size <= LARGEST_LOG; size += 1) {
        const { readHash, expectedRoot } = log(name, size);
        for (let index = 0; index < size; index += 1) {
          const path = inclusionPath(name, index, size, readHash);
          const leaf = readHash(0, index);
          const model = pathModel(name, leaf, index, size, path, expectedRoot);
          const drawn = model.ok ? model.value.computedRoot : undefined;
          const agrees = Buffer.compare(drawn ?? Buffer.alloc(0), expectedRoot) === 0;
          if (!agrees || !model.ok || !model.value.matches) wrong += 1;
          if (!verifyInclusion(name, leaf, index, size, path, expectedRoot)) wrong += 1;
        }
      }
      t.equal(wrong, 0);
    },
  );
}

t.test('RFC 9162, section 2.1.5: the path of d3 in a log of 7', async (t) => {
  t.same(joins(3, 7), [
    { siblingSide: 'left', siblingCovers: { first: 2, count: 1 }, covers: { first: 2, count: 2 } },
    { siblingSide: 'left', siblingCovers: { first: 0, count: 2 }, covers: { first: 0, count: 4 } },
    { siblingSide: 'right', siblingCovers: { first: 4, count: 3 }, covers: { first: 0, count: 7 } },
  ]);
});

t.test('the only record of a log has no steps: its leaf hash is the root', async (t) => {
  const { readHash, expectedRoot } = log('sm3', 1);
  const model = pathModel('sm3', readHash(0, 0), 0, 1, [], expectedRoot);
  t.ok(model.ok && model.value.matches && model.value.steps.length === 0);
});

t.test('a path that does not lead to the root is drawn, and does not match', async (t) => {
  const { readHash, expectedRoot } = log('sha256', 7);
  const path = inclusionPath('sha256', 3, 7, readHash).map((hash) => hash.slice());
  path[1]?.set([0xff], 5);
  const model = pathModel('sha256', readHash(0, 3), 3, 7, path, expectedRoot);
  t.ok(model.ok);
  t.equal(model.ok && model.value.matches, false);
  const moved = pathModel('sha256', readHash(0, 3), 2, 7, path, expectedRoot);
  t.equal(moved.ok && moved.value.matches, false, 'at another index');
});

t.test('paths that cannot be of this log are refused, also absurd sizes', async (t) => {
  const { readHash, expectedRoot } = log('sha256', 7);
  const leaf = readHash(0, 3);
  const path = inclusionPath('sha256', 3, 7, readHash);
  t.same(pathModel('sha256', leaf, 3, 7, path.slice(1), expectedRoot), { ok: false, error: 'path-length' });
  t.same(pathModel('sha256', leaf, 3, 7, [...path, leaf], expectedRoot), { ok: false, error: 'path-length' });
  for (const [index, size] of [
    [7, 7],
    [-1, 7],
    [0, 0],
    [0.5, 7],
    [Number.NaN, 7],
    [0, Number.POSITIVE_INFINITY],
  ] as const) {
    t.same(pathModel('sha256', leaf, index, size, path, expectedRoot), {
      ok: false,
      error: 'index-beyond-log',
    });
  }
  const largest = pathModel('sha256', leaf, 0, Number.MAX_SAFE_INTEGER, path, expectedRoot);
  t.same(largest, { ok: false, error: 'path-length' }, 'the largest log there can be has 53 levels');
});
