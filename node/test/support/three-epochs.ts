import { asView, type Finalization } from '@hufu/consensus';
import type { Test } from 'tap';
import { type ExecutedBlock, enterEpoch } from '../../src/ledger/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { actionOf, joining } from './governance.ts';
import { temporaryDirectory } from './grown-store.ts';
import { TestChain } from './test-chain.ts';

/** Three epochs: 0 ends with block 4 (a validator joins), 1 with block 7 (its key changes), 2 goes on to block 9. */
export const ENDS = [4, 7];
export const HEIGHT = 9;
const RECORDS = 3;

export interface Grown {
  readonly directory: string;
  readonly chain: TestChain;
  readonly store: Store;
  /** All that was applied, block by block. */
  readonly applied: { readonly executed: ExecutedBlock; readonly finalization: Finalization }[];
  /** Records of each submission. */
  readonly records: number;
}

/** A new chain, its store empty; closed with the test by whoever asked. */
export async function openEmpty(t: Test, records = RECORDS): Promise<Grown> {
  const chain = new TestChain();
  const directory = await temporaryDirectory(t);
  const store = await openStore({ directory, genesisBytes: chain.genesisBytes });
  return { directory, chain, store, applied: [], records };
}

export async function applyItems(
  { chain, store, applied }: Grown,
  ...items: readonly Uint8Array[]
): Promise<ExecutedBlock> {
  const batch = chain.batch(0, items);
  await store.batches.put([batch]);
  const executed = chain.extend([batch]);
  // An epoch's last block is often made final in a later view than its own.
  const view = asView(executed.block.view + (executed.endsEpoch ? 3 : 0));
  const finalization = chain.finalize(executed, view);
  await store.chain.apply([executed], finalization);
  applied.push({ executed, finalization });
  return executed;
}

export function evidence({ chain, records }: Grown): Uint8Array {
  return chain.submission(0, enterEpoch(chain.state).gateways[0]?.nextSerial ?? 0, records);
}

export function joiningAction({ chain }: Grown): Uint8Array {
  return actionOf(chain, joining(chain));
}

function rotatingAction({ chain }: Grown): Uint8Array {
  const { validators } = enterEpoch(chain.state).registry;
  return actionOf(chain, { validators: validators.with(4, chain.newValidator('member-4', 4)) });
}

/** The next block of the three epochs. */
export async function growOne(grown: Grown): Promise<ExecutedBlock> {
  const height = grown.chain.state.tip.height + 1;
  if (height === ENDS[0]) return applyItems(grown, evidence(grown), joiningAction(grown));
  if (height === ENDS[1]) return applyItems(grown, rotatingAction(grown));
  return applyItems(grown, evidence(grown));
}

export async function grownOver(t: Test, records = RECORDS): Promise<Grown> {
  const grown = await openEmpty(t, records);
  while (grown.chain.state.tip.height < HEIGHT) await growOne(grown);
  t.teardown(() => grown.store.close());
  return grown;
}
