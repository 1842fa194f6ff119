import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asEpoch, asHeight, asView, type LogRecord } from '@hufu/consensus';
import { verify } from '@hufu/proof';
import t from 'tap';
import { openStore } from '../../src/store/index.ts';
import {
  applyItems,
  evidence,
  grownOver,
  growOne,
  HEIGHT,
  joiningAction,
  openEmpty,
} from '../support/three-epochs.ts';

t.test('opened again after any block, the state and the recovery are those before', async (t) => {
  let grown = await openEmpty(t);
  while (grown.chain.state.tip.height < HEIGHT) {
    await growOne(grown);
    const { directory, chain } = grown;
    const before = await grown.store.recovery();
    await grown.store.close();
    const store = await openStore({ directory, genesisBytes: chain.genesisBytes });
    t.strictSame(store.chain.state, chain.state, `height ${chain.state.tip.height}`);
    t.strictSame(await store.recovery(), before);
    grown = { ...grown, store };
  }
  await grown.store.close();
});

t.test('an epoch’s last block is the genesis of the next', async (t) => {
  const grown = await openEmpty(t);
  t.teardown(() => grown.store.close());
  while (grown.chain.state.tip.height < 4) await growOne(grown);
  const { store, chain } = grown;
  const { tip, finalization, log } = await store.recovery();
  const [digest] = chain.state.tip.digests;
  t.match(tip, { height: 4 });
  t.strictSame(
    tip.origins,
    Array.from({ length: 5 }, () => ({ nextSeq: 0, lastDigest: digest })),
    'the origins are the next validators, and begin anew',
  );
  t.equal(finalization, null, 'it was signed by the validators before');
  t.strictSame(log, []);
  t.match(store.chain.finalization, { height: 4, view: 7 }, 'which is kept and served');
  t.match(await store.chain.finalizationAt(4), { view: 7 });
});

t.test('batches and records of a former epoch are not given back', async (t) => {
  const grown = await openEmpty(t);
  const { store, chain, directory } = grown;
  await growOne(grown);
  const left = [chain.batch(0, [evidence(grown)]), chain.batch(0, [evidence(grown)])];
  await store.batches.put(left);
  t.strictSame(
    (await store.recovery()).batches.map(({ seq }) => seq),
    [1, 2],
    'before the epoch ends they wait for a block',
  );
  const vote = (view: number): LogRecord => ({
    type: 'vote',
    vote: { kind: 'nullify', view: asView(view) },
  });
  await store.log.append([{ epoch: asEpoch(0), record: vote(9) }]);
  await applyItems(grown, joiningAction(grown));
  // Stored when the epoch was over already, as a turn under way does.
  const late = left.map((batch) => ({ ...batch, digest: batch.digest.toReversed(), prev: batch.digest }));
  await store.batches.put(late);
  t.strictSame((await store.recovery()).batches, []);
  const first = chain.batch(0, [evidence(grown)]);
  const second = chain.batch(0, [evidence(grown)]);
  await store.batches.put([second, first]);
  await store.log.append([{ epoch: asEpoch(1), record: vote(9) }]);
  await store.close();
  const opened = await openStore({ directory, genesisBytes: chain.genesisBytes });
  const { batches, log } = await opened.recovery();
  t.strictSame(
    batches.map(({ digest }) => digest),
    [first.digest, second.digest],
  );
  t.strictSame(log, [vote(9)], 'once: that of the epoch that goes on');
  t.ok(opened.batches.has(left[0] ?? first), 'what is held can still be served');
  await opened.close();
});

t.test('a bundle shows how each epoch before its own ended', async (t) => {
  const { store, chain } = await grownOver(t);
  for (let index = 0; index < chain.state.logSize; index++) {
    const bundle = await store.chain.bundle(index);
    const report = verify(bundle ?? new Uint8Array(0), { trust: { genesis: chain.genesisBytes } });
    t.equal(report.conclusion, 'passed', `${index}`);
  }
});

t.test('a peer that catches up gets the blocks of one epoch at a time', async (t) => {
  const { store } = await grownOver(t);
  const rows = [
    { from: 1, maxBlocks: 64, last: 4 },
    { from: 4, maxBlocks: 1, last: 4 },
    { from: 5, maxBlocks: 64, last: 7 },
    { from: 6, maxBlocks: 1, last: 6 },
    { from: 8, maxBlocks: 64, last: 9 },
  ];
  for (const { from, maxBlocks, last } of rows) {
    const answer = await store.chain.finalizedBlocks(from, { maxBlocks });
    t.equal(answer?.blocks[0]?.height, from);
    t.equal(answer?.blocks.at(-1)?.height, last, `from ${from}`);
    t.strictSame(answer?.finalization.digests, answer?.blocks.at(-1)?.digests);
  }
  t.equal(await store.chain.finalizedBlocks(10, { maxBlocks: 1 }), undefined);
});

t.test('each epoch is kept with its registry and its end', async (t) => {
  const { store, chain } = await grownOver(t);
  const newestFirst = await store.chain.epochs(undefined, 10);
  const epochs = newestFirst.toReversed();
  t.match(epochs, [
    { epoch: 0, firstHeight: 1, end: { height: 4, finalization: { view: 7 } } },
    { epoch: 1, firstHeight: 5, end: { height: 7 } },
    { epoch: 2, firstHeight: 8, end: null },
  ]);
  t.strictSame(
    epochs.map(({ validators }) => validators.validators.length),
    [4, 5, 5],
  );
  t.strictSame(epochs[2]?.registry, chain.state.registry);
  t.strictSame(epochs[2]?.validatorSetDigest, chain.state.validatorSetDigest);
  t.notSame(epochs[2]?.validators.validators, epochs[1]?.validators.validators);
  t.strictSame(await store.chain.epoch(1), epochs[1]);
  t.strictSame(await store.chain.epochs(undefined, 2), newestFirst.slice(0, 2));
  t.strictSame(await store.chain.epochs(2, 1), [epochs[1]]);
  t.strictSame(await store.chain.epochs(1, 10), [epochs[0]]);
  t.strictSame(await store.chain.epochs(0, 10), []);
  t.strictSame(await store.chain.epochs(1_000_000, 1), [epochs[2]]);
  t.equal(await store.chain.epoch(3), undefined);
});

t.test('an action is an entry of the log, and no gateway’s', async (t) => {
  const { store, chain } = await grownOver(t);
  // Three blocks of three records, then three records and the action.
  const entry = await store.chain.entry(12);
  t.match(entry, { index: 12, height: 4 });
  t.equal(entry?.bytes[0], 0x12);
  t.match(await store.chain.entries(11, 3), [{ index: 11 }, { index: 12 }, { index: 13, height: 5 }]);
  t.match(await store.chain.entryBySerial(0, 12), { index: 13 });
  t.strictSame((await store.chain.block(7))?.applied, [
    { gateway: null, firstSerial: 0, count: 1, firstIndex: 19, batch: 0, submission: 0 },
  ]);
  t.equal(chain.state.gateways[0]?.nextSerial, 24, 'eight blocks of three records');
});

t.test('what is lost of tiles and index is computed again across epochs', async (t) => {
  const grown = await openEmpty(t);
  while (grown.chain.state.tip.height < HEIGHT) await growOne(grown);
  const { directory, chain, store } = grown;
  const roots = await store.chain.rootsAt(chain.state.logSize);
  await store.close();
  for (const part of ['tiles', 'index']) await rm(join(directory, part), { recursive: true });
  const opened = await openStore({ directory, genesisBytes: chain.genesisBytes });
  t.strictSame(await opened.chain.rootsAt(chain.state.logSize), roots);
  t.ok(await opened.chain.inclusionPath(12, chain.state.logSize));
  await opened.close();
});

t.test('a block that ends an epoch is applied with a finalization of its own only', async (t) => {
  const grown = await openEmpty(t);
  t.teardown(() => grown.store.close());
  const { store, chain } = grown;
  await growOne(grown);
  const batches = [chain.batch(0, [joiningAction(grown)])];
  const end = chain.extend(batches);
  const next = chain.extend([]);
  await store.batches.put(batches);
  await t.rejects(store.chain.apply([end, next], chain.finalize(next)), /without a finalization of its own/);
  t.equal(store.chain.state.tip.height, asHeight(1));
  await store.chain.apply([end], chain.finalize(end));
  await store.chain.apply([next], chain.finalize(next));
  t.equal(store.chain.state, chain.state);
});
