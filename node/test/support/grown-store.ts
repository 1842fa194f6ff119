import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutedBlock } from '../../src/ledger/index.ts';
import type { Store } from '../../src/store/index.ts';
import type { TestChain } from './test-chain.ts';

/**
 * Applies blocks with one batch each, of `records` records from every gateway. Every third block, and the last,
 * has a certificate of its own, as when several became final at once.
 */
export async function grow(store: Store, chain: TestChain, blocks: number, records: number): Promise<void> {
  let waiting: ExecutedBlock[] = [];
  for (let i = 1; i <= blocks; i++) {
    const { batch, executed } = chain.extendWith(i % 4, records);
    await store.batches.put([batch]);
    waiting.push(executed);
    if (i % 3 !== 0 && i !== blocks) continue;
    await store.chain.apply(waiting, chain.finalize(executed));
    waiting = [];
  }
}

/** An empty directory that is gone after the test. */
export async function temporaryDirectory(test: {
  teardown(handler: () => Promise<void>): unknown;
}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'hufu-test-'));
  test.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
