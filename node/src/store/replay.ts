import { HASH_BYTES, hashOf } from '@hufu/crypto';
import { appendLeafHashes, EMPTY_FRONTIER } from '@hufu/proof';
import { prepareItem } from '../ledger/index.ts';
import type { DigestList, LedgerState } from '../ledger/types.ts';
import type { DigestIndex } from './digest-index/digest-index.ts';
import type { EntryReader } from './entry-reader.ts';
import type { LogTiles } from './log-tiles.ts';

/** What is not written at every commit, or was lost, is computed again from the blocks. */

/** Adds to the index the records below `end` that it does not cover: after a crash, the newest few ten thousand. */
export async function replayDigests(
  state: LedgerState,
  entries: EntryReader,
  index: DigestIndex,
  end: number,
): Promise<void> {
  for await (const located of entries.rangesFrom(index.coveredTo, end)) {
    const { firstIndex, count } = located.range;
    const prepared = prepareItem(await entries.item(located), state);
    if (!prepared.ok) throw new Error(`stored item: ${prepared.reason}`);
    const skipped = index.coveredTo - firstIndex;
    index.add(firstIndex + skipped, count - skipped, withoutFirst(prepared.digests, skipped));
    await index.ready();
  }
}

/** The digests of the records from position `skipped` on, positions counted from there. */
function withoutFirst(list: DigestList, skipped: number): DigestList {
  if (skipped === 0) return list;
  const kept = list.records.findIndex((record) => record >= skipped);
  const from = kept < 0 ? list.records.length : kept;
  return {
    bytes: list.bytes.subarray(from * HASH_BYTES),
    records: list.records.subarray(from).map((record) => record - skipped),
  };
}

/** Writes the tiles of the entries from `tiledTo`, the end of a block, on. */
export async function replayTiles(
  state: LedgerState,
  entries: EntryReader,
  tiles: LogTiles,
  tiledTo: number,
): Promise<void> {
  let frontiers = await tiles.frontiersAt(tiledTo);
  for await (const located of entries.rangesFrom(tiledTo, state.logSize)) {
    const prepared = prepareItem(await entries.item(located), state);
    if (!prepared.ok) throw new Error(`stored item: ${prepared.reason}`);
    const { leafHashes } = prepared;
    const appended = state.suites.map((suite, i) =>
      appendLeafHashes(hashOf(suite), frontiers[i] ?? EMPTY_FRONTIER, leafHashes[i] ?? new Uint8Array(0)),
    );
    frontiers = appended.map(({ frontier }) => frontier);
    await tiles.append(appended.map(({ nodes }) => nodes));
  }
  await tiles.sync();
}
