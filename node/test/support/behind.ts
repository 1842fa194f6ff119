import type { Test } from 'tap';
import { openStore, type Snapshot, type Store } from '../../src/store/index.ts';
import { frontiersOf } from '../../src/store/log-edge.ts';
import { temporaryDirectory } from './grown-store.ts';
import { ENDS, type Grown, grownOver } from './three-epochs.ts';

/** A store that executed the first `height` blocks and then went on from the newest epoch's snapshot. */
export interface Behind {
  readonly directory: string;
  readonly source: Grown;
  store: Store;
}

/** `records`: of each submission. */
export async function behind(t: Test, height: number, records?: number): Promise<Behind> {
  const source = await grownOver(t, records);
  const directory = await temporaryDirectory(t);
  const store = await openStore({ directory, genesisBytes: source.chain.genesisBytes });
  const made = { directory, source, store };
  for (let next = 1; next <= height; next++) await applyTo(made, next);
  await store.chain.beginFrom(await snapshotOf(source, store));
  t.teardown(() => made.store.close());
  return made;
}

/** As a node that serves it would give it. */
export async function snapshotOf({ store }: Grown, of: Store): Promise<Snapshot> {
  const epochs: Snapshot['epochs'][number][] = [];
  let edges: Snapshot['edges'] = [];
  for (let epoch = of.chain.state.epoch + 1; epoch <= ENDS.length; epoch++) {
    const beginning = await store.chain.beginning(epoch);
    const end = (await store.chain.epoch(epoch - 1))?.end;
    if (beginning === undefined || !end) throw new Error(`epoch ${epoch} has not begun`);
    epochs.push({ contents: beginning.contents, end });
    edges = beginning.edges;
  }
  const at = store.chain.state;
  const end = await store.chain.block(ENDS.at(-1) ?? 0);
  const size = (end?.firstIndex ?? 0) + (end?.entryCount ?? 0);
  const roots = await store.chain.rootsAt(size);
  const frontiers = frontiersOf(edges, at.suites, size, roots ?? []);
  if (frontiers === undefined) throw new Error('the edges do not lead to the roots');
  return { epochs, edges, frontiers };
}

/** Applies the source's block to the chain, or to its past. */
export async function applyTo({ store, source }: Behind, height: number): Promise<void> {
  const block = source.applied[height - 1];
  if (block === undefined) throw new Error(`no block ${height}`);
  const { executed, finalization } = block;
  for (const ref of executed.block.refs) {
    const batch = await source.store.batches.get(ref);
    if (batch !== undefined) await store.batches.put([batch]);
  }
  const { history } = store.chain;
  await (history !== null && height <= history.toHeight ? history : store.chain).apply(
    [executed],
    finalization,
  );
}

export async function reopen(made: Behind): Promise<void> {
  await made.store.close();
  made.store = await openStore({ directory: made.directory, genesisBytes: made.source.chain.genesisBytes });
}
