import { asView, type BlockId, blockIdOf } from '@hufu/consensus';
import t from 'tap';
import { systemClock } from '../../src/replica/environment.ts';
import { Executor } from '../../src/replica/executor.ts';
import { PacedLedger } from '../../src/replica/paced-ledger.ts';
import { openStore } from '../../src/store/index.ts';
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
  executor.forgetAllBut({ tip, blocks: new Set(ids.slice(-10)) });
  t.equal(executor.heldBlocks, 10);
  // No longer above the core's tip: one of them is final, and kept until it is applied.
  executor.forgetAllBut({ tip: chain.input([]), blocks: new Set() });
  t.equal(executor.heldBlocks, 10);
});
