import { concatBytes, u64be } from '@hufu/crypto';
import fc from 'fast-check';
import t from 'tap';
import {
  type ChunkedState,
  chunkFrom,
  isChunkOf,
  type StateChunkBody,
  stateLeaves,
  stateRoots,
} from '../../src/ledger/index.ts';
import { TestChain } from '../support/test-chain.ts';

const CHUNK_BYTES = 65_536;

/** A state with so many more gateways that it takes several chunks; only its leaves are of interest. */
function large(): { readonly leaves: readonly Uint8Array[]; readonly of: ChunkedState } {
  const { state } = new TestChain();
  const [gateway] = state.gateways;
  if (gateway === undefined) throw new Error('no gateway');
  const gateways = Array.from({ length: 1_000 }, (_, index) => ({ ...gateway, index, name: `g${index}` }));
  const grown = { ...state, gateways };
  const leaves = stateLeaves(grown);
  return {
    leaves,
    of: { suites: state.suites, leafCount: leaves.length, stateRoot: stateRoots(grown) },
  };
}

const { leaves, of } = large();
const { suites } = of;

function chunkAt(first: number): StateChunkBody {
  const chunk = chunkFrom(leaves, suites, first);
  if (chunk === undefined) throw new Error(`no chunk from ${first}`);
  return chunk;
}

t.test('chunks, each beginning where the one before ended, are the whole state', async (t) => {
  const fetched: Uint8Array[] = [];
  let chunks = 0;
  while (fetched.length < leaves.length) {
    const chunk = chunkAt(fetched.length);
    t.ok(isChunkOf(chunk, of));
    const sizeBytes = concatBytes(...chunk.leaves).length;
    t.ok(sizeBytes <= CHUNK_BYTES);
    const next = leaves[fetched.length + chunk.leaves.length];
    if (next !== undefined) t.ok(sizeBytes + next.length > CHUNK_BYTES, 'no more would have fitted');
    fetched.push(...chunk.leaves);
    chunks++;
  }
  t.strictSame(fetched, leaves);
  t.ok(chunks > 1);
});

t.test('a chunk from any leaf is of its state; from outside there is none', async (t) => {
  fc.assert(
    fc.property(fc.nat(leaves.length - 1), (first) => isChunkOf(chunkAt(first), of)),
    { numRuns: 20 },
  );
  for (const first of [-1, 0.5, leaves.length, Number.NaN])
    t.equal(chunkFrom(leaves, suites, first), undefined);
});

t.test('a leaf larger than a chunk goes by itself, a chunk may be exactly full', async (t) => {
  const sizes = [CHUNK_BYTES + 1, CHUNK_BYTES - 8, 8, 1, CHUNK_BYTES];
  const counts = [1, 2, 2, 1, 1];
  const sized = sizes.map((size, i) => concatBytes(u64be(i), new Uint8Array(size)).slice(8));
  t.strictSame(
    sized.map((_, first) => chunkFrom(sized, suites, first)?.leaves.length),
    counts,
  );
});

t.test('a chunk that is changed in any way is refused', async (t) => {
  const chunk = chunkAt(300);
  const [paths, [first = new Uint8Array(0)]] = [chunk.paths, chunk.leaves];
  t.ok(isChunkOf(chunk, of), 'as it was made');
  const altered = first.with(first.length - 1, (first.at(-1) ?? 0) ^ 1);
  const changed: Readonly<Record<string, StateChunkBody>> = {
    'another leaf': { ...chunk, leaves: chunk.leaves.with(0, altered) },
    'a leaf less': { ...chunk, leaves: chunk.leaves.slice(1) },
    'a leaf twice': { ...chunk, leaves: [first, ...chunk.leaves] },
    'no leaves': { ...chunk, leaves: [] },
    'two leaves swapped': {
      ...chunk,
      leaves: [...chunk.leaves.slice(0, 2).reverse(), ...chunk.leaves.slice(2)],
    },
    'another position': { ...chunk, first: 301 },
    'a negative position': { ...chunk, first: -1 },
    'a position that is no integer': { ...chunk, first: 300.5 },
    'one suite’s path only': { ...chunk, paths: paths.slice(0, 1) },
    'a third path': { ...chunk, paths: [...paths, ...paths.slice(0, 1)] },
    'paths of the other suites': { ...chunk, paths: paths.toReversed() },
    'no hashes': { ...chunk, paths: paths.map(() => []) },
    'a hash less under the second suite': { ...chunk, paths: paths.map((path, i) => path.slice(i)) },
    'a hash more': { ...chunk, paths: paths.map((path) => [...path, ...path.slice(0, 1)]) },
    'hashes cut short': { ...chunk, paths: paths.map((path) => path.map((hash) => hash.slice(1))) },
  };
  for (const [name, body] of Object.entries(changed)) t.equal(isChunkOf(body, of), false, name);
});

t.test('a chunk is refused against the root of another state, in either suite', async (t) => {
  const chunk = chunkAt(0);
  for (const [i, root] of of.stateRoot.entries()) {
    const other = root.with(0, (root[0] ?? 0) ^ 1);
    t.equal(isChunkOf(chunk, { ...of, stateRoot: of.stateRoot.with(i, other) }), false);
  }
  t.equal(isChunkOf(chunk, { ...of, stateRoot: of.stateRoot.slice(1) }), false);
  t.equal(isChunkOf(chunk, { ...of, leafCount: chunk.leaves.length - 1 }), false);
});

t.test('under a wrong number of leaves a leaf may pass at another position', async (t) => {
  const { state } = new TestChain({ validators: 1, gateways: 2 });
  const five = stateLeaves(state);
  t.equal(five.length, 5);
  const body = chunkFrom(five, suites, 4);
  if (body === undefined) throw new Error('no chunk');
  const stateRoot = stateRoots(state);
  t.equal(isChunkOf(body, { suites, leafCount: 5, stateRoot }), true);
  t.equal(isChunkOf({ ...body, first: 2 }, { suites, leafCount: 5, stateRoot }), false);
  t.equal(
    isChunkOf({ ...body, first: 2 }, { suites, leafCount: 3, stateRoot }),
    true,
    'why the whole is checked',
  );
});
