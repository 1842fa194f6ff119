import { asView, type Batch, type BlockId, blockIdOf, type State } from '@hufu/consensus';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/replica/environment.ts';
import { Executor } from '../../src/replica/executor.ts';
import { PacedLedger } from '../../src/replica/paced-ledger.ts';
import { openStore } from '../../src/store/index.ts';
import type { BatchStore } from '../../src/store/types.ts';
import { TestChain } from '../support/test-chain.ts';

t.test('duty 5: a result above the tip is kept as long as the core names its block', async (t) => {
  const chain = new TestChain();
  const store = await openStore({ directory: t.testdir(), genesisBytes: chain.genesisBytes });
  t.teardown(() => store.close());
  const executor = new Executor(store.chain, store.batches, new PacedLedger(systemClock));
  const ids: BlockId[] = [];
  // A proposal for each of a hundred views, all of which are nullified.
  for (let view = 1; view <= 100; view += 1) {
    await executor.execute(chain.input([], { view: asView(view) }), (result) => {
      if (result.ok && result.digests[0] !== undefined) ids.push(blockIdOf(result.digests[0]));
    });
  }
  t.equal(executor.heldBlocks, 100);
  const { tip } = chain.state;
  executor.forgetAllBut({ tip, blocks: new Set(ids.slice(-10)), origins: [] });
  t.equal(executor.heldBlocks, 10);
  // No longer above the core's tip: one of them is final, and kept until it is applied.
  executor.forgetAllBut({ tip: chain.input([]), blocks: new Set(), origins: [] });
  t.equal(executor.heldBlocks, 10);
});

/** What the core holds above its tip, when that is these batches of validator 3. */
function originsHolding(batches: readonly Batch[]): State['origins'] {
  const chain = batches.map((batch) => ({
    ref: batch,
    prev: batch.prev,
    status: 'durable' as const,
    batch: null,
    from: batch.origin,
    durableAtMs: 0,
  }));
  const forks = new Map();
  return [0, 1, 2, 3].map((origin) => ({ chain: origin === 3 ? chain : [], forks }));
}

/** An executor with room for nothing that no block needs, and how often it has read a batch. */
async function crampedExecutor(t: Test, chain: TestChain) {
  const store = await openStore({ directory: t.testdir(), genesisBytes: chain.genesisBytes });
  t.teardown(() => store.close());
  let readCount = 0;
  const batches: BatchStore = {
    has: (ref) => store.batches.has(ref),
    put: (stored) => store.batches.put(stored),
    get: (ref) => {
      readCount += 1;
      return store.batches.get(ref);
    },
  };
  const executor = new Executor(store.chain, batches, new PacedLedger(systemClock), 1);
  return { store, executor, reads: () => readCount };
}

t.test('a block is prepared once, however many views it takes and however much it refers to', async (t) => {
  const chain = new TestChain();
  const { store, executor, reads } = await crampedExecutor(t, chain);
  // Serials to come: each could still apply, and is kept whole.
  const batches = Array.from({ length: 5 }, (_, i) => chain.batch(3, [chain.submission(0, i + 1, 1)]));
  await store.batches.put(batches);
  const execute = (view: number, refs = batches) =>
    executor.execute(chain.input(refs, { view: asView(view) }), (result) => t.ok(result.ok));
  await execute(1);
  t.equal(reads(), 5);
  await execute(2);
  // A leader that leaves them out takes nothing away.
  await execute(3, []);
  executor.forgetAllBut({ tip: chain.state.tip, blocks: new Set(), origins: originsHolding(batches) });
  await execute(4);
  t.equal(reads(), 5, 'every batch was read once');
});

t.test('blocks under way at the same time share what they prepare', async (t) => {
  const chain = new TestChain();
  const { store, executor, reads } = await crampedExecutor(t, chain);
  const batches = Array.from({ length: 5 }, (_, i) => chain.batch(3, [chain.submission(0, i + 1, 1)]));
  await store.batches.put(batches);
  const views = [1, 2, 3].map((view) => chain.input(batches, { view: asView(view) }));
  await Promise.all(views.map((input) => executor.execute(input, (result) => t.ok(result.ok))));
  t.equal(reads(), 5, 'every batch was read once');
});

t.test('what the core holds no longer above its tip is given up', async (t) => {
  const chain = new TestChain();
  const { store, executor, reads } = await crampedExecutor(t, chain);
  const batches = Array.from({ length: 5 }, (_, i) => chain.batch(3, [chain.submission(0, i + 1, 1)]));
  await store.batches.put(batches);
  const execute = (view: number) =>
    executor.execute(chain.input(batches, { view: asView(view) }), (result) => t.ok(result.ok));
  await execute(1);
  const { tip } = chain.state;
  executor.forgetAllBut({ tip, blocks: new Set(), origins: originsHolding(batches.slice(2)) });
  await execute(2);
  t.equal(reads(), 7, 'the two that were given up were read again');
});
