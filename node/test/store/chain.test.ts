import { hash, hashLeaves, hashOf } from '@hufu/crypto';
import {
  decodeHeader,
  encodeEntry,
  inclusionFromRange,
  openRange,
  verify,
  verifyConsistency,
  verifyInclusion,
} from '@hufu/proof';
import t from 'tap';
import { openStore, type Store, StoreError } from '../../src/store/index.ts';
import { grow, temporaryDirectory } from '../support/grown-store.ts';
import { recordOf, TestChain } from '../support/test-chain.ts';

const BLOCKS = 20;
const RECORDS = 45;
/** Two gateways. */
const LOG_SIZE = BLOCKS * RECORDS * 2;

const chain = new TestChain();
const { genesisBytes } = chain;
let directory: string;
let store: Store;

t.before(async () => {
  directory = await temporaryDirectory(t);
  const first = await openStore({ directory, genesisBytes });
  await grow(first, chain, BLOCKS, RECORDS);
  await first.close();
  store = await openStore({ directory, genesisBytes });
  t.teardown(() => store.close());
});

t.test('a new directory is a fresh store at genesis', async (t) => {
  const fresh = await openStore({ directory: await temporaryDirectory(t), genesisBytes });
  t.strictSame(fresh.condition, { kind: 'fresh' });
  const { tip, finalization, log, batches } = await fresh.recovery();
  t.strictSame({ finalization, log, batches }, { finalization: null, log: [], batches: [] });
  t.strictSame(tip.digests, chain.genesis.chainId);
  t.strictSame(
    tip.origins.map(({ nextSeq }) => nextSeq),
    [0, 0, 0, 0],
  );
  t.equal(await fresh.chain.entry(0), undefined);
  t.strictSame(
    await fresh.chain.rootsAt(0),
    chain.state.suites.map((suite) => hash(hashOf(suite), new Uint8Array(0))),
  );
  await fresh.close();
});

t.test('opened again, the state is the one that was applied', async (t) => {
  t.strictSame(store.condition, { kind: 'sound', tornBytes: 0 });
  t.strictSame(store.chain.state, chain.state);
  t.equal(store.chain.state.logSize, LOG_SIZE);
  const { tip, finalization, batches } = await store.recovery();
  t.equal(tip.height, BLOCKS);
  t.equal(finalization?.height, BLOCKS);
  t.strictSame(
    tip.origins.map(({ nextSeq }) => nextSeq),
    [5, 5, 5, 5],
  );
  t.strictSame(batches, [], 'every batch is referenced by an applied block');
});

t.test('blocks come newest first, with what their submissions did', async (t) => {
  const all = await store.chain.blocks(undefined, 100);
  t.strictSame(
    all.map(({ block }) => block.height),
    Array.from({ length: BLOCKS }, (_, i) => BLOCKS - i),
  );
  t.strictSame(
    (await store.chain.blocks(5, 2)).map(({ block }) => block.height),
    [4, 3],
  );
  t.strictSame(await store.chain.blocks(1, 10), []);
  const second = await store.chain.block(2);
  t.equal(second?.firstIndex, RECORDS * 2);
  t.equal(second?.entryCount, RECORDS * 2);
  t.match(second?.applied, [
    { gateway: 0, firstSerial: RECORDS, count: RECORDS, firstIndex: RECORDS * 2 },
    { gateway: 1, firstSerial: RECORDS, count: RECORDS, firstIndex: RECORDS * 3 },
  ]);
  t.equal(await store.chain.block(0), undefined);
  t.equal(await store.chain.block(BLOCKS + 1), undefined);
});

t.test('an entry is found by index and by serial, and is the bytes that were submitted', async (t) => {
  const perBlock = RECORDS * 2;
  for (const index of [0, 44, 45, 89, 90, 977, LOG_SIZE - 1]) {
    const height = Math.floor(index / perBlock) + 1;
    const gateway = Math.floor((index % perBlock) / RECORDS);
    const serial = (height - 1) * RECORDS + (index % RECORDS);
    const entry = await store.chain.entry(index);
    t.strictSame(entry?.bytes, encodeEntry(recordOf(gateway, serial)));
    t.match(entry, { index, height });
    t.strictSame(await store.chain.entryBySerial(gateway, serial), entry);
  }
  t.equal(await store.chain.entry(LOG_SIZE), undefined);
  t.equal(await store.chain.entryBySerial(0, BLOCKS * RECORDS), undefined);
  t.equal(await store.chain.entryBySerial(7, 0), undefined);
});

t.test('a range of entries crosses submissions and blocks, and ends with the log', async (t) => {
  const entries = await store.chain.entries(40, 100);
  t.strictSame(
    entries.map(({ index }) => index),
    Array.from({ length: 100 }, (_, i) => 40 + i),
  );
  t.equal((await store.chain.entries(LOG_SIZE - 3, 100)).length, 3);
  t.strictSame(await store.chain.entries(LOG_SIZE, 1), []);
});

t.test('search finds a record by either digest, and nothing by half of one', async (t) => {
  const { sha256, sm3 } = recordOf(1, 333).digests;
  if (sha256 === undefined || sm3 === undefined) throw new Error('both digests');
  const expected = await store.chain.entryBySerial(1, 333);
  t.strictSame(await store.chain.search(sha256, 10), [expected]);
  t.strictSame(await store.chain.search(sm3, 10), [expected]);
  const altered = new Uint8Array(sha256);
  altered[31] = (altered[31] ?? 0) ^ 1;
  t.strictSame(await store.chain.search(altered, 10), []);
});

t.test('inclusion and consistency proofs verify, for certified and other sizes', async (t) => {
  for (const size of [1, 2, 90, 255, 256, 257, 1_000, LOG_SIZE]) {
    const roots = await store.chain.rootsAt(size);
    for (const index of new Set([0, Math.floor(size / 3), size - 1])) {
      const entry = await store.chain.entry(index);
      const paths = await store.chain.inclusionPath(index, size);
      for (const [i, suite] of chain.state.suites.entries()) {
        const name = hashOf(suite);
        const leaf = hashLeaves(name, [entry?.bytes ?? new Uint8Array(0)]);
        t.ok(
          verifyInclusion(name, leaf, index, size, paths?.[i] ?? [], roots?.[i] ?? leaf),
          `${index} in ${size}`,
        );
      }
    }
    const later = await store.chain.rootsAt(LOG_SIZE);
    const path = await store.chain.consistencyPath(size, LOG_SIZE);
    for (const [i, suite] of chain.state.suites.entries()) {
      const none = new Uint8Array(0);
      t.ok(
        verifyConsistency(
          hashOf(suite),
          size,
          LOG_SIZE,
          roots?.[i] ?? none,
          later?.[i] ?? none,
          path?.[i] ?? [],
        ),
      );
    }
  }
});

t.test('the roots are those in the headers', async (t) => {
  for (const { headerBytes } of await store.chain.blocks(undefined, BLOCKS)) {
    const header = decodeHeader(headerBytes);
    if (!header.ok) throw new Error(header.error.remark);
    t.strictSame(await store.chain.rootsAt(header.value.logSize), header.value.logRoots);
  }
});

t.test('one range proof gives the path of each of its records', async (t) => {
  const [first, count] = [300, 123];
  const proof = await store.chain.rangeProof(first, count, LOG_SIZE);
  const leaves = (await store.chain.entries(first, count)).map(({ bytes }) => bytes);
  for (const [i, suite] of chain.state.suites.entries()) {
    const name = hashOf(suite);
    const range = openRange(name, hashLeaves(name, leaves), first, proof?.[i] ?? [], LOG_SIZE);
    if (range === undefined) throw new Error('does not open');
    t.strictSame(range.root, (await store.chain.rootsAt(LOG_SIZE))?.[i]);
    t.strictSame(inclusionFromRange(range, 350), (await store.chain.inclusionPath(350, LOG_SIZE))?.[i]);
  }
});

t.test('proofs outside the log are refused', async (t) => {
  t.equal(await store.chain.inclusionPath(5, 5), undefined);
  t.equal(await store.chain.inclusionPath(0, LOG_SIZE + 1), undefined);
  t.equal(await store.chain.inclusionPath(-1, 5), undefined);
  t.equal(await store.chain.inclusionPath(0.5, 5), undefined);
  t.equal(await store.chain.consistencyPath(6, 5), undefined);
  t.equal(await store.chain.rangeProof(0, 0, 5), undefined);
  t.equal(await store.chain.rangeProof(3, 3, 5), undefined);
  t.equal(await store.chain.rootsAt(LOG_SIZE + 1), undefined);
});

t.test('a bundle proves its record by the first certificate at or after its block', async (t) => {
  for (const index of [0, 95, LOG_SIZE - 1]) {
    const bundle = await store.chain.bundle(index);
    if (bundle === undefined) throw new Error('no bundle');
    const report = verify(bundle, { trust: { genesis: genesisBytes } });
    t.equal(report.conclusion, 'passed', `${index}`);
  }
  t.equal(await store.chain.bundle(LOG_SIZE), undefined);
  t.equal((await store.chain.certifiedAt(1))?.record.block.height, 3);
  t.equal((await store.chain.certifiedAt(19))?.record.block.height, 20);
  t.equal(await store.chain.certifiedAt(21), undefined);
});

t.test('lists show of a block what is in its header, whatever became of its items', async (t) => {
  const rows = await store.chain.blocks(undefined, BLOCKS);
  const certified = await store.chain.certifiedAt(BLOCKS);
  for (const row of [...rows, certified?.record ?? {}]) {
    t.strictSame(Object.keys(row).sort(), ['block', 'entryCount', 'firstIndex', 'headerBytes']);
  }
});

t.test('a peer that catches up gets blocks up to a certified one', async (t) => {
  const cases = [
    { from: 1, maxBlocks: 64, heights: [1, 20] },
    { from: 1, maxBlocks: 7, heights: [1, 6] },
    { from: 5, maxBlocks: 2, heights: [5, 6] },
    { from: 4, maxBlocks: 1, heights: [4, 6], remark: 'goes on to the first certified one' },
    { from: 20, maxBlocks: 5, heights: [20, 20] },
  ] as const;
  for (const { from, maxBlocks, heights } of cases) {
    const answer = await store.chain.finalizedBlocks(from, { maxBlocks });
    t.equal(answer?.blocks[0]?.height, heights[0]);
    t.equal(answer?.blocks.at(-1)?.height, heights[1]);
    t.strictSame(answer?.finalization.digests, answer?.blocks.at(-1)?.digests);
  }
  t.equal(await store.chain.finalizedBlocks(21, { maxBlocks: 5 }), undefined);
});

t.test('a batch is kept as it came, and not written twice', async (t) => {
  const before = await store.sizes();
  const batch = chain.batch(2, [chain.submission(0, BLOCKS * RECORDS, 2)]);
  await Promise.all([store.batches.put([batch]), store.batches.put([batch])]);
  const once = await store.sizes();
  await store.batches.put([batch]);
  t.strictSame(await store.sizes(), once);
  t.ok(once.batchBytes - before.batchBytes < 2 * batch.payload.length);
  t.strictSame(await store.batches.get(batch), batch);
  t.ok(store.batches.has(batch));
  const { payload, ...rest } = batch;
  t.strictSame((await store.recovery()).batches, [rest], 'it waits for a block');
  t.equal(store.batches.has({ ...batch, seq: 99 }), false);
  t.equal(await store.batches.get({ ...batch, digest: payload.slice(0, 32) }), undefined);
});

t.test('a block that does not continue the chain, or lacks a batch, is not applied', async (t) => {
  const state = store.chain.state;
  const { batch, executed } = chain.extendWith(3, 1);
  await t.rejects(store.chain.apply([executed], chain.finalize(executed)), /not held/);
  await store.batches.put([batch]);
  const next = chain.extend([]);
  await t.rejects(store.chain.apply([next], chain.finalize(next)), /does not continue/);
  await t.rejects(store.chain.apply([executed], chain.finalize(next)), /not the last block/);
  t.equal(store.chain.state, state);
  await store.chain.apply([executed, next], chain.finalize(next));
  t.equal(store.chain.state, chain.state);
});

t.test('one process at a time, one genesis for good', async (t) => {
  await t.rejects(openStore({ directory, genesisBytes }), { code: 'in-use' });
  const other = await temporaryDirectory(t);
  await (await openStore({ directory: other, genesisBytes })).close();
  const mistake = openStore({ directory: other, genesisBytes: new TestChain().genesisBytes });
  await t.rejects(
    mistake,
    new StoreError('wrong-chain', 'the directory was made under another genesis file'),
  );
  await t.rejects(openStore({ directory: other, genesisBytes: new Uint8Array(3) }), {
    code: 'genesis-invalid',
  });
});
